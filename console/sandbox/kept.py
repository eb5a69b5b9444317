"""What a sandbox keeps below its folder, so that a sign-in made with one command still holds for the next."""

import fcntl
import json
import os
import threading
from pathlib import Path
from typing import IO, Final

from console.errors import UsageError
from console.files import read_bounded, write_atomic

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
        """Keep a value; it is on disk when this returns.

        Raises:
            FileError: It could not be written.
        """
        with self._lock:
            self._values[name] = value
            if self._path is not None:
                write_atomic(self._path, json.dumps(self._values).encode(), mode=0o600)


def occupied(folder: Path) -> IO[bytes]:
    """Take a sandbox's folder for this process until the file returned is closed.

    Raises:
        UsageError: Another sandbox runs in it: its certificates and ports must not change below it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        fix = "Close it first, or choose another folder with --root."
        raise UsageError(f"A sandbox runs below {folder} already.", fix) from error
    return os.fdopen(descriptor, "rb")


def _read(path: Path) -> dict[str, object]:
    try:
        values = json.loads(read_bounded(path, _LIMIT))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
