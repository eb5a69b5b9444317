"""The whole catalogue, loaded realm by realm when it is needed."""

from functools import cache
from typing import Final

from console.diagnosis.entry import CatalogueEntry
from console.diagnosis.loading import FOLDER, load_file
from console.verdict import Failure

_SMTP: Final = ("providers", "smtp-sign-in", "smtp-addresses", "smtp-message", "smtp-server")
_ENTRA: Final = ("entra-app", "entra-account", "entra-credential", "entra-sign-in")
REALMS: Final = ("local", "network", "tls", "exchange", *_SMTP, *_ENTRA, "graph")
"""The files of the catalogue; where two entries fit equally well, the one of the earlier file wins."""

_REALMS_OF_KINDS: Final = {
    "dns": ("network",),
    "connect": ("network", "exchange"),
    "tls": ("tls", "exchange"),
    "smtp": ("exchange", *_SMTP),
    "auth": ("exchange", *_SMTP, "local"),
    "message": ("exchange", *_SMTP),
    "oauth": _ENTRA,
    "app": _ENTRA,
    "graph": ("graph",),
}


@cache
def realm(name: str) -> tuple[CatalogueEntry, ...]:
    """Return the entries of one file, in its order."""
    return load_file(FOLDER / f"{name}.yaml")


@cache
def catalogue() -> tuple[CatalogueEntry, ...]:
    """Return every entry; one id may come from several realms (``throttled`` by SMTP and by Graph)."""
    return tuple(entry for name in REALMS for entry in realm(name))


def best(failure: Failure) -> CatalogueEntry | None:
    """Return the entry that matches `failure` most specifically, or None."""
    realms = _REALMS_OF_KINDS.get(failure.kind.partition(".")[0], ("local",))
    scored = [(entry.score(failure), entry) for name in realms for entry in realm(name)]
    score, entry = max(scored, key=lambda one: one[0], default=(0, None))
    return entry if score else None
