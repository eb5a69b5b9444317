"""One delivery of the log, whole: verdict, cause and fix on top, then everything that was said."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.errors import ConsoleError
from console.transcript import Transcript
from screens.theme import Tone
from screens.told_whole import ToldWhole
from screens.widgets.report import Paragraph, delivery_report, details_report
from screens.widgets.scrolled import PaneRule, Scrolled
from screens.widgets.transcript_view import TranscriptView

if TYPE_CHECKING:
    from console.sendlog.log import Entry

_WHOLE: Final = "whole"
_MASKED: Final = "masked"


class LogEntryScreen(ToldWhole):
    """Shows one delivery and exports a copy of it.

    Args:
        entry: The delivery's headline in the log.
    """

    TITLE_TEXT = "Test log: one mail"
    HELP = """
One mail with everything that was recorded: how it ended, why and what to do about it, then every stage with
its time and what it learnt, and every line. > is what this appliance said, < what the server said, * a
remark of ours. Passwords, tokens and codes are never recorded.

x writes a copy to a file of its own, to hand to somebody; mail addresses can be left out of it.
"""
    COMMAND = "mail-console log show ID\nmail-console log export ID"
    KEYS = (("↑↓", "scroll"), ("x", "export a copy"), ("Esc", "back"))
    STATUS_ROWS = 2
    AUTO_FOCUS = "#transcript"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "export", "Export", show=False)]

    class Exported(Message):
        """A copy was written."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class ExportFailed(Message):
        """No copy could be written."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, entry: "Entry") -> None:
        super().__init__()
        self.entry = entry

    def compose_body(self) -> ComposeResult:
        """Yield the pane and the rule above it."""
        yield PaneRule(f"Mail {self.entry.id}", is_top=True, id="place")
        yield TranscriptView(id="transcript")

    def on_mount(self) -> None:
        """Show the delivery."""
        super().on_mount()
        view = self.query_one(TranscriptView)
        try:
            delivery = self.entry.delivery()
        except ConsoleError as error:
            view.show(Transcript(self.entry.at), [Paragraph("Error", str(error), Tone.FAILURE, Tone.FAILURE)])
            return
        view.show(delivery.transcript, [*delivery_report(delivery), *details_report(delivery)])

    @on(Scrolled.Moved)
    def show_place(self, event: Scrolled.Moved) -> None:
        """Say which part is seen."""
        self.query_one("#place", PaneRule).show_place(event)

    def action_export(self) -> None:
        """Ask how much goes into the copy, then write it."""
        from screens.ask import Ask

        answers = ((_MASKED, "Without mail addresses"), (_WHOLE, "With mail addresses"))
        question = "Write a copy of this mail's transcript to a file."
        detail = "Passwords, tokens and codes are in neither."
        self.app.push_screen(Ask(question, answers, detail), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer is not None:
            self.export(mask_addresses=answer == _MASKED)

    @work(thread=True, exclusive=True, exit_on_error=False, group="export")
    def export(self, *, mask_addresses: bool) -> None:
        """Write the copy off the event loop: it is looked up in the log, and made durable."""
        from console.sendlog.export_file import export_to_file

        log = self.console.engine.log
        try:
            path = export_to_file(log, self.entry.id, mask_addresses=mask_addresses)
        except ConsoleError as error:
            self.post_message(self.ExportFailed(str(error)))
        else:
            self.post_message(self.Exported(path))

    def on_log_entry_screen_exported(self, event: Exported) -> None:
        """Say where the copy is."""
        self.tell(f"Written, readable by its owner alone: {event.path}", Tone.OK)

    def on_log_entry_screen_export_failed(self, event: ExportFailed) -> None:
        """Say why there is none."""
        self.tell_error(event.text)
