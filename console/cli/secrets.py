"""How a secret comes in: typed without an echo, or as a line of stdin; never on the command line."""

import os
from typing import Final

from console.cli.reading import InputError

SECRET_LIMIT: Final = 65536
"""Longest secret, in octets."""


def ask_secret(title: str) -> str:
    """Return a secret typed at the terminal without echo, or the next line of stdin when that is none.

    Args:
        title: What is asked for (``Password``).

    Raises:
        InputError: It is too long or no text in UTF-8.
    """
    if os.isatty(0):
        from getpass import getpass

        try:
            return getpass(f"{title}: ")
        except EOFError:
            return ""
    raw = _line_of_stdin()
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{title}: what came on stdin is no text in UTF-8.") from error


def _line_of_stdin() -> bytes:
    """Read octet by octet, so that the next line is left for the next secret."""
    line = bytearray()
    while len(line) <= SECRET_LIMIT:
        octet = os.read(0, 1)
        line += octet
        if octet in (b"", b"\n"):
            return bytes(line)
    raise InputError(f"What came on stdin is longer than {SECRET_LIMIT} octets; a secret is not.")
