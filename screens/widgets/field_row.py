"""One row of a form: marker, title and a control. A row draws itself as a whole; what can be changed in it,
and how, its subclasses say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from screens.drawing import Piece, flat, padded, wrapped
from screens.look import Palette
from screens.theme import Tone
from screens.widgets.drawn import Drawn

TITLE_WIDTH = 26
"""Cells of marker and title, where the control stands beside it."""
INDENT = 3
"""Cells before the control, where it stands below the title; at 40 columns a GUID stands there whole."""
NARROW = 60


class FieldRow(Drawn, can_focus=True):
    """A row of a form.

    Args:
        title: What is asked for, a few words.
        hint: Said in the status line while the row has the focus.
        locked: Why it cannot be changed, or "": a locked row shows its value and never has the focus.

    Attributes:
        problem: What is wrong with it, one sentence, or "".
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("enter,ctrl+j", "go_on", show=False),
    ]
    DEFAULT_CSS = """
    FieldRow { height: 1; }
    FieldRow.-gap { margin-top: 1; }
    """

    @dataclass
    class Changed(Message):
        """What stands in the row was changed by the operator."""

        row: "FieldRow"

    @dataclass
    class Refused(Message):
        """A key was refused."""

        row: "FieldRow"
        why: str

    def __init__(
        self,
        title: str,
        hint: str = "",
        locked: str = "",
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.title = title
        self.hint = hint
        self.locked = locked
        self.problem = ""
        self.can_focus = not locked
        if locked:
            self.styles.height = "auto"  # the whole reason is to be read, and no focus leads to it

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what is saved."""
        return False

    def show_problem(self, problem: str) -> None:
        """Mark the row as wrong; "" takes the mark away."""
        if problem != self.problem:
            self.problem = problem
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One row, or two where title and control stand below each other; and what a long reason needs."""
        return (1 if width >= NARROW else 2) + len(self._reason_below(width))

    def control(self, width: int) -> Sequence[Piece]:
        """Return the control's pieces, in `width` cells."""
        raise NotImplementedError

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return title and control, beside or below each other."""
        below = self._reason_below(width)
        if self.size.height - len(below) > 1:
            if y == 0:
                return self._title(width)
            if y == 1:
                return [(" " * INDENT, Tone.TEXT), *self._control(width - INDENT, bool(below))]
        elif y == 0:
            return [*self._title(TITLE_WIDTH), *self._control(width - TITLE_WIDTH - 1, bool(below))]
        at = y - self.size.height + len(below)
        indent = _indent(width)
        return [(" " * indent, Tone.TEXT), (below[at], Tone.MUTED)] if 0 <= at < len(below) else []

    def _title(self, width: int) -> list[Piece]:
        marker = ">" if self.has_focus else "!" if self.problem else " "
        tone = Tone.FAILURE if self.problem else Tone.STRONG if self.has_focus else Tone.TEXT
        if self.locked:
            tone = Tone.MUTED
        return [(padded(f" {marker} {flat(self.title)}", width), tone)]

    def _control(self, width: int, is_reason_below: bool) -> list[Piece]:
        pieces = list(self.control(width))
        if not self.locked or is_reason_below:
            return pieces
        return [*pieces, (f"{'  ' if _cells(pieces) else ''}{self._reason}", Tone.MUTED)]

    @property
    def _reason(self) -> str:
        return f"locked: {flat(self.locked)}"

    def _reason_below(self, width: int) -> list[str]:
        """Return the reason in lines of its own, where it does not fit behind the value."""
        room = width - _indent(width) - 1
        if not self.locked or _cells(self.control(room)) + 2 + cell_len(self._reason) <= room:
            return []
        return wrapped(self._reason, room)

    def on_focus(self) -> None:
        """Show the mark."""
        self.refresh()

    def on_blur(self) -> None:
        """Take the mark away."""
        self.refresh()

    def action_go_on(self) -> None:
        """Enter goes on to the next row."""
        self.screen.focus_next()

    @property
    def fills_with_lines(self) -> bool:
        """Whether the extent of a control must be drawn, because no background shows it."""
        return self.tones.palette is not Palette.RICH


def _indent(width: int) -> int:
    """Return where the control begins."""
    return TITLE_WIDTH if width >= NARROW else INDENT


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(flat(text)) for text, _ in pieces)
