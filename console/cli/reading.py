"""What commands read: stdin and files that were named, bounded, as octets or as text."""

import os
from pathlib import Path

from console.annotations import Final
from console.errors import ConsoleError

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class InputError(ConsoleError):
    """A file that was named, or stdin, cannot be read."""

    code = "input"


def read_input(limit: int) -> bytes:
    """Return all of stdin.

    Args:
        limit: Octets at most.

    Raises:
        InputError: Longer, or it cannot be read.
    """
    read, blocks = 0, []
    try:
        while block := os.read(0, 1 << 16):
            read += len(block)
            if read > limit:
                raise InputError(f"What comes on stdin is longer than {limit >> 20 or 1} MiB.")
            blocks.append(block)
    except OSError as error:
        raise InputError(f"Stdin cannot be read: {error.strerror}.") from error
    return b"".join(blocks)


def read_text(path: Path | None, limit: int) -> str:
    """Return a file's text, or stdin's with None: UTF-8, or else what every octet is in Latin-1.

    Raises:
        InputError: It is not there, too long, or cannot be read.
    """
    raw = read_input(limit) if path is None else _read_file(path, limit)
    try:
        return raw.removeprefix(_BYTE_ORDER_MARK).decode()  # not "utf-8-sig": that is a module to load
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _read_file(path: Path, limit: int) -> bytes:
    from console.errors import FileError
    from console.file_errors import NotAFileError
    from console.files import read_bounded

    try:
        return read_bounded(path, limit)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}.") from error
    except NotAFileError as error:  # its own hint is for a file of the console's: move it away
        raise InputError(error.what, "Name a file; keep what a pipe yields in one first.") from error
    except FileError as error:
        raise InputError(error.what, error.fix) from error
