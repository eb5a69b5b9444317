"""What stands on each row of the terminal, so that the same row is not sent twice in a row.

Textual paints a screen that opens up to four times within a few hundredths of a second: once when it is laid
out, then for the sizes its widgets learned by that, for what was mounted into it, and for itself. What is
painted is the same each time; a serial line carries it each time.
"""

import re
from typing import Final

_MOVE: Final = re.compile(r"\x1b\[(\d+);\d+H")
_CARET: Final = re.compile(r"\x1b\[\d+;\d+H\Z")
_FRAME_MARKS: Final = ("", "\x1b[?2026h", "\x1b[?2026l")
"""What stands round a frame and changes no cell (synchronized output)."""
SECONDS: Final = 1.0
"""Age at which a row is sent again although it should still stand there: a message of the kernel or of
`wall` may have been written over it, and goes with the next paint as it always did."""


class ShownRows:
    """Leaves out of a frame the rows that were the last to be painted in their place, a moment ago."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[str, float]] = {}

    def forget(self) -> None:
        """The terminal may show anything now."""
        self._rows.clear()

    def unseen(self, output: str, now: float) -> str:
        """Return what has to be sent of `output`.

        A frame of Textual is rows parted by line feeds, each of which begins with a move to its place, and at
        the end a move to the caret's. Whatever else is written passes whole, and all is forgotten.

        Args:
            output: One write of Textual's.
            now: Seconds on a clock that never goes back.
        """
        if output in _FRAME_MARKS:
            return output
        caret = _CARET.search(output)
        rows = output[: caret.start()].split("\n") if caret else []
        places = [move[1] for row in rows if (move := _MOVE.match(row))]
        if caret is None or len(places) < len(rows):
            self.forget()
            return output
        sent = [row for row, place in zip(rows, places, strict=True) if self._is_new(row, place, now)]
        return "\n".join(sent) + caret[0]

    def _is_new(self, row: str, place: str, now: float) -> bool:
        shown, since = self._rows.get(place, ("", now))
        if shown == row and now - since < SECONDS:
            return False
        self._rows[place] = (row, now)
        return True
