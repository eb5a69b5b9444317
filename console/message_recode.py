"""A message with 8-bit content made one of seven bits, for servers that take no other (RFC 6152 §3)."""

import re

from console.annotations import Final
from console.message_compose import encoded_text, in_base64

_DEPTH_LIMIT: Final = 20
_FOLDED_TEXT: Final = rb"[ \t]*:((?:[^\r\n]|\r\n[ \t])*)(?:\r\n|\Z)"
_BOUNDARY: Final = rb"boundary[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,70})\"|([^\s;\"]{1,70}))"
_AS_THEY_ARE: Final = (b"multipart/signed", b"multipart/digest")
"""What a signature covers must stay; in a digest parts without a type are messages, not texts."""
_RAW: Final = (b"", b"7bit", b"8bit", b"binary")


class _UnfitError(Exception):
    """Encoding it would break it; stays in this module."""


def in_seven_bits(content: bytes) -> bytes | None:
    """Return a message (CRLF line ends) with its 8-bit parts encoded, all else as it was.

    Texts become quoted-printable or base64, other parts base64. None when that must not be done, because the
    message is signed, or cannot, because its header is not ASCII or its parts are not built as MIME says.
    """
    try:
        return _encoded(content, 0, is_whole=True)
    except _UnfitError:
        return None


def _encoded(part: bytes, depth: int, *, is_whole: bool) -> bytes:
    """Return one whole message or one body part encoded."""
    if part.isascii():
        return part
    fields, body = _halves(part)
    kind, _, parameters = _text_of(fields, b"Content-Type").partition(b";")
    kind = kind.strip().lower()
    is_signed = _text_of(fields, b"DKIM-Signature") or kind in _AS_THEY_ARE
    if depth > _DEPTH_LIMIT or not fields.isascii() or is_signed:
        raise _UnfitError
    if _text_of(fields, b"Content-Transfer-Encoding").lower() not in _RAW:
        raise _UnfitError  # it says that it is encoded, and is not
    if kind.startswith(b"multipart/"):
        encoding, encoded = "7bit", _encoded_parts(body, parameters, depth)
    elif kind == b"message/rfc822":  # must not be encoded itself (RFC 2045 §6.4)
        encoding, encoded = "7bit", _encoded(body, depth + 1, is_whole=True)
    elif kind.startswith(b"message/"):
        raise _UnfitError
    elif kind.startswith(b"text/") or not kind:
        encoding, encoded = encoded_text(body.replace(b"\r\n", b"\n"))
        fields += b"" if kind else _text_type(body)
    else:
        encoding, encoded = "base64", in_base64(body)
    return _with_encoding(fields, encoding, is_whole=is_whole) + b"\r\n" + encoded


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


def _encoded_parts(body: bytes, parameters: bytes, depth: int) -> bytes:
    """Return the body of a multipart with each of its parts encoded (RFC 2046 §5.1.1)."""
    found = re.search(_BOUNDARY, parameters, re.IGNORECASE)
    if found is None:
        raise _UnfitError
    boundary = re.escape(found[1] or found[2])
    # In turn what comes before, a delimiter, a part, a delimiter … and what comes after the last.
    pieces = re.split(rb"((?:\A|\r\n)--" + boundary + rb"(?:--)?[ \t]*(?:\r\n|\Z))", body)
    if len(pieces) < 3 or not (pieces[0].isascii() and pieces[-1].isascii()):
        raise _UnfitError
    pieces[2:-1:2] = [_encoded(piece, depth + 1, is_whole=False) for piece in pieces[2:-1:2]]
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
