"""MSAL's token cache on disk: it holds the refresh token, so it is what must never be lost.

Written whole and durably, before the access token that came with it is used; a cache that cannot be read is
set aside, never overwritten in silence.
"""

import json
from typing import TYPE_CHECKING, Final

from console.errors import SecretError
from console.files import make_folder
from console.secret import Secret
from console.transcript import Stage
from console.verdict import Failure, SignInError

if TYPE_CHECKING:
    from pathlib import Path

    from console.engine import Engine

KEY: Final = "token-cache"
ASIDE: Final = "token-cache.damaged"
_SPARE: Final = 8192
"""Octets of room made sure of before a refresh token is redeemed: the new cache may be larger."""


def lock_path(engine: "Engine") -> "Path":
    """Return the lock file held round load, refresh and save; its folder exists afterwards.

    Raises:
        FileError: The folder cannot be made.
    """
    make_folder(engine.paths.secrets, mode=0o700)
    return engine.paths.secrets / ".token-lock"


def load_cache(engine: "Engine") -> Secret | None:
    """Return the cache's JSON text, or None when there is none.

    Raises:
        SignInError: It is damaged (kind ``oauth.cache-corrupt``); it was set aside, one must sign in again.
        FileError: It cannot be read.
    """
    try:
        kept = engine.secrets.get(KEY)
        if kept is None or _is_cache(kept):
            return kept
    except SecretError:
        pass  # no text at all: damaged like any other
    _set_aside(engine)
    said = "The token cache was damaged; it was set aside."
    facts = {"file": str(engine.secrets.path(ASIDE))}
    raise SignInError(Failure(Stage.LOCAL, "oauth.cache-corrupt", said, facts=facts), said, "Sign in again.")


def save_cache(engine: "Engine", text: Secret) -> None:
    """Put the cache on disk in place of the older one.

    Raises:
        FileError: It cannot be written; the older one is still there.
    """
    engine.secrets.put(KEY, text)


def make_sure_of_room(engine: "Engine", text: Secret) -> None:
    """Make sure that a cache somewhat larger than `text` can be written, before its token is redeemed.

    Many services revoke the old refresh token as soon as the new one is given; with a full disk both would be
    lost. Blanks after a JSON text mean nothing (RFC 8259 §2).

    Raises:
        FileError: It cannot be written: the refresh token was not used.
    """
    engine.secrets.put(KEY, Secret(text.reveal().rstrip() + " " * _SPARE))


def _is_cache(text: Secret) -> bool:
    """Whether `msal.SerializableTokenCache` can have written this: MSAL takes ``[]`` and breaks later."""
    try:
        shape = json.loads(text.reveal())
    except (ValueError, RecursionError):
        return False
    if not isinstance(shape, dict):
        return False
    tables = [table for table in shape.values() if isinstance(table, dict)]
    return len(tables) == len(shape) and all(
        isinstance(entry, dict) for table in tables for entry in table.values()
    )


def _set_aside(engine: "Engine") -> None:
    from console.file_errors import file_error

    place = engine.secrets.path(KEY)
    try:
        place.replace(engine.secrets.path(ASIDE))
    except OSError as error:
        raise file_error(error, place, "move") from error
