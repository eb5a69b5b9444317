"""The files of the send log: which there are, how they are closed and removed, and reading them from the end.

``mail.log.jsonl`` is written to; when it has grown large or old it is renamed once, to
``mail.log-00017.jsonl`` with the next number, and never changes again. Numbers, not dates, order them: the
clock of an appliance may jump. Readers open all files first and then read: what is renamed or removed
meanwhile stays readable to them.
"""

import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from console.annotations import Final
from console.errors import FileError
from console.values import dataclass

ACTIVE: Final = "mail.log.jsonl"
_CLOSED: Final = r"mail\.log-(\d{5,15})\.jsonl"
BLOCK: Final = 1 << 20
"""Octets read at a time."""
LONGEST_LINE: Final = 4 << 20
"""Octets of the longest line that is read; a longer one is none of ours and is passed over."""
_MARK: Final = 64
"""Octets at the start of a file that tell it from every other: they hold the first delivery's id."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When the log's files are closed and removed.

    Attributes:
        size: Octets after which the file is closed and the next one begun.
        files: Files kept, the one written to included.
        age: Files whose last line is older are removed. So that this bites on a quiet appliance too, a file
            is also closed once its first line is this old divided by `files`.
    """

    size: int = 16 << 20
    files: int = 8
    age: timedelta = timedelta(days=400)


DEFAULT_LIMITS: Final = Limits()


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


def close_if_due(folder: Path, limits: Limits, now: float | None = None) -> None:
    """Close the file written to if it is large or old enough, and remove files beyond the limits.

    Safe with concurrent writers (the rename happens under the file's own lock, see
    `console.files.append_line`) and readers.

    Raises:
        FileError: It could not be renamed.
    """
    active = folder / ACTIVE
    instant = time.time() if now is None else now
    try:
        descriptor = os.open(active, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    except OSError as error:
        raise FileError(f"{active} cannot be opened: {error.strerror}.") from error
    try:
        if _is_due(descriptor, limits, instant):
            _close(descriptor, folder, limits, instant)
    except OSError as error:
        raise FileError(f"{active} cannot be closed: {error.strerror}.") from error
    finally:
        os.close(descriptor)


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
    opened_ones = (_open(folder / name, stack) for name in _closed_names(folder))
    closed = tuple(file for file in opened_ones if file is not None)
    if active is None or any(file.inode == active.inode for file in closed):
        return closed
    return (active, *closed)


def _closed_names(folder: Path) -> list[str]:
    """Return the names of the closed files, newest first."""
    try:
        found = os.listdir(folder)  # noqa: PTH208 - names are wanted, not paths
    except FileNotFoundError:
        return []
    numbered = ((int(match[1]), name) for name in found if (match := re.fullmatch(_CLOSED, name)))
    return [name for _, name in sorted(numbered, reverse=True)]


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


def _stands(path: Path, descriptor: int) -> bool:
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), there)


def _is_due(descriptor: int, limits: Limits, now: float) -> bool:
    size = os.fstat(descriptor).st_size
    if size >= limits.size:
        return True
    began = _began(os.pread(descriptor, 256, 0))
    return began is not None and now - began > limits.age.total_seconds() / limits.files


def _began(start: bytes) -> float | None:
    """Return the time of a file's first line as seconds since 1970; None when it cannot be told."""
    found = re.search(rb'"at":"([0-9T:.+-]{19,40})"', start)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[1].decode()).timestamp()
    except (ValueError, OverflowError):
        return None


def _close(descriptor: int, folder: Path, limits: Limits, now: float) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # nobody is in the middle of a line
    if not _stands(folder / ACTIVE, descriptor):
        return  # another process closed it meanwhile
    closed = _closed_names(folder)
    newest = int(re.fullmatch(_CLOSED, closed[0])[1]) if closed else 0  # type: ignore[index] # _names matched it
    (folder / ACTIVE).rename(folder / f"mail.log-{newest + 1:05d}.jsonl")
    for rank, name in enumerate(closed, start=2):  # 0 the new file, 1 the one just closed
        path = folder / name
        with suppress(FileNotFoundError):
            if rank >= limits.files or now - path.stat().st_mtime > limits.age.total_seconds():
                path.unlink()


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
