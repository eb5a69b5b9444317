"""A screen whose status line grows with what it says: a path is of use only when all of it can be read."""

from typing import Final

from screens.base import ConsoleScreen
from screens.drawing import wrapped
from screens.theme import Tone
from screens.widgets.bars import StatusLine

_LEFT_TO_THE_REST: Final = 4
"""Rows that stay: head, key bar, and two of the body."""


class ToldWhole(ConsoleScreen):
    """Has as many rows for its status line as the text needs, and no fewer than `STATUS_ROWS`."""

    def tell(self, text: str, tone: Tone = Tone.MUTED) -> None:
        """Say what happened, all of it."""
        super().tell(text, tone)
        self._make_room()

    def on_resize(self) -> None:
        """Wrap it anew."""
        self._make_room()

    def _make_room(self) -> None:
        width, height = self.app.size
        for line in self.query(StatusLine):
            needed = min(len(wrapped(line.text, width - 2)), height - _LEFT_TO_THE_REST)
            rows = max(self.STATUS_ROWS, needed)
            if rows != line.rows:
                line.rows = rows
                line.styles.height = rows
