"""Lines as they come from a running command: bounded, wrapped, following the end."""

from collections.abc import Sequence
from typing import Final

from screens.drawing import Piece, wrapped
from screens.theme import Tone
from screens.widgets.scrolled import Scrolled

KEPT_ROWS: Final = 2000
"""Rows kept; the oldest go first."""


class OutputPane(Scrolled):
    """Output of commands, each line with its tone."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._lines: list[Piece] = []
        self._rows: list[Piece] = []
        self._width = 0
        self.follows = True

    @property
    def text(self) -> str:
        """All lines kept."""
        return "\n".join(text for text, _ in self._lines)

    def clear(self) -> None:
        """Forget all lines."""
        self._lines, self._rows = [], []
        self.top = 0
        self.follows = True
        self.refresh()

    def add(self, lines: Sequence[Piece]) -> None:
        """Show more lines."""
        self._lines.extend(lines)
        del self._lines[:-KEPT_ROWS]
        first = len(self._rows)
        for line in lines:
            self._rows.extend(self._wrapped(line))
        cut = max(0, len(self._rows) - KEPT_ROWS)
        if cut:
            del self._rows[:cut]
            self.refresh()
        self.rows_changed(max(0, first - cut))

    def row_count(self) -> int:
        """Rows at the width the pane has now."""
        if self.size.width != self._width:
            self._width = self.size.width
            self._rows = [row for line in self._lines for row in self._wrapped(line)][-KEPT_ROWS:]
        return len(self._rows)

    def row(self, number: int, width: int) -> Sequence[Piece]:
        """Return one row."""
        text, tone = self._rows[number]
        return ((f" {text}", tone),)

    def _wrapped(self, line: Piece) -> list[Piece]:
        text, tone = line
        return [(row, tone) for row in wrapped(text, max(10, self._width - 2))]


def command_line(text: str) -> Piece:
    """Return a command as a line of the pane."""
    return (f"$ {text}", Tone.STRONG)
