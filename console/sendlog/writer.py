"""Writing the send log: what a send needs of it, and no more."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from console.annotations import Final
from console.file_rights import known_group
from console.files import make_folder
from console.line_file import LineFile
from console.sendlog.line import line_of
from console.sendlog.rotation import ACTIVE, DEFAULT_LIMITS, Limits, Rotation
from console.verdict import Delivery

FOLDER_MODE: Final = 0o750
FILE_MODE: Final = 0o640


class LogWriter:
    """Appends to the send log in a folder; any number of processes and threads may do so at once.

    Args:
        folder: Where its files lie; made when first written to.
        group: Group that may read it (as root; left out when there is no such group).
        limits: When files are closed and removed.
    """

    def __init__(self, folder: Path, group: str = "adm", limits: Limits = DEFAULT_LIMITS) -> None:
        self.folder = folder
        self._group = group
        self._known_group: str | None = None
        self._ready: tuple[int, ...] = ()
        self._rotation = Rotation(folder, limits)

    def append(self, delivery: Delivery) -> None:
        """Write `delivery` as one line.

        Raises:
            FileError: It could not be written (full disk, no right …); nothing of it is left in the log.
        """
        with self.kept_open() as append:
            append(delivery)

    @contextmanager
    def kept_open(self) -> Iterator[Callable[[Delivery], None]]:
        """Give what does as `append` and keeps the file open from one to the next: for many in a row."""
        with closing(LineFile(self.folder / ACTIVE, mode=FILE_MODE)) as file:

            def append(delivery: Delivery) -> None:
                line = line_of(delivery)
                if not file.is_open:
                    self._make_ready()
                self._rotation.close_if_due()
                file.append(line, group=self._known_group)

            yield append

    def _make_ready(self) -> None:
        """Make the folder and its rights, unless it still is what it was after the last time."""
        if self._ready and _identity(self.folder) == self._ready:
            return
        self._known_group = known_group(self._group)
        make_folder(self.folder, mode=FOLDER_MODE, group=self._known_group)
        self._ready = _identity(self.folder)


def _identity(folder: Path) -> tuple[int, ...]:
    """Return what tells that a folder is the same, with the same rights; () when there is none."""
    try:
        status = os.lstat(folder)
    except OSError:
        return ()
    if not stat.S_ISDIR(status.st_mode):
        return ()
    return (status.st_dev, status.st_ino, status.st_mode, status.st_uid, status.st_gid)
