"""A delivery of the log exported to a file of its own, to be handed to somebody: never over another file."""

import os
import re
from pathlib import Path
from typing import Final

from console.errors import FileError
from console.file_errors import file_error, named
from console.files import make_folder
from console.sendlog.log import SendLog

FOLDER: Final = "exports"
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_MOST_NAMES: Final = 1000
_UNSAFE: Final = re.compile(r"[^0-9A-Za-z-]")


def export_to_file(log: SendLog, id: str, *, mask_addresses: bool = False) -> Path:  # noqa: A002 - the field's own word
    """Write `SendLog.export` to ``exports/mail-<id>.txt`` below the log's folder, or the next free name.

    The file belongs to whoever exports (0600); no other file and no link is ever written over.

    Args:
        log: The log.
        id: Which delivery.
        mask_addresses: Whether mail addresses are replaced too.

    Returns:
        The new file.

    Raises:
        FileError: There is no such delivery, or the file could not be written; then none is left behind.
    """
    content = log.export(id, mask_addresses=mask_addresses).encode("utf-8", "backslashreplace")
    folder = log.folder / FOLDER
    make_folder(folder, mode=_FOLDER_MODE)
    path, descriptor = _new_file(folder, f"mail-{_UNSAFE.sub('_', id)[:64]}")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise file_error(error, path, "write") from error
    return path


def _new_file(folder: Path, stem: str) -> tuple[Path, int]:
    for number in range(1, _MOST_NAMES):
        path = folder / (f"{stem}.txt" if number == 1 else f"{stem}-{number}.txt")
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
        except FileExistsError:
            continue
        except OSError as error:
            raise file_error(error, path, "create") from error
    raise FileError(f"There are too many copies of this mail in {named(folder)}.", "Remove some of them.")
