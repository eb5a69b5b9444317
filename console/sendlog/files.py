"""The files of the send log as they are read: all opened first, then read from the end.

So what is renamed or removed meanwhile (see `console.sendlog.rotation`) stays readable.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from console.annotations import Final
from console.sendlog.rotation import ACTIVE, LONGEST_LINE, closed_names
from console.values import dataclass

BLOCK: Final = 1 << 20
"""Octets read at a time."""
_MARK: Final = 64
"""Octets at the start of a file that tell it from every other: they hold the first delivery's id."""


@dataclass(frozen=True, slots=True)
class LogFile:
    """One open file of the log.

    Attributes:
        descriptor: To pread from.
        size: Octets when it was opened.
        mark: A sum over its first octets: which file it is, whatever its name is by now.
        inode: Device and inode.
    """

    descriptor: int
    size: int
    mark: int
    inode: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole lines of a file, read in one go; `block` ends with a line feed.

    Attributes:
        begin: Offset in the file of the first whole line.
        block: What was read; empty when a line had to be passed over.
        start: Where in `block` the first whole line begins (cut off nothing: a copy would cost as much as
            the reading).
        skipped: Lines passed over because they were too long: 0 or 1.
    """

    begin: int
    block: bytes
    start: int = 0
    skipped: int = 0


@contextmanager
def opened(folder: Path) -> Iterator[tuple[LogFile, ...]]:
    """Open all files of the log, newest first, for the time of a block.

    Raises:
        FileError: The folder or a file may not be read.
    """
    with ExitStack() as stack:
        try:
            yield _open_all(folder, stack)
        except OSError as error:
            from console.file_errors import file_error  # only on the way to an error

            raise file_error(error, folder, "read") from error


def line_end(file: LogFile, before: int) -> int:
    """Return the offset just after the last line feed before `before`; 0 when there is none.

    A last line without its line feed is being written just now, or was torn: it does not count.
    """
    end = min(before, file.size)
    while end > 0:
        begin = max(0, end - BLOCK)
        found = os.pread(file.descriptor, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def stretches(file: LogFile, before: int) -> Iterator[Stretch]:
    """Yield the whole lines before the offset `before`, in stretches of about `BLOCK`, last ones first."""
    end = line_end(file, before)
    while end > 0:
        begin = max(0, end - BLOCK)
        block = os.pread(file.descriptor, end - begin, begin)
        start = 0
        if begin > 0:
            # What stands before the first line feed began earlier: it is read again with the next stretch.
            start = block.find(b"\n") + 1
            if start == len(block):
                stretch = _long_line(file, end)
                yield stretch
                end = stretch.begin
                continue
        end = begin + start
        yield Stretch(end, block, start)


def _long_line(file: LogFile, end: int) -> Stretch:
    begin = line_end(file, end - 1)
    if end - begin > LONGEST_LINE:
        return Stretch(begin, b"", skipped=1)
    return Stretch(begin, os.pread(file.descriptor, end - begin, begin))


def _open_all(folder: Path, stack: ExitStack) -> tuple[LogFile, ...]:
    """Open the file written to first, then the closed ones: a file renamed meanwhile is seen in either place,
    and nothing that stood in the log when one began is missed.
    """
    active = _open(folder / ACTIVE, stack)
    opened_ones = (_open(folder / name, stack) for name in closed_names(folder))
    closed = tuple(file for file in opened_ones if file is not None)
    if active is None or any(file.inode == active.inode for file in closed):
        return closed
    return (active, *closed)


def _open(path: Path, stack: ExitStack) -> LogFile | None:
    """Open a file until `stack` ends; None when it is gone or no ordinary file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    stack.callback(os.close, descriptor)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return None
    import zlib  # writing needs none

    mark = zlib.crc32(os.pread(descriptor, _MARK, 0))
    return LogFile(descriptor, status.st_size, mark, (status.st_dev, status.st_ino))


def line_at(file: LogFile, offset: int) -> bytes:
    """Return the line that begins at `offset`, without its line feed; b"" when none is, or too long a one."""
    found = b""
    while len(found) <= LONGEST_LINE:
        piece = os.pread(file.descriptor, 1 << 16, offset + len(found))
        end = piece.find(b"\n")
        if end >= 0:
            return found + piece[:end]
        if not piece:
            return b""
        found += piece
    return b""
