"""A secret that shows itself as ``***``, and taking known secrets out of text.

The type protects against accidents (a repr, a log line, a traceback with locals, a JSON dump); only `reveal`
gives the value, so that its uses can be found by that word.
"""

import base64
from typing import Final, NoReturn
from urllib.parse import quote, quote_plus

MASK: Final = "***"
_SHORTEST: Final = 4
"""Shorter values are not taken out of text: they would tear ordinary words. They are still never written."""


class Secret:
    """A password, client secret, token, key or code.

    ``repr``, ``str`` and ``format`` give ``***``; it cannot be pickled; two are equal when their values are.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself. Hand it to the protocol at once; keep it nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")


class Redactor:
    """Takes known secrets out of text, in the encodings that mail and OAuth2 use."""

    def __init__(self) -> None:
        self._needles: list[str] = []

    def add(self, secret: Secret) -> None:
        """Make a secret known: as it is, base64, and percent-encoded."""
        value = secret.reveal()
        if len(value) < _SHORTEST:
            return
        raw = value.encode("utf-8", "surrogateescape")
        encoded = base64.b64encode(raw).decode()
        forms = {value, encoded, encoded.rstrip("="), quote(raw, safe=""), quote_plus(raw)}
        self._needles = sorted(forms.union(self._needles), key=len, reverse=True)

    def redact(self, text: str) -> str:
        """Return `text` with every known secret replaced by ``***``."""
        for needle in self._needles:
            if needle in text:
                text = text.replace(needle, MASK)
        return text
