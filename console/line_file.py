"""Lines appended to a file that several processes write to.

One write a line, under the file's own lock; a last line that a kill or a full disk tore is ended first, so
that the new one stands alone; what cannot be written whole is taken back.
"""

import errno
import fcntl
import os
from contextlib import closing, suppress
from pathlib import Path

from console.annotations import Final
from console.deadline import Deadline
from console.errors import DeadlineError
from console.file_errors import file_error
from console.file_rights import ids_of, set_rights
from console.files import CREATE, must_be_file, stands_at, wait_for_lock

_PATIENCE: Final = 3.0
"""Seconds to wait for the lock: whoever may read a file can hold it, so the line is appended all the same."""


def append_line(path: Path, line: bytes, *, mode: int) -> None:
    """Append one line (see `LineFile`)."""
    with closing(LineFile(path, mode=mode)) as file:
        file.append(line)


class LineFile:
    """A file that lines are appended to; stays open, unlocked, from the first one until `close`.

    Args:
        path: The file; made when missing (its folder must exist).
        mode: Permission bits of a new file.
    """

    def __init__(self, path: Path, *, mode: int) -> None:
        self._path = path
        self._mode = mode
        self._descriptor = -1
        self._end = 0

    @property
    def is_open(self) -> bool:
        """Whether it was written to and not closed since."""
        return self._descriptor >= 0

    def append(self, line: bytes, *, group: str | None = None) -> None:
        """Append a line.

        Args:
            line: Without its line feed.
            group: Group that gets a new file (as root).

        Raises:
            FileError: It could not be appended; the file ends as it ended before.
        """
        try:
            size, is_alone = self._take()
            try:
                if size == 0:
                    set_rights(self._descriptor, self._mode, ids_of(None, group))
                self._append(line, size, is_alone=is_alone)
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        except OSError as error:
            raise file_error(error, self._path, "write") from error

    def close(self) -> None:
        """Close it; safe any number of times."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _take(self) -> tuple[int, bool]:
        """Lock the file that stands at the path now (another may just have renamed the one that is open).

        Returns:
            Its size, and whether it is locked.
        """
        while True:
            if self._descriptor < 0:
                self._end = 0
                self._descriptor = os.open(
                    self._path, os.O_RDWR | os.O_APPEND | os.O_NONBLOCK | CREATE, 0o600
                )
            is_alone = _is_locked_within(self._descriptor, _PATIENCE)
            status = os.fstat(self._descriptor)
            must_be_file(status, self._path)
            if stands_at(status, self._path):
                return status.st_size, is_alone
            self.close()

    def _append(self, line: bytes, size: int, *, is_alone: bool) -> None:
        # Where this one's last line ended, nothing is torn.
        is_torn = size > 0 and size != self._end and os.pread(self._descriptor, 1, size - 1) != b"\n"
        whole = (b"\n" if is_torn else b"") + line + b"\n"
        _append_whole(self._descriptor, whole, size if is_alone else None)
        self._end = size + len(whole)


def _is_locked_within(descriptor: int, seconds: float) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            wait_for_lock(descriptor, Deadline(seconds))
        except DeadlineError:
            return False
    return True


def _append_whole(descriptor: int, content: bytes, size: int | None) -> None:
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        if size is not None:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
        raise
