"""Reading the send log from its beginning, oldest entries first: for a list that jumped to its end.

`SendLog.walk` goes from new to old. Here a chunk's end is looked up, and the chunk walked through from there
and turned round; so what it costs does not depend on the log's length either.
"""

from collections.abc import Iterator
from typing import Final

from console.deadline import Cancellation
from console.sendlog.files import BLOCK, LogFile, line_end, opened
from console.sendlog.log import Entry, Position, Progress, SendLog
from console.verdict import Result

CHUNK: Final = 64 << 10
"""Octets looked at first: a screenful of entries; later chunks are larger, up to `BLOCK`."""


def walk_forward(
    log: SendLog,
    *,
    after: Position | None = None,
    result: Result | None = None,
    cancellation: Cancellation | None = None,
) -> Iterator[Entry | Progress]:
    """Yield entries, oldest first, and after each chunk how far one has come.

    Args:
        log: The log.
        after: Only what is newer than this; None from the beginning.
        result: Only those that ended so.
        cancellation: Stops it from another thread.

    Raises:
        CancelledError: `cancellation` was used.
        FileError: The log may not be read.
    """
    searched = 0
    with opened(log.folder) as files:
        oldest_first = _from(list(reversed(files)), after)
        total = sum(file.size for file in oldest_first) - (after.offset if after and oldest_first else 0)
        for file, begin, end in _chunks(oldest_first, after):
            first = Position(file.mark, begin)
            walk = log.walk(before=Position(file.mark, end), result=result, cancellation=cancellation)
            for entry in reversed(_down_to(first, end - begin, walk)):
                if entry.position != after:
                    yield entry
            searched += end - begin
            yield Progress(searched, total, 0)


def _down_to(first: Position, octets: int, walk: Iterator[Entry | Progress]) -> list[Entry]:
    """Return the entries of a walk from its start down to `first`, that many octets before."""
    found: list[Entry] = []
    for event in walk:
        if isinstance(event, Progress):
            if event.searched >= octets:
                break
        elif event.position.file != first.file or event.position.offset < first.offset:
            break
        else:
            found.append(event)
    return found


def _from(oldest_first: list[LogFile], after: Position | None) -> list[LogFile]:
    """Return the files from the one on in which `after` stands; none when it is no longer there."""
    if after is None:
        return oldest_first
    marks = [file.mark for file in oldest_first]
    return oldest_first[marks.index(after.file) :] if after.file in marks else []


def _chunks(files: list[LogFile], after: Position | None) -> Iterator[tuple[LogFile, int, int]]:
    """Yield each chunk's file, begin and end, oldest first."""
    size = CHUNK
    for file in files:
        begin = after.offset if after is not None and file.mark == after.file else 0
        last = line_end(file, file.size)
        while begin < last:
            end = _chunk_end(file, begin, min(last, begin + size))
            yield file, begin, end
            begin = end
            size = min(BLOCK, size * 4)


def _chunk_end(file: LogFile, begin: int, wanted: int) -> int:
    """Return the end of the last whole line before `wanted`, or of the one line that goes beyond it."""
    reach = wanted
    while (end := line_end(file, reach)) <= begin:
        if reach >= file.size:
            return file.size
        reach = min(file.size, reach + BLOCK)
    return end
