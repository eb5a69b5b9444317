"""The files of the send log: which there are, and how they are closed and removed.

``mail.log.jsonl`` is written to; when it has grown large or old it is renamed once, to
``mail.log-00017.jsonl`` with the next number, and never changes again. Numbers, not dates, order them: the
clock of an appliance may jump.
"""

import fcntl
import os
import re
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from console.annotations import Final
from console.errors import FileError
from console.files import stands_at
from console.values import dataclass

ACTIVE: Final = "mail.log.jsonl"
_CLOSED: Final = r"mail\.log-(\d{5,15})\.jsonl"
LONGEST_LINE: Final = 4 << 20
"""Octets of the longest line that is written and read; a longer one is none of ours and is passed over."""


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


class Rotation:
    """Closes the file written to when it is large or old enough, and removes files beyond the limits.

    Safe with concurrent writers (the rename happens under the file's own lock, see
    `console.line_file.LineFile`) and readers.

    Args:
        folder: The log's.
        limits: When files are closed and removed.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._active = folder / ACTIVE
        self._limits = limits
        self._seen: tuple[int, int] = (0, 0)
        self._due_at = 0.0

    def close_if_due(self, now: float | None = None) -> None:
        """Do it if it is time (`now`: seconds since 1970, else the clock's); costs one look at the file.

        Raises:
            FileError: It could not be renamed.
        """
        instant = time.time() if now is None else now
        try:
            if self._is_surely_young(instant):
                return
            descriptor = os.open(self._active, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        except FileNotFoundError:
            return
        except OSError as error:
            raise FileError(f"{self._active} cannot be opened: {error.strerror}.") from error
        try:
            if self._is_due(descriptor, instant):
                _close(descriptor, self._folder, self._limits, instant)
        except OSError as error:
            raise FileError(f"{self._active} cannot be closed: {error.strerror}.") from error
        finally:
            os.close(descriptor)

    def _is_surely_young(self, now: float) -> bool:
        """Whether it is the file whose age was looked up last, which needs no opening then."""
        status = os.lstat(self._active)
        is_seen = (status.st_dev, status.st_ino) == self._seen
        return is_seen and status.st_size < self._limits.size and now < self._due_at

    def _is_due(self, descriptor: int, now: float) -> bool:
        status = os.fstat(descriptor)
        began = _began(os.pread(descriptor, 256, 0))
        self._seen = (status.st_dev, status.st_ino)
        self._due_at = (
            now if began is None else began
        ) + self._limits.age.total_seconds() / self._limits.files
        return status.st_size >= self._limits.size or now > self._due_at


def closed_names(folder: Path) -> list[str]:
    """Return the names of the closed files, newest first."""
    return [name for _, name in _closed(folder)]


def _closed(folder: Path) -> list[tuple[int, str]]:
    """Return number and name of each closed file, newest first."""
    try:
        found = os.listdir(folder)  # noqa: PTH208 - names are wanted, not paths
    except FileNotFoundError:
        return []
    numbered = ((int(match[1]), name) for name in found if (match := re.fullmatch(_CLOSED, name)))
    return sorted(numbered, reverse=True)


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
    if not stands_at(os.fstat(descriptor), folder / ACTIVE):
        return  # another process closed it meanwhile
    closed = _closed(folder)
    newest = closed[0][0] if closed else 0
    (folder / ACTIVE).rename(folder / f"mail.log-{newest + 1:05d}.jsonl")
    for rank, (_, name) in enumerate(closed, start=2):  # 0 the new file, 1 the one just closed
        path = folder / name
        with suppress(FileNotFoundError):
            if rank >= limits.files or now - path.stat().st_mtime > limits.age.total_seconds():
                path.unlink()
