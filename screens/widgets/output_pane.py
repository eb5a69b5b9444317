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
        self._lines: list[tuple[str, Tone, int]] = []
        self._rows: list[Piece] = []
        self._width = 0
        self.follows = True

    @property
    def text(self) -> str:
        """All lines kept."""
        return "\n".join(text for text, _, _ in self._lines)

    def clear(self) -> None:
        """Forget all lines."""
        self._lines, self._rows = [], []
        self.top = 0
        self.follows = True
        self.refresh()

    def add(self, lines: Sequence[Piece], *, hang: int = 0) -> None:
        """Show more lines.

        Args:
            lines: Each with its tone.
            hang: Cells of a line that are columns; what wraps hangs below the text after them.
        """
        added = [(text, tone, hang) for text, tone in lines[-KEPT_ROWS:]]
        self._lines.extend(added)
        del self._lines[:-KEPT_ROWS]
        first = len(self._rows)
        for line in added:
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

    def _wrapped(self, line: tuple[str, Tone, int]) -> list[Piece]:
        text, tone, hang = line
        width = max(10, self._width - 2)
        hang = hang if hang < width // 2 + 4 else 0
        head, rest = text[:hang], text[hang:]
        rows = wrapped(rest, width - hang)
        return [(f"{head if n == 0 else ' ' * hang}{row}", tone) for n, row in enumerate(rows)]


def command_line(text: str) -> Piece:
    """Return a command as a line of the pane."""
    return (f"$ {text}", Tone.STRONG)
