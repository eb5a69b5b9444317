"""The catalogue's words filled with this appliance's own values.

``{host}`` becomes the fact of that name; without it neutral words (``the mail server``). ``{host:SERVER}``
has neutral words of its own. ``{'mailbox':ADDRESS}`` becomes a quoted literal for PowerShell and shells, in
which nothing is expanded.
"""

import re
from collections.abc import Mapping
from typing import Final

from console.text import one_line

NEUTRAL: Final[Mapping[str, str]] = {
    "account": "another account",
    "address": "its address",
    "audience": "another service",
    "client_id": "the client ID",
    "clock": "wrong",
    "clock_offset": "compare it",
    "error": "the error",
    "expires": "its last day",
    "file": "the file",
    "fingerprint": "another one",
    "folder": "the folder",
    "host": "the mail server",
    "issuer": "an unknown authority",
    "limit": "the limit",
    "location": "a page of its own",
    "mailbox": "the mailbox that sends",
    "mechanism": "the sign-in method",
    "names": "other names",
    "offered": "none that fits",
    "permission": "that it needs",
    "port": "the port",
    "portal": "the portal",
    "proxy": "that is set",
    "recipient": "the recipient",
    "sender": "the From address",
    "size": "too large",
    "tenant": "the tenant",
    "transport": "the chosen transport",
    "user": "the user name",
    "wanted": "its own",
}
"""Every fact that words may name, with what stands there when it is not known."""

_FACT_LIMIT: Final = 200
_AMOUNTS: Final = ("size", "limit")
_DIGITS: Final = 15
_PLACE: Final = re.compile(r"\{('?)([a-z_]{1,30})\1(?::([^{}]{1,60}))?\}")


def filled(words: str, facts: Mapping[str, str]) -> str:
    """Return `words` with every ``{fact}`` filled in; never fails."""

    def fill(match: re.Match[str]) -> str:
        quote, name, fallback = match[1], match[2], match[3]
        known = _amount(name, one_line(facts.get(name, ""), _FACT_LIMIT))
        value = known or fallback or NEUTRAL.get(name, name)
        if quote:
            # Inside single quotes neither PowerShell nor a shell expands anything but the quote itself.
            return "'" + re.sub("['\u2018\u2019\u201a\u201b]", "", value) + "'"
        if known or not _begins_sentence(words, match.start()):
            return value
        return value[0].upper() + value[1:]

    return _PLACE.sub(fill, words)


def _amount(name: str, known: str) -> str:
    """Return a number of octets as people say it; anything else as it is."""
    if name not in _AMOUNTS or not (known.isascii() and known.isdigit()) or len(known) > _DIGITS:
        return known
    octets = int(known)
    for size, word in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if octets >= size:
            return f"{octets / size:.1f} {word}"
    return f"{octets} octets"


def unknown_names(words: str) -> tuple[str, ...]:
    """Return what stands in braces in `words` and is no fact; for the catalogue's check."""
    named = {match[2] for match in _PLACE.finditer(words)}
    braces = len(re.findall(r"[{}]", words)) - 2 * len(_PLACE.findall(words))
    return (*sorted(named - NEUTRAL.keys()), *(["a brace that closes nothing"] if braces else []))


def _begins_sentence(words: str, at: int) -> bool:
    return at == 0 or words[:at].endswith((". ", "? "))
