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

from screens.drawing import Piece, flat, padded
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
        """One row, or two where title and control stand below each other."""
        return 1 if width >= NARROW else 2

    def control(self, width: int) -> Sequence[Piece]:
        """Return the control's pieces, in `width` cells."""
        raise NotImplementedError

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return title and control, beside or below each other."""
        if self.size.height > 1:
            if y == 0:
                return self._title(width)
            return [(" " * INDENT, Tone.TEXT), *self._control(width - INDENT)]
        return [*self._title(TITLE_WIDTH), *self._control(width - TITLE_WIDTH - 1)]

    def _title(self, width: int) -> list[Piece]:
        marker = ">" if self.has_focus else "!" if self.problem else " "
        tone = Tone.FAILURE if self.problem else Tone.STRONG if self.has_focus else Tone.TEXT
        if self.locked:
            tone = Tone.MUTED
        return [(padded(f" {marker} {flat(self.title)}", width), tone)]

    def _control(self, width: int) -> list[Piece]:
        pieces = list(self.control(width))
        if not self.locked:
            return pieces
        used = sum(cell_len(flat(text)) for text, _ in pieces)
        return [*pieces, (f"{'  ' if used else ''}locked: {flat(self.locked)}", Tone.MUTED)]

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
