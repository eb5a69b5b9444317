"""A draft made into the octets of a message: header, text, HTML alternative, attachments; in seven bits."""

import binascii
import os
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from console.addresses import Mailbox, parse_addresses
from console.annotations import TYPE_CHECKING, Final
from console.errors import FileError
from console.file_errors import NotAFileError
from console.files import read_bounded
from console.headers import (
    LINE_LIMIT,
    address_field,
    clean_text,
    date_now,
    field_name,
    new_message_id,
    text_field,
)
from console.message_model import (
    AddressError,
    AttachmentError,
    Draft,
    HeaderError,
    Message,
    NoRecipientError,
    NoSenderError,
)
from console.text import one_line

if TYPE_CHECKING:
    from console.appliance_model import Profile
    from console.settings.model import Settings

ATTACHMENT_LIMIT: Final = 150 * 1024 * 1024
"""Octets of one file: no mail service takes more (Exchange Online: 150 MB a message)."""

_OURS: Final = frozenset(
    ("from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version")
)
_TEXT_CONTROL: Final = rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_BASE64_LINE: Final = 76


def compose(draft: Draft, settings: "Settings") -> Message:
    """Return the message that a draft describes.

    Args:
        draft: What was filled in.
        settings: Give sender and sender's name.

    Raises:
        MessageError: It cannot be composed: no sender, no recipient, an address that is none, a line end in a
            header, a file that cannot be attached.
    """
    if not settings.mail.sender:
        raise NoSenderError
    sender = Mailbox(settings.mail.sender, settings.mail.sender_name)
    visible = {"To": _mailboxes("To", draft.to), "Cc": _mailboxes("Cc", draft.cc)}
    shown = unique(one.address for boxes in visible.values() for one in boxes)
    recipients = unique((*shown, *(one.address for one in _mailboxes("Bcc", draft.bcc))))
    if not recipients:
        raise NoRecipientError
    message_id = new_message_id(sender.address)
    header = [address_field("From", [sender])]
    header += [address_field(name, boxes) for name, boxes in visible.items() if boxes]
    if draft.reply_to:
        header.append(address_field("Reply-To", _mailboxes("Reply-To", (draft.reply_to,))))
    header.append(text_field("Subject", draft.subject))
    header.append(f"Date: {date_now()}\r\nMessage-ID: {message_id}\r\nMIME-Version: 1.0\r\n".encode())
    header += _further_fields(draft.headers)
    return Message(
        sender=sender.address,
        recipients=recipients,
        content=b"".join(header) + _body(draft),
        subject=one_line(clean_text("Subject", draft.subject), 300),
        message_id=message_id,
        hidden=recipients[len(shown) :],
    )


def test_message(settings: "Settings", profile: "Profile", to: str) -> Message:
    """Return the test mail: it says which appliance sent it, by which transport, and when.

    Raises:
        MessageError: There is no sender, or `to` is no address.
    """
    host = profile.host_name()
    now = time.localtime()
    text = f"""This is a test mail from {host} ({profile.product}).

Appliance   {host}
Transport   {settings.mail.transport.label}
From        {settings.mail.sender}
To          {to.strip()}
Sent        {time.strftime("%Y-%m-%d %H:%M:%S", now)} (UTC{time.strftime("%z", now)})

If you can read this, outgoing mail of this appliance works.
"""
    return compose(Draft(to=(to,), subject=f"Test mail from {host}", text=text), settings)


def unique(addresses: Iterable[str]) -> tuple[str, ...]:
    """Return addresses in their order, each once."""
    return tuple(dict.fromkeys(addresses))


def text_part(text: str, subtype: str) -> bytes:
    """Return a text as a part: its fields, an empty line, and lines of at most 998 octets of seven bits."""
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    if raw and not raw.endswith(b"\n"):
        raw += b"\n"
    encoding, encoded = encoded_text(raw)
    fields = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return fields.encode() + encoded


def encoded_text(raw: bytes) -> tuple[str, bytes]:
    """Return the transfer encoding of a text with LF line ends, and the text in it with CRLF."""
    if raw.isascii() and not re.search(_TEXT_CONTROL, raw):
        if max(map(len, raw.split(b"\n"))) <= LINE_LIMIT:
            return "7bit", raw.replace(b"\n", b"\r\n")
        is_quoted = True
    else:
        is_quoted = (len(raw) - len(raw.decode("ascii", "ignore"))) * 5 < len(raw) * 2
    if is_quoted:
        return "quoted-printable", binascii.b2a_qp(raw, istext=True).replace(b"\n", b"\r\n")
    return "base64", in_base64(raw.replace(b"\n", b"\r\n"))


def _mailboxes(name: str, lists: Sequence[str]) -> list[Mailbox]:
    try:
        return [box for one in lists for box in parse_addresses(clean_text(name, _readable(one)))]
    except ValueError as error:
        raise AddressError(f"{name}: {one_line(str(error), 300)}") from None


def _readable(text: str) -> str:
    """Return text with a mark that no address may hold where octets of a command line were no UTF-8.

    `clean_text` would make ? of them, and that is a letter of addresses: somebody else's.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not text.isascii() else text


def _further_fields(headers: Sequence[tuple[str, str]]) -> list[bytes]:
    fields: list[bytes] = []
    names = {name.lower() for name, _ in headers}
    for name, text in headers:
        if name.lower() in _OURS or name.lower().startswith("content-"):
            raise HeaderError(f"The header field {field_name(name)} cannot be given, it is made here.")
        fields.append(text_field(name, text))
    if "auto-submitted" not in names:
        fields.append(b"Auto-Submitted: auto-generated\r\n")
    return fields


def _body(draft: Draft) -> bytes:
    parts = [text_part(draft.text, "plain")] if draft.text or not draft.html else []
    if draft.html:
        parts.append(text_part(draft.html, "html"))
    body = parts[0] if len(parts) == 1 else _multipart("alternative", parts)
    if not draft.attachments:
        return body
    return _multipart("mixed", [body, *map(_attachment, draft.attachments)])


def _multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    """Return parts as one; the boundary's ``=_`` stands in no base64 and no quoted-printable."""
    boundary = f"=_{os.urandom(15).hex()}"
    line = f"\r\n--{boundary}\r\n".encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'.encode()
    return head + line.join(parts) + f"\r\n--{boundary}--\r\n".encode()


def _attachment(path: Path) -> bytes:
    try:
        content = read_bounded(path, ATTACHMENT_LIMIT)
    except FileNotFoundError:
        raise AttachmentError(f"The file to attach is not there: {one_line(str(path), 300)}.") from None
    except NotAFileError as error:  # its own hint is for a file of the console's: move it away
        raise AttachmentError(error.what, "Name a file; keep what a pipe yields in one first.") from error
    except FileError as error:
        raise AttachmentError(error.what, error.fix) from error
    fields = [f"Content-Type: {_type_of(path)}", "Content-Transfer-Encoding: base64"]
    fields.append(f"Content-Disposition: attachment;\r\n {_file_name(path.name)}")
    return "\r\n".join([*fields, "", ""]).encode() + in_base64(content)


def _type_of(path: Path) -> str:
    import mimetypes  # reads the system's tables; only where something is attached

    kind, packed = mimetypes.guess_type(path.name)
    if packed is not None:
        return "application/gzip" if packed == "gzip" else "application/octet-stream"
    if kind is None or kind.startswith(
        ("message/", "multipart/")
    ):  # those must not be base64 (RFC 2046 §5.2)
        return "application/octet-stream"
    return kind


def _file_name(name: str) -> str:
    """Return the parameter of a file's name; one that is not plain ASCII in RFC 2231's form as well."""
    bare = one_line(name, 255)
    simple = re.sub(r'[^ -~]|["\\]', "_", bare)
    if simple == bare:
        return f'filename="{bare}"'
    return f"filename=\"{simple}\";\r\n filename*=utf-8''{quote(bare, safe='')}"


def in_base64(raw: bytes) -> bytes:
    """Return octets in base64, in lines with CRLF."""
    return wrapped_base64(binascii.b2a_base64(raw, newline=False))


def wrapped_base64(encoded: bytes) -> bytes:
    """Return base64 without line breaks in lines with CRLF (RFC 2045 §6.8)."""
    lines = [encoded[at : at + _BASE64_LINE] for at in range(0, len(encoded), _BASE64_LINE)]
    return b"\r\n".join([*lines, b""])
