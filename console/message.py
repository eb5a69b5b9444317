"""One message and its envelope, composed or passed through; the same value feeds SMTP and Graph.

(Skeleton: values only; composing follows.)
"""

from dataclasses import dataclass, field
from pathlib import Path


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
    headers: tuple[tuple[str, str], ...] = field(default=())
