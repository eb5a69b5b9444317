"""A secret that shows itself as ``***``, and taking known secrets out of text.

The type protects against accidents (a repr, a log line, a traceback with locals, a JSON dump); only `reveal`
gives the value, so that its uses can be found by that word.
"""

import base64
from collections.abc import Iterator
from json.encoder import encode_basestring as json_text_utf8
from json.encoder import encode_basestring_ascii as json_text
from urllib.parse import quote, quote_plus

from console.annotations import Final, NoReturn

MASK: Final = "***"
OWN_KEY: Final = "app-key"
"""Under which name the secret store keeps the app's key pair that this console made."""
_SHORTEST: Final = 4
"""Shorter values are not taken out of text: they would tear ordinary words. They are still never written."""
_SHORTEST_LINE: Final = 16
"""Lines of this length or more of a longer secret (a key) are secrets of their own."""
_URL_SAFE: Final = str.maketrans("+/", "-_")


class Secret:
    """A password, client secret, token, key or code.

    ``repr``, ``str`` and ``format`` give ``***``; it cannot be pickled; two are equal when their values are.
    A copy is the same object.
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

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")


class Redactor:
    """Takes known secrets out of text, in the encodings that mail and OAuth2 use."""

    def __init__(self) -> None:
        self._needles: list[str] = []

    def add(self, secret: Secret) -> None:
        """Make a secret known: as it is, and as base64, JSON and percent-encoding write it."""
        value = secret.reveal()
        if len(value) < _SHORTEST:
            return
        forms = set(_forms(value))
        for line in value.splitlines():
            if len(line) >= _SHORTEST_LINE:
                forms.update(_forms(line))
        self._needles = sorted(forms.union(self._needles), key=len, reverse=True)

    @property
    def knows_none(self) -> bool:
        """Whether no secret was made known: every text is clean."""
        return not self._needles

    def redact(self, text: str) -> str:
        """Return `text` with every known secret replaced by ``***``."""
        for needle in self._needles:
            if needle in text:
                text = text.replace(needle, MASK)
        return text


def _forms(value: str) -> Iterator[str]:
    """Yield a secret as protocols write it."""
    raw = value.encode("utf-8", "surrogatepass")
    percent = quote(raw, safe="")
    yield from (value, percent, percent.lower(), quote_plus(raw))
    yield from (json_text(value)[1:-1], json_text_utf8(value)[1:-1])
    for before in range(3):
        yield from _base64_forms(raw, before)


def _base64_forms(raw: bytes, before: int) -> Iterator[str]:
    """Yield what base64 makes of a secret that stands `before` octets (modulo 3) into a longer text.

    The character at either end that mixes with what stands beside it is left out.
    """
    encoded = base64.b64encode(b"\0" * before + raw).decode()
    start = (0, 2, 3)[before]
    end = len(encoded) - (0, 3, 2)[(before + len(raw)) % 3]
    core = encoded[start:end]
    if len(core) >= _SHORTEST:
        yield from (core, core.translate(_URL_SAFE))
    if not before:
        yield from (encoded, encoded.rstrip("="), encoded.rstrip("=").translate(_URL_SAFE))
