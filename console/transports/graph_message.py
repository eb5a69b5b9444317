"""A message made fit for Graph, which reads the recipients from the header and knows no envelope.

What SMTP does by envelope is written into the header here: hidden recipients as Bcc (Graph takes the field
out before the mail leaves), and of To and Cc only those that are meant, so that ``root`` of a cron job,
rewritten to an administrator's address, neither fails nor gets a copy.
"""

import re
from collections.abc import Iterator
from typing import Final

from console.addresses import parse_addresses
from console.message import Message

_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")
_ADDRESSEES: Final = (b"to", b"cc")
_NOBODY: Final = b"To: undisclosed-recipients:;\r\n"
_NOT_MEANT: Final = "nobody@invalid"
"""Stands for what no recipient of an envelope can be (RFC 2606 §2)."""


def with_recipients(message: Message) -> bytes:
    """Return the content, its header naming exactly the envelope's recipients (RFC 5322 §3.6.3)."""
    header, blank, body = message.content.partition(b"\r\n\r\n")
    if not blank:
        header, body = message.content.removesuffix(b"\r\n"), b""
    fields = list(_fields(header + b"\r\n"))
    wanted = {address.casefold() for address in message.recipients}
    listed: set[str] = set()
    out: list[bytes] = []
    for field in fields:
        name = _name(field)
        if name in (b"", b"bcc"):  # what is no field would end the header for whoever reads on
            continue
        if name not in _ADDRESSEES:
            out.append(field)
            continue
        pairs = _addresses(field)
        kept = [pair for pair in pairs if pair[1].casefold() in wanted]
        listed.update(address.casefold() for _, address in kept)
        out.extend(_kept(field, name, pairs, kept))
    hidden = [address for address in message.recipients if address.casefold() not in listed]
    if not listed and not any(_name(field) == b"to" for field in out):
        out.append(_NOBODY)
    if hidden:
        out.append(b"Bcc: " + ",\r\n ".join(hidden).encode() + b"\r\n")
    return b"".join(out) + b"\r\n" + body


def _kept(
    field: bytes, name: bytes, pairs: list[tuple[str, str]], kept: list[tuple[str, str]]
) -> Iterator[bytes]:
    """Yield the field as it is when all in it are meant; else the original renamed, and the rest."""
    if kept == pairs:
        yield field
        return
    yield b"X-Original-" + field
    if kept:
        from email.utils import formataddr

        line = ",\r\n ".join(formataddr(pair, charset="utf-8") for pair in kept)
        yield name.title() + b": " + line.encode() + b"\r\n"


def _fields(header: bytes) -> Iterator[bytes]:
    """Yield each header field with its folded lines, octets as they are."""
    lines: list[bytes] = []
    for line in header.splitlines(keepends=True):
        if lines and line[:1] not in (b" ", b"\t"):
            yield b"".join(lines)
            lines = []
        lines.append(line)
    if lines:
        yield b"".join(lines)


def _name(field: bytes) -> bytes:
    found = _FIELD.match(field)
    return found[1].lower() if found else b""


def _addresses(field: bytes) -> list[tuple[str, str]]:
    """Return display names (encoded words as they are) and addresses of a field, group members too.

    A name without a domain counts as an address that nobody meant, and so does a field that cannot be read:
    Exchange would read it in its own way. (Python's own parser differs between patch levels here.)
    """
    value = field.partition(b":")[2].decode("utf-8", "replace").replace("\r\n", "")
    try:
        return [(one.name, one.address) for one in parse_addresses(value, _NOT_MEANT)]
    except ValueError:
        return [("", _NOT_MEANT)]
