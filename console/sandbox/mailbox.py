"""Where the sandbox's mail arrives: in memory to be looked at, and as ``.eml`` files to be opened."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP
from pathlib import Path
from typing import Final

from console.text import one_line, printable

KEPT: Final = 1000
"""Mails kept in memory; older ones stay as files only."""


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as the stand-in took it.

    Attributes:
        number: Counts the mails of a mailbox from 1.
        at: When it came (UTC, aware).
        sender: Envelope sender.
        recipients: Envelope recipients.
        content: The octets, dot-stuffing undone.
        via: ``smtp`` or ``graph``.
        user: Who was signed in, or "".
        file: The ``.eml`` file, or None.
    """

    number: int
    at: datetime
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    via: str = "smtp"
    user: str = ""
    file: Path | None = None

    @property
    def message(self) -> EmailMessage:
        """The content parsed; of malformed fields Python's parser may raise anything (see `field`)."""
        return message_from_bytes(self.content, policy=SMTP)

    def field(self, name: str) -> str:
        """Return a header field, decoded, printable, bounded; raw where it is malformed; "" without one."""
        try:
            return one_line(str(self.message.get(name, "")))
        except Exception:  # noqa: BLE001 - a mail is outside content, and the parser raises IndexError and more
            return one_line(str(message_from_bytes(self.content).get(name, "")))

    @property
    def subject(self) -> str:
        """The subject, as `field` gives it."""
        return self.field("Subject")

    @property
    def attachments(self) -> tuple[str, ...]:
        """Name and type of each attachment; of a malformed one the type alone."""
        return tuple(
            f"{_name_of(part)}, {part.get_content_type()}" for part in self.message.iter_attachments()
        )

    @property
    def text(self) -> str:
        """The plain text (or else HTML) body, printable; "" when there is none."""
        body = self.message.get_body(("plain", "html"))
        if body is None:
            return ""
        with suppress(LookupError, UnicodeError):  # unknown or wrong charset: shown raw below
            return printable(str(body.get_content()))
        raw = body.get_payload(decode=True)
        return printable(raw.decode("ascii", "backslashreplace")) if isinstance(raw, bytes) else ""


def _name_of(part: Message) -> str:
    try:
        return one_line(part.get_filename() or "without a name")
    except Exception:  # noqa: BLE001 - as in `ReceivedMail.field`
        return "without a name"


class Mailbox:
    """Mails of one sandbox, oldest first; safe from any thread.

    Args:
        folder: Where each mail is also written as ``0001.eml``; None for memory alone. Files of an earlier
            run stay, and their numbers are not given again.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._mails: list[ReceivedMail] = []
        self._count = 0 if folder is None else _newest_number(folder)
        self._changed = threading.Condition()
        self._subscribers: list[Callable[[ReceivedMail], None]] = []

    def subscribe(self, subscriber: Callable[[ReceivedMail], None]) -> None:
        """Call `subscriber` with every mail from now on, in the thread that received it."""
        self._subscribers.append(subscriber)

    def deliver(
        self, sender: str, recipients: tuple[str, ...], content: bytes, *, via: str = "smtp", user: str = ""
    ) -> ReceivedMail:
        """Take a mail in."""
        with self._changed:
            self._count += 1
            file = self._write(self._count, content)
            mail = ReceivedMail(self._count, datetime.now(UTC), sender, recipients, content, via, user, file)
            self._mails.append(mail)
            del self._mails[:-KEPT]
            self._changed.notify_all()
        for subscriber in self._subscribers:
            subscriber(mail)
        return mail

    def mails(self) -> tuple[ReceivedMail, ...]:
        """Return the mails kept, oldest first."""
        with self._changed:
            return tuple(self._mails)

    def wait_for(self, count: int, seconds: float = 5.0) -> tuple[ReceivedMail, ...]:
        """Wait until `count` mails are there, at most `seconds`; return what is there then."""
        until = time.monotonic() + seconds
        with self._changed:
            while len(self._mails) < count and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            return tuple(self._mails)

    def _write(self, number: int, content: bytes) -> Path | None:
        if self.folder is None:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{number:04}.eml"
        file.write_bytes(content)
        return file


def _newest_number(folder: Path) -> int:
    numbers = (file.stem for file in folder.glob("*.eml"))
    return max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)
