"""Header fields (RFC 5322 §2.2): nothing can be smuggled in; folded, and encoded (RFC 2047)."""

import binascii
import os
import re
import time
from collections.abc import Iterable, Iterator

from console.addresses import Mailbox
from console.annotations import Final
from console.message_model import HeaderError
from console.text import one_line

LINE_LIMIT: Final = 998
"""Octets of a line without its CRLF (RFC 5322 §2.1.1)."""

_FOLD_AT: Final = 78
_WORD_LIMIT: Final = 75
"""Characters of an encoded word (RFC 2047 §2)."""
_WORD_FRAME: Final = len("=?utf-8?q??=")
_CONTROL: Final = "[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]"
_NAME: Final = r"[!-9;-~]{1,76}"
_ATOMS: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+"
_PLAIN_IN_Q: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_ENCODED: Final = r"=\?([A-Za-z0-9_-]{1,40})(?:\*[A-Za-z-]*)?\?([bBqQ])\?([^?\s]*)\?="
_BETWEEN_ENCODED: Final = r"(?<=\?=)[ \t]+(?==\?)"
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def has_long_line(octets: bytes) -> bool:
    """Whether a line (CRLF line ends) has more octets than `LINE_LIMIT`."""
    return max(map(len, octets.split(b"\r\n"))) > LINE_LIMIT


def clean_text(name: str, text: str) -> str:
    """Return a header field's text, trimmed, tabs made spaces.

    Raises:
        HeaderError: It holds a line end or another control character: that is how fields are smuggled in.
    """
    bare = text.strip().replace("\t", " ")
    if not (bare.isascii() and bare.isprintable()) and re.search(_CONTROL, bare):
        raise HeaderError(
            f"{name} holds a line end or another control character.", "Keep it on one line of plain text."
        )
    return bare.encode("utf-8", "replace").decode()  # what no text can hold (lone surrogates) becomes ?


def field_name(name: str) -> str:
    """Return a header field's name.

    Raises:
        HeaderError: It is none (RFC 5322 §3.6.8: printable ASCII without the colon).
    """
    if not re.fullmatch(_NAME, name):
        raise HeaderError(f"{one_line(name, 80)} is no name of a header field.")
    return name


def text_field(name: str, text: str) -> bytes:
    """Return a whole field of free text (Subject), folded, with CRLF.

    Raises:
        HeaderError: Name or text would break the header.
    """
    field_name(name)
    bare = clean_text(name, text)
    longest = max(map(len, bare.split(" ")), default=0)
    if bare.isascii() and "=?" not in bare and longest < _FOLD_AT * 2:
        return _folded(name, re.findall(r" *[^ ]+", bare))
    return _folded(name, [f" {word}" for word in encoded_words(bare, len(name) + 2)])


def address_field(name: str, mailboxes: Iterable[Mailbox]) -> bytes:
    """Return a whole field of addresses (To), folded, with CRLF.

    Raises:
        HeaderError: A display name would break the header.
    """
    shown = [mailbox_words(one) for one in mailboxes]
    pieces: list[str] = []
    for at, words in enumerate(shown):
        end = "," if at < len(shown) - 1 else ""
        pieces += [f" {word}" for word in words[:-1]] + [f" {words[-1]}{end}"]
    return _folded(name, pieces)


def mailbox_words(mailbox: Mailbox) -> list[str]:
    """Return a mailbox as a header has it (``Name <address>``), in pieces between which one may fold."""
    name = clean_text("The display name", mailbox.name)
    if not name:
        return [mailbox.address]
    address = f"<{mailbox.address}>"
    if not name.isascii() or "=?" in name or len(name) > LINE_LIMIT // 2:
        return [*encoded_words(name, 12), address]
    if re.fullmatch(_ATOMS, name):
        return [*name.split(), address]
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{quoted}"', address]


def encoded_words(text: str, first_indent: int = 0) -> list[str]:
    """Return text as encoded words (RFC 2047) in the shorter of both encodings, cut between characters.

    Args:
        text: Any text.
        first_indent: Characters that stand before the first word on its line.
    """
    is_quoted = _size(text, is_quoted=True) <= _size(text, is_quoted=False)
    words: list[str] = []
    piece = ""
    room = _WORD_LIMIT - _WORD_FRAME - first_indent
    for character in text:
        if piece and _size(piece + character, is_quoted=is_quoted) > room:
            words.append(_word(piece, is_quoted))
            piece, room = "", _WORD_LIMIT - _WORD_FRAME
        piece += character
    return [*words, _word(piece, is_quoted)] if piece else words


def decoded_words(text: str) -> str:
    """Return a field's text with its encoded words decoded; words that cannot be decoded stay as they are."""
    if "=?" not in text:
        return text
    return re.sub(_ENCODED, _decoded_word, re.sub(_BETWEEN_ENCODED, "", text))


def date_now() -> str:
    """Return the time now for a Date field (RFC 5322 §3.3), in the appliance's own time zone."""
    now = time.localtime()
    sign = "-" if now.tm_gmtoff < 0 else "+"
    hours, minutes = divmod(abs(now.tm_gmtoff) // 60, 60)
    day = f"{_DAYS[now.tm_wday]}, {now.tm_mday:02d} {_MONTHS[now.tm_mon - 1]} {now.tm_year:04d}"
    return f"{day} {now.tm_hour:02d}:{now.tm_min:02d}:{now.tm_sec:02d} {sign}{hours:02d}{minutes:02d}"


def new_message_id(sender: str) -> str:
    """Return a unique Message-ID (RFC 5322 §3.6.4) in the sender's domain."""
    domain = sender.rpartition("@")[2]
    return f"<{time.time_ns() // 1000000:x}.{os.urandom(9).hex()}@{domain}>"


def _folded(name: str, pieces: list[str]) -> bytes:
    """Return a field of pieces that each begin with the blank one may fold at."""
    lines: list[str] = []
    line = f"{name}:"
    is_first = True
    for piece in pieces:
        if is_first and not piece.startswith(" "):
            piece = f" {piece}"
        if not is_first and len(line) + len(piece) > _FOLD_AT:
            lines.append(line)
            line = ""
        line += piece
        is_first = False
    lines.append(line)
    return "".join(f"{one}\r\n" for one in lines).encode()


def _size(piece: str, *, is_quoted: bool) -> int:
    raw = piece.encode()
    if is_quoted:
        return sum(1 if octet in _PLAIN_IN_Q or octet == 0x20 else 3 for octet in raw)
    return (len(raw) + 2) // 3 * 4


def _word(piece: str, is_quoted: bool) -> str:
    raw = piece.encode()
    if is_quoted:
        return f"=?utf-8?q?{''.join(_quoted(raw))}?="
    return f"=?utf-8?b?{binascii.b2a_base64(raw, newline=False).decode()}?="


def _quoted(raw: bytes) -> Iterator[str]:
    for octet in raw:
        if octet == 0x20:
            yield "_"
        else:
            yield chr(octet) if octet in _PLAIN_IN_Q else f"={octet:02X}"


def _decoded_word(match: re.Match[str]) -> str:
    charset, encoding, text = match.groups()
    try:
        if encoding in "bB":
            raw = binascii.a2b_base64(text + "=" * (-len(text) % 4))
        else:
            raw = binascii.a2b_qp(text.replace("_", "=20").encode())
        return raw.decode(charset, "replace")
    except (ValueError, LookupError):
        return match[0]
