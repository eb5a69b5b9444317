"""A screen whose status line grows: a path, a reason or an error is of use only when all of it is read."""

from typing import ClassVar, Final

from screens.base import ConsoleScreen
from screens.drawing import wrapped
from screens.theme import Tone
from screens.widgets.bars import StatusLine

_LEFT_TO_THE_REST: Final = 4
"""Rows that stay: head, key bar, and two of the body."""


class ToldWhole(ConsoleScreen):
    """Has as many rows for its status line as the text needs, and no fewer than `STATUS_ROWS`.

    Class attributes:
        WHOLE: Tones of the texts for which it grows; others are cut.
    """

    WHOLE: ClassVar[frozenset[Tone]] = frozenset(Tone)

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
            needed = len(wrapped(line.text, width - 2)) if line.tone in self.WHOLE else 0
            rows = max(self.STATUS_ROWS, min(needed, height - _LEFT_TO_THE_REST))
            if rows != line.rows:
                line.rows = rows
                line.styles.height = rows
