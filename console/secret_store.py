"""Secrets on disk: one file each, in a folder that only its owner can enter."""

import re
from pathlib import Path

from console.annotations import Final
from console.errors import ConsoleError, FileError, SecretError
from console.file_errors import file_error
from console.files import make_folder, read_bounded, write_atomic
from console.secret import Secret

LIMIT: Final = 1 << 20
"""Octets of the largest secret (a token cache with several accounts has some ten thousand)."""

_KEY: Final = r"[a-z0-9][a-z0-9_.-]{0,99}"


class SecretStore:
    """The secrets of this appliance, by settings key (``smtp.password``), ``token-cache`` or ``app-key``.

    Folder 0700, files 0600, written atomically and durably. A file holds the value and one line feed, so that
    a secret can be put there by hand as well.

    Args:
        folder: Where they lie; made when the first one is put.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, key: str) -> Path:
        """Return where the secret lies.

        Raises:
            SecretError: Secrets are not named like that.
        """
        if not re.fullmatch(_KEY, key):
            raise SecretError("Secrets are named like settings keys, in small letters.")
        return self._folder / key

    def get(self, key: str) -> Secret | None:
        """Return the secret, or None when there is none.

        Raises:
            SecretError: It is not text.
            FileError: It cannot be read.
        """
        try:
            secret = _decoded(read_bounded(self.path(key), LIMIT))
        except FileNotFoundError:
            return None
        if secret is None:
            raise SecretError(f"The secret {key} cannot be read: it is not UTF-8 text.", "Set it anew.")
        return secret or None

    def put(self, key: str, secret: Secret) -> None:
        """Keep a secret in place of an older one; an empty one removes it.

        Raises:
            SecretError: It cannot be stored as text, or is too long.
            FileError: It cannot be written; the old one is still there.
        """
        place = self.path(key)
        if not secret:
            self.remove(key)
            return
        make_folder(self._folder, mode=0o700)
        problem = _problem_writing(place, secret)
        if problem is not None:
            raise problem

    def remove(self, key: str) -> None:
        """Remove a secret; none there is no error.

        Raises:
            FileError: It cannot be removed.
        """
        place = self.path(key)
        try:
            place.unlink(missing_ok=True)
        except OSError as error:
            raise file_error(error, place, "remove") from error

    def has(self, key: str) -> bool:
        """Whether there is such a secret.

        Raises:
            FileError: This user may not look.
        """
        place = self.path(key)
        try:
            return place.stat().st_size > 1
        except FileNotFoundError:
            return False
        except OSError as error:
            raise file_error(error, place, "read") from error


def _decoded(raw: bytes) -> Secret | None:
    """Return what a file holds, or None when that is no text; no frame of an error then holds the octets."""
    try:
        return Secret(raw.decode("utf-8").removesuffix("\n"))
    except UnicodeDecodeError:
        return None


def _problem_writing(place: Path, secret: Secret) -> ConsoleError | None:
    """Write a secret; return what went wrong instead of raising it.

    The frames that an error passes through hold the plain value, and a crash report shows their locals: so
    the error that goes on is stripped of them.
    """
    try:
        content = secret.reveal().encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return SecretError(f"The secret {place.name} has characters that cannot be stored.")
    if len(content) > LIMIT:
        return SecretError(f"The secret {place.name} is too long.")
    try:
        write_atomic(place, content, mode=0o600)
    except FileError as error:
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    return None
