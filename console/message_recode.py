"""A message that is encoded anew, part by part, where the way to the server cannot carry it as it is.

Two things stop a message: octets of eight bits, where a server takes seven (RFC 6152 §3), and lines of more
than 998 octets (RFC 5321 §4.5.3.1.6), which servers refuse or cut.
"""

import re
from collections.abc import Callable

from console.annotations import Final
from console.headers import has_long_line
from console.message_compose import encoded_text, in_base64, wrapped_base64

_DEPTH_LIMIT: Final = 20
_FOLDED_TEXT: Final = rb"[ \t]*:((?:[^\r\n]|\r\n[ \t])*)(?:\r\n|\Z)"
_BOUNDARY: Final = rb"boundary[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,70})\"|([^\s;\"]{1,70}))"
_BASE64: Final = rb"[A-Za-z0-9+/]*={0,2}"
_AS_THEY_ARE: Final = (b"multipart/signed", b"multipart/digest")
"""What a signature covers must stay; in a digest parts without a type are messages, not texts."""
_RAW: Final = (b"", b"7bit", b"8bit", b"binary")

_Test = Callable[[bytes], bool]
"""Whether octets cannot go as they are."""


class _UnfitError(Exception):
    """Encoding it would break it; stays in this module."""


def in_seven_bits(content: bytes) -> bytes | None:
    """Return a message (CRLF line ends) with its 8-bit parts encoded, all else as it was.

    Texts become quoted-printable or base64, other parts base64. None when that must not be done, because the
    message is signed, or cannot, because its header is not ASCII or its parts are not built as MIME says.
    """
    return _recoded(content, lambda octets: not octets.isascii())


def in_short_lines(content: bytes) -> bytes | None:
    """Return a message (CRLF line ends) with the parts encoded that have a line of more than 998 octets.

    Base64 in one long line is broken into lines. None as with `in_seven_bits`, and where a header has such a
    line.
    """
    return _recoded(content, has_long_line)


def _recoded(content: bytes, is_stopped: _Test) -> bytes | None:
    try:
        return _encoded(content, is_stopped, 0, is_whole=True)
    except _UnfitError:
        return None


def _encoded(part: bytes, is_stopped: _Test, depth: int, *, is_whole: bool) -> bytes:
    """Return one whole message or one body part encoded."""
    if not is_stopped(part):
        return part
    fields, body = _halves(part)
    kind, _, parameters = _text_of(fields, b"Content-Type").partition(b";")
    kind = kind.strip().lower()
    is_signed = _text_of(fields, b"DKIM-Signature") or kind in _AS_THEY_ARE
    if depth > _DEPTH_LIMIT or is_stopped(fields) or is_signed:
        raise _UnfitError
    had = _text_of(fields, b"Content-Transfer-Encoding").lower()
    if had not in _RAW:
        return fields + b"\r\n" + _encoded_before(body, had)
    if kind.startswith(b"multipart/"):
        encoded = _encoded_parts(body, parameters, is_stopped, depth)
        encoding = _least(encoded)
    elif kind == b"message/rfc822":  # must not be encoded itself (RFC 2045 §6.4)
        encoded = _encoded(body, is_stopped, depth + 1, is_whole=True)
        encoding = _least(encoded)
    elif kind.startswith(b"message/"):
        raise _UnfitError
    elif kind.startswith(b"text/") or not kind:
        encoding, encoded = encoded_text(body.replace(b"\r\n", b"\n"))
        fields += b"" if kind else _text_type(body)
    else:
        encoding, encoded = "base64", in_base64(body)
    return _with_encoding(fields, encoding, is_whole=is_whole) + b"\r\n" + encoded


def _least(body: bytes) -> str:
    """Return the encoding of a body that has parts: it says what all of them need (RFC 2045 §6.4)."""
    return "7bit" if body.isascii() else "8bit"


def _encoded_before(body: bytes, encoding: bytes) -> bytes:
    """Return a body that says it is encoded: base64 without line breaks gets them, all else is at odds."""
    bare = b"".join(body.split())
    if encoding != b"base64" or not re.fullmatch(_BASE64, bare):
        raise _UnfitError
    return wrapped_base64(bare)


def _halves(part: bytes) -> tuple[bytes, bytes]:
    """Return the fields, each with its CRLF, and what follows the empty line."""
    if part.startswith(b"\r\n"):  # a part without fields
        return b"", part[2:]
    fields, _, body = part.partition(b"\r\n\r\n")
    return fields + b"\r\n", body


def _text_of(fields: bytes, name: bytes) -> bytes:
    """Return what a field says, unfolded; b"" when it is not there."""
    found = re.search(rb"(?im)^" + name + _FOLDED_TEXT, fields)
    return found[1].replace(b"\r\n", b"").strip() if found else b""


def _encoded_parts(body: bytes, parameters: bytes, is_stopped: _Test, depth: int) -> bytes:
    """Return the body of a multipart with each of its parts encoded (RFC 2046 §5.1.1)."""
    found = re.search(_BOUNDARY, parameters, re.IGNORECASE)
    if found is None:
        raise _UnfitError
    boundary = re.escape(found[1] or found[2])
    # In turn what comes before, a delimiter, a part, a delimiter … and what comes after the last.
    pieces = re.split(rb"((?:\A|\r\n)--" + boundary + rb"(?:--)?[ \t]*(?:\r\n|\Z))", body)
    if len(pieces) < 3 or is_stopped(pieces[0]) or is_stopped(pieces[-1]):
        raise _UnfitError
    pieces[2:-1:2] = [_encoded(one, is_stopped, depth + 1, is_whole=False) for one in pieces[2:-1:2]]
    return b"".join(pieces)


def _text_type(body: bytes) -> bytes:
    """Return the type of a text that names none: UTF-8, else Latin-1, as old programs write it."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return b'Content-Type: text/plain; charset="iso-8859-1"\r\n'
    return b'Content-Type: text/plain; charset="utf-8"\r\n'


def _with_encoding(fields: bytes, encoding: str, *, is_whole: bool) -> bytes:
    kept = re.sub(rb"(?im)^Content-Transfer-Encoding" + _FOLDED_TEXT, b"", fields)
    if is_whole and not _text_of(kept, b"MIME-Version"):
        kept += b"MIME-Version: 1.0\r\n"
    return kept + f"Content-Transfer-Encoding: {encoding}\r\n".encode()
