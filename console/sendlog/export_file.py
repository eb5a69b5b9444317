"""A delivery of the log exported to a file of its own, to be handed to somebody: never over another file."""

import re
from pathlib import Path
from typing import Final

from console.files import make_folder, write_new
from console.sendlog.log import SendLog

FOLDER: Final = "exports"
_FOLDER_MODE: Final = 0o700
_ENDING: Final = ".txt"
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
    return write_new(folder / f"mail-{_UNSAFE.sub('_', id)[:64]}{_ENDING}", _ENDING, lambda _: content)
