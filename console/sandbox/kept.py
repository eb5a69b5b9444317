"""What a sandbox keeps below its folder, so that a sign-in made with one command still holds for the next."""

import fcntl
import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from console.errors import FileError, UsageError
from console.files import read_bounded
from console.text import one_line

_LIMIT: Final = 4 * 1024 * 1024


class Kept:
    """A small JSON file of named values; what cannot be read counts as nothing kept.

    Args:
        path: The file; None keeps nothing beyond this process.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._values: dict[str, object] = _read(path) if path is not None else {}

    def get(self, name: str) -> object:
        """Return a value, or None."""
        return self._values.get(name)

    def put(self, name: str, value: object) -> None:
        """Keep a value for the next process; where it cannot be written, for this one alone.

        It need not outlive the machine, so nothing is flushed.
        """
        with self._lock, suppress(OSError):
            self._values[name] = value
            if self._path is not None:
                _write(self._path, json.dumps(self._values).encode())


def occupied(folder: Path) -> IO[bytes]:
    """Take a sandbox's folder for this process until the file returned is closed.

    Raises:
        FileError: The folder cannot be written.
        UsageError: Another sandbox runs in it: its certificates and ports must not change below it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        what = f"The sandbox cannot use {folder}: {one_line(error.strerror or str(error))}."
        raise FileError(what, "Choose another folder with --root.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        fix = "Close it first, or choose another folder with --root."
        raise UsageError(f"A sandbox runs below {folder} already.", fix) from error
    return os.fdopen(descriptor, "rb")


def _write(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    new.replace(path)


def _read(path: Path) -> dict[str, object]:
    try:
        values = json.loads(read_bounded(path, _LIMIT))
    except (FileNotFoundError, FileError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
