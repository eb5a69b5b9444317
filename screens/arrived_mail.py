"""The sandbox's mailbox: the newest mail as it arrived, older ones with the arrow keys."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from console.text import printable
from screens.theme import Tone
from screens.told_whole import ToldWhole
from screens.widgets.report import BLANK, Paragraph
from screens.widgets.scrolled import PaneRule, Scrolled
from screens.widgets.transcript_view import TranscriptView

if TYPE_CHECKING:
    from console.sandbox.mailbox import ReceivedMail

_HEADERS = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "Auto-Submitted")
_MOST_SHOWN = 20000


class ArrivedMailScreen(ToldWhole):
    """Shows what the sandbox received."""

    TITLE_TEXT = "Arrived in the sandbox"
    HELP = """
The mails that the sandbox's stand-in servers took, as a recipient would see them: the newest first, older
ones with the left arrow. Each is also a file that ordinary mail programs open.
"""
    COMMAND = "mail-console --sandbox"
    KEYS = (("←→", "older, newer"), ("↑↓", "scroll"), ("Esc", "back"))
    STATUS_ROWS = 2
    AUTO_FOCUS = "#mail"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Older", show=False),
        Binding("right", "step(1)", "Newer", show=False),
    ]

    def compose_body(self) -> ComposeResult:
        """Yield the pane and the rule above it."""
        yield PaneRule("", is_top=True, id="place")
        yield TranscriptView(id="mail")

    def on_mount(self) -> None:
        """Show the newest mail."""
        super().on_mount()
        sandbox = self.console.sandbox
        self.mails: tuple[ReceivedMail, ...] = sandbox.mailbox.mails() if sandbox is not None else ()
        self.shown = len(self.mails) - 1
        self._show()

    def action_step(self, by: int) -> None:
        """Show the next newer or older mail."""
        wanted = self.shown + by
        if 0 <= wanted < len(self.mails):
            self.shown = wanted
            self._show()

    def on_scrolled_moved(self, event: Scrolled.Moved) -> None:
        """Say which part is seen."""
        self.query_one(PaneRule).show_place(event)

    def _show(self) -> None:
        if not self.mails:
            self.query_one(TranscriptView).show_report([Paragraph("", "No mail arrived yet.", Tone.MUTED)])
            return
        mail = self.mails[self.shown]
        self.query_one(PaneRule).show(title=f"Mail {self.shown + 1} of {len(self.mails)}")
        self.query_one(TranscriptView).show_report(_report(mail))
        self.tell(f"Also as a file: {mail.file}" if mail.file else "")


def _report(mail: "ReceivedMail") -> list[Paragraph]:
    heads = [Paragraph(name, text) for name in _HEADERS if (text := mail.field(name))]
    files = [Paragraph("Attached", one) for one in mail.attachments]
    by = f"{mail.via}, signed in as {mail.user}" if mail.user else f"{mail.via}, not signed in"
    envelope = f"{mail.sender} → {', '.join(mail.recipients)}"
    body = printable(mail.text)[:_MOST_SHOWN]
    return [
        Paragraph("By", by),
        Paragraph("Envelope", envelope),
        *heads,
        *files,
        BLANK,
        *(Paragraph("", line) for line in body.split("\n")),
    ]
