"""A message as a draft, and as the finished octets with its envelope; the same value feeds SMTP and Graph."""

from pathlib import Path

from console.errors import MessageError
from console.values import dataclass


class NoSenderError(MessageError):
    """There is no address to send from."""

    code = "local.no-sender"

    def __init__(self) -> None:
        super().__init__(
            "There is no From address.",
            "Set it: menu item 3, or: mail-console settings set mail.sender=name@example.com",
        )


class NoRecipientError(MessageError):
    """Nobody is to get the message."""

    code = "local.no-recipient"

    def __init__(self) -> None:
        super().__init__("The message has no recipient.", "Name one in To, Cc or Bcc.")


class AddressError(MessageError):
    """What stands where an address belongs is none."""

    code = "local.address"


class HeaderError(MessageError):
    """A header field would break the header, or smuggle in another field."""

    code = "local.header"


class AttachmentError(MessageError):
    """A file cannot be attached."""

    code = "local.attachment"


@dataclass(frozen=True, slots=True)
class Message:
    """A finished RFC 5322 message with its envelope.

    Attributes:
        sender: Envelope sender (RFC 5321 reverse-path), a bare address.
        recipients: Envelope recipients, bare addresses, To then Cc then Bcc, no duplicates.
        content: The octets, CRLF line ends, header with no Bcc field.
        subject: Printable, bounded, decoded.
        message_id: With its angle brackets.
        hidden: Those of `recipients` that are in no header (Bcc), for transports that read the header.
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    subject: str
    message_id: str
    hidden: tuple[str, ...] = ()

    @property
    def needs_smtputf8(self) -> bool:
        """Whether an address of the envelope or a header is not ASCII (RFC 6531)."""
        header = self.content.partition(b"\r\n\r\n")[0]
        return not (self.sender.isascii() and all(map(str.isascii, self.recipients)) and header.isascii())

    @property
    def needs_8bitmime(self) -> bool:
        """Whether the content has octets above 127 (RFC 6152)."""
        return not self.content.isascii()


@dataclass(frozen=True, slots=True)
class Draft:
    """What `send` and the test mail fill in.

    Attributes:
        to, cc, bcc: Recipients, with or without display names.
        subject: One line.
        text: Plain text body.
        html: HTML alternative, or "".
        attachments: Files to attach.
        reply_to: Address for answers, or "".
        headers: Further header fields.
    """

    to: tuple[str, ...]
    subject: str = ""
    text: str = ""
    html: str = ""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: str = ""
    attachments: tuple[Path, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
