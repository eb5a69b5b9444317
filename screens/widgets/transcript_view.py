"""The transcript pane: verdict, cause and fix on top, then every stage and line, live or from the log."""

from collections.abc import Iterable, Sequence

from console.transcript import Event, Transcript
from screens.drawing import Piece
from screens.widgets.report import BLANK, Paragraph, rows_of_paragraphs
from screens.widgets.scrolled import Scrolled
from screens.widgets.transcript_rows import Row, TranscriptRows


class TranscriptView(Scrolled):
    """Shows a report (may be empty) and a transcript as one pane that scrolls.

    While events come it follows them; a report put on top brings the pane to its beginning, so that what to
    do is read first.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._report: tuple[Paragraph, ...] = ()
        self._report_rows: tuple[int, list[Row]] = (-1, [])
        self.transcript = TranscriptRows()
        self.follows = True

    def clear(self) -> None:
        """Show nothing, and follow what comes."""
        self.transcript.clear()
        self._put_report(())
        self.follows = True
        self.rows_changed(0)

    def add(self, events: Iterable[Event]) -> None:
        """Show more events of a running delivery; a step known already is shown with its outcome."""
        first = self.transcript.add(events)
        self.rows_changed(len(self._head()) + first)

    def show_report(self, report: Sequence[Paragraph]) -> None:
        """Put `report` on top and scroll to it; blank rows at its end only part it from a transcript."""
        rows = list(report)
        while rows and rows[-1] == BLANK and not len(self.transcript):
            rows.pop()
        self._put_report(tuple(rows))
        self.follows = False
        self.rows_changed(0)
        self.action_scroll_first()

    def show(self, transcript: Transcript, report: Sequence[Paragraph] = ()) -> None:
        """Show a whole transcript with its report on top."""
        self.transcript.show(transcript)
        self.show_report(report)

    def row_count(self) -> int:
        """Return the rows of report and transcript together."""
        self.transcript.resize(self.size.width)
        return len(self._head()) + len(self.transcript)

    def row(self, number: int, width: int) -> Sequence[Piece]:
        """Return a row of the report, or below it of the transcript."""
        head = self._head()
        return head[number] if number < len(head) else self.transcript.row(number - len(head))

    def _put_report(self, report: tuple[Paragraph, ...]) -> None:
        self._report = report
        self._report_rows = (-1, [])

    def _head(self) -> list[Row]:
        width = self.size.width
        if self._report_rows[0] != width:
            self._report_rows = (width, rows_of_paragraphs(self._report, width))
        return self._report_rows[1]
