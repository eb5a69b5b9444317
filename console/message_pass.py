"""A whole message that another program wrote, passed on: what is missing added, Bcc taken out, raw 8-bit
header fields encoded, no more.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from console.addresses import Mailbox, parse_addresses, valid_address
from console.errors import MessageError
from console.headers import (
    LINE_LIMIT,
    address_field,
    date_now,
    decoded_words,
    has_long_line,
    new_message_id,
    text_field,
)
from console.message_compose import unique
from console.message_model import AddressError, HeaderError, Message, NoRecipientError, NoSenderError
from console.text import one_line, printable
from console.values import dataclass

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FIELD: Final = rb"([!-9;-~]+)[ \t]*:"
_FOLD_AT: Final = 78
_NEVER_SENT: Final = frozenset({"bcc", "resent-bcc"})
_ID: Final = r"<[^<>\s]{1,900}>"
_OF_ADDRESSES: Final = frozenset({"from", "sender", "reply-to", "to", "cc"})
_OF_TEXT: Final = frozenset({"subject", "comments", "organization", "content-description"})


@dataclass(frozen=True, slots=True)
class _Field:
    """A header field: its name in lower case, and all its octets with CRLF, folded as it came."""

    name: str
    octets: bytes

    @property
    def text(self) -> str:
        """What it says, unfolded; octets that are no UTF-8 replaced."""
        return self._unfolded.decode("utf-8", "replace").strip()

    @property
    def free_text(self) -> str:
        """What it says to people: text that is no UTF-8 is taken for Latin-1, as old programs write it."""
        try:
            return self._unfolded.decode().strip()
        except UnicodeDecodeError:
            return self._unfolded.decode("latin-1").strip()

    @property
    def _unfolded(self) -> bytes:
        return self.octets.partition(b":")[2].replace(b"\r\n", b"")


def pass_through(
    raw: bytes, recipients: Sequence[str], sender: str, *, from_header: bool, local_user: str = ""
) -> Message:
    """Return a message that another program wrote, ready to send.

    Line ends become CRLF; Bcc fields, an mbox's ``From `` line and a byte order mark are taken out; Date,
    Message-ID and From are added where they are missing. Lines of more than 998 octets are folded in the
    header; parts of the body that have some are encoded. Header fields with raw 8-bit text, as scripts write
    them, are encoded (RFC 2047): else the mail would need a server with SMTPUTF8. Signed messages stay as
    they are.

    Args:
        raw: The whole message, any line ends; without a header all of it is body.
        recipients: Envelope recipients.
        sender: Envelope sender, a bare address.
        from_header: Whether those in To, Cc and Bcc are recipients too (of the newest Resent- ones, if any).
        local_user: Address that stands for local names without a domain (``root``); "" refuses those.

    Raises:
        MessageError: It cannot be passed on.
    """
    if not sender:
        raise NoSenderError
    envelope_sender = _address(sender, "")
    fields, body = _split(_with_crlf(raw.removeprefix(_BYTE_ORDER_MARK)))
    in_header, hidden_there = _named_in(fields, local_user) if from_header else ((), ())
    named = [_address(one, local_user) for one in recipients]
    everybody = unique((*named, *in_header, *hidden_there))
    if not everybody:
        raise NoRecipientError
    visible = set(in_header) if from_header else set(_named_in_any(fields, local_user))
    kept = [one for one in fields if one.name not in _NEVER_SENT]
    complete, message_id = _completed(kept, envelope_sender)
    if not _is_signed(fields):
        complete = [one if one.octets.isascii() else _in_ascii(one) for one in complete]
    return Message(
        sender=envelope_sender,
        recipients=everybody,
        content=_within_lines(complete, body),
        subject=one_line(printable(decoded_words(_subject(kept))), 300),
        message_id=message_id,
        hidden=tuple(one for one in everybody if one not in visible),
    )


def _with_crlf(raw: bytes) -> bytes:
    if b"\0" in raw:
        raise MessageError("The message holds a NUL octet; mail cannot carry it.", "Attach it as a file.")
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def _split(content: bytes) -> tuple[list[_Field], bytes]:
    """Return header and body; the header ends at an empty line, or at the first line that is no field."""
    fields: list[tuple[str, list[bytes]]] = []
    at = 0
    while at < len(content):
        end = content.find(b"\r\n", at)
        line = content[at:] if end < 0 else content[at : end + 2]
        if line == b"\r\n":
            at += 2
            break
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(_ended(line))
        elif found := re.match(_FIELD, line):
            fields.append((found[1].decode().lower(), [_ended(line)]))
        elif at > 0 or not line.startswith((b"From ", b">From ")):
            break
        at += len(line)
    return [_Field(name, b"".join(lines)) for name, lines in fields], content[at:]


def _ended(line: bytes) -> bytes:
    return line if line.endswith(b"\r\n") else line + b"\r\n"


def _text_of(fields: Sequence[_Field], name: str) -> str:
    return next((one.text for one in fields if one.name == name), "")


def _subject(fields: Sequence[_Field]) -> str:
    return next((one.free_text for one in fields if one.name == "subject"), "")


def _is_signed(fields: Sequence[_Field]) -> bool:
    return any(one.name == "dkim-signature" for one in fields)


def _in_ascii(field: _Field) -> _Field:
    """Return a field with its raw 8-bit text encoded, or as it is where that would change what it means."""
    name = field.octets.partition(b":")[0].rstrip().decode()
    kind = field.name.removeprefix("resent-")
    try:
        if kind in _OF_ADDRESSES:
            boxes = [
                Mailbox(one.address, decoded_words(one.name)) for one in parse_addresses(field.free_text)
            ]
            if boxes and all(one.address.isascii() for one in boxes):
                return _Field(field.name, address_field(name, boxes))
        elif kind in _OF_TEXT or kind.startswith("x-"):
            return _Field(field.name, text_field(name, decoded_words(field.free_text)))
    except (ValueError, HeaderError):
        pass  # no list of addresses, or control characters: better as it came than half of it
    return field


def _named_in(fields: Sequence[_Field], local_user: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the recipients a header names: those all may see, and the hidden ones."""
    prefix = "resent-" if any(one.name.startswith("resent-") for one in fields) else ""
    newest = _newest_block(fields) if prefix else fields
    visible = [one for one in newest if one.name in (f"{prefix}to", f"{prefix}cc")]
    hidden = [one for one in newest if one.name == f"{prefix}bcc"]
    return _addresses(visible, local_user), _addresses(hidden, local_user)


def _named_in_any(fields: Sequence[_Field], local_user: str) -> tuple[str, ...]:
    """Return who a header shows, as far as it can be read: here it decides nothing but what is hidden."""
    try:
        return _named_in(fields, local_user)[0]
    except AddressError:
        return ()


def _newest_block(fields: Sequence[_Field]) -> list[_Field]:
    """Return the topmost Resent- fields: they end where one of them comes again (RFC 5322 §3.6.6)."""
    block: list[_Field] = []
    for one in fields:
        if not one.name.startswith("resent-"):
            continue
        if any(one.name == other.name for other in block):
            break
        block.append(one)
    return block


def _addresses(fields: Iterable[_Field], local_user: str) -> tuple[str, ...]:
    found: list[str] = []
    for one in fields:
        try:
            found += [box.address for box in parse_addresses(one.text, local_user)]
        except ValueError as error:
            raise AddressError(f"{one.name.capitalize()}: {one_line(str(error), 300)}") from None
    return unique(found)


def _address(text: str, local_user: str) -> str:
    bare = text.strip().removeprefix("<").removesuffix(">")
    if local_user and bare and "@" not in bare:
        bare = local_user
    try:
        return valid_address(bare)
    except ValueError as error:
        raise AddressError(f"{one_line(text, 300)}: {error}") from None


def _completed(fields: list[_Field], sender: str) -> tuple[list[_Field], str]:
    """Return the fields with what was missing on top, and the Message-ID."""
    found = re.search(_ID, _text_of(fields, "message-id"))
    message_id = found[0] if found else new_message_id(sender)
    added: list[_Field] = []
    if not found:
        fields = [one for one in fields if one.name != "message-id"]
        added.append(_Field("message-id", f"Message-ID: {message_id}\r\n".encode()))
    if not _text_of(fields, "date"):
        fields = [one for one in fields if one.name != "date"]
        added.append(_Field("date", f"Date: {date_now()}\r\n".encode()))
    author = _author(_text_of(fields, "from"), sender)
    if author is not None:
        fields = [one for one in fields if one.name != "from"]
        added.append(_Field("from", address_field("From", [author])))
    return [*added, *fields], message_id


def _author(text: str, sender: str) -> Mailbox | None:
    """Return what From must say instead, or None when it names an address.

    Programs write ``root (Cron Daemon)`` there: the name stays, the address becomes the sender.
    """
    try:
        if parse_addresses(text):
            return None
    except ValueError:
        pass
    name = re.sub(r'["<>()\\]+', " ", decoded_words(text))
    return Mailbox(sender, " ".join("".join(one for one in name if one.isprintable()).split())[:100])


def _within_lines(fields: list[_Field], body: bytes) -> bytes:
    """Return the message with no line longer than 998 octets (RFC 5321 §4.5.3.1.6 less its CRLF)."""
    if not _is_signed(fields):
        fields = [_Field(one.name, b"".join(_refolded(one.octets))) for one in fields]
    for one in fields:
        if has_long_line(one.octets):
            raise MessageError(
                f"The header field {one.name.title()} has a line of more than {LINE_LIMIT} octets.",
                "Have it folded (RFC 5322 §2.2.3) by the program that wrote it.",
            )
    content = b"".join(one.octets for one in fields) + b"\r\n" + body
    if not has_long_line(body):
        return content
    from console.message_recode import in_short_lines

    encoded = in_short_lines(content)
    if encoded is None:
        raise MessageError(
            f"The message has a line of more than {LINE_LIMIT} octets, which mail servers refuse or cut, and "
            "encoding it here would break it: it is signed, or its parts are not built as MIME says.",
            "Have it encoded (base64, quoted-printable) by the program that wrote it.",
        )
    return encoded


def _refolded(octets: bytes) -> Iterator[bytes]:
    """Yield a field's lines; one that is too long is folded where it has blanks (RFC 5322 §2.2.3)."""
    for line in octets.splitlines(keepends=True):
        if len(line) <= LINE_LIMIT + 2:
            yield line
            continue
        short = b""
        # Without the blanks at its end: a line of nothing else would end the header, and to look for what
        # follows them would take the square of their number.
        for piece in re.findall(rb"[ \t]*[^ \t]+", line.rstrip()):
            if short.strip() and len(short) + len(piece) > _FOLD_AT:
                yield short + b"\r\n"
                short = b""
            short += piece
        if short:
            yield short + b"\r\n"
