"""Rows to choose in: one of a few values, and yes or no. State is said in characters and words, not in colour
alone.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from screens.drawing import Piece, flat
from screens.theme import Tone
from screens.widgets.field_row import FieldRow


class OneOf(FieldRow):
    """A row with one of a few values; Left, Right and Space change it.

    Args:
        values: The possible values.
        value: Which one is saved; one that is not possible is shown and kept until changed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "change(-1)", show=False),
        Binding("right,space", "change(1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        values: Sequence[str],
        value: str,
        *,
        hint: str = "",
        locked: str = "",
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(title, hint, locked, id=id)
        self.values = tuple(values)
        self.saved = value
        self._value = value

    @property
    def value(self) -> str:
        """The chosen value."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        self._value = value
        self.refresh()

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what is saved."""
        return self._value != self.saved

    def action_change(self, by: int) -> None:
        """Choose the next value, or the one before."""
        if not self.values:
            return
        at = self.values.index(self._value) if self._value in self.values else -max(0, by)
        self.value = self.values[(at + by) % len(self.values)]
        self.show_problem("")
        self.post_message(self.Changed(self))

    def control(self, width: int) -> Sequence[Piece]:
        """Return all values where they fit beside each other, else the chosen one between arrows."""
        if self.locked:
            return ((flat(self._value), Tone.MUTED),)
        whole = "  ".join(f"( ) {one}" for one in self.values)
        if cell_len(whole) > width or self._value not in self.values:
            place = f"{self.values.index(self._value) + 1} of " if self._value in self.values else ""
            return (
                (f"< {flat(self._value)} >", Tone.STRONG if self.has_focus else Tone.TEXT),
                (f"   {place}{len(self.values)}", Tone.MUTED),
            )
        return [piece for one in self.values for piece in self._option(one)]

    def _option(self, one: str) -> list[Piece]:
        if one != self._value:
            return [(f"( ) {one}  ", Tone.MUTED)]
        tone = Tone.CHOSEN if self.has_focus else Tone.STRONG
        return [(f"(*) {one}", tone), ("  ", Tone.TEXT)]


class Check(FieldRow):
    """A row with yes or no; Space changes it.

    Args:
        value: Which is saved.
        danger: The value that makes mail unsafe, said in red words; None for none.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space,left,right", "change", show=False)]

    def __init__(
        self,
        title: str,
        value: bool,
        *,
        danger: bool | None = None,
        hint: str = "",
        locked: str = "",
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(title, hint, locked, id=id)
        self.saved = value
        self.danger = danger
        self._value = value

    @property
    def value(self) -> bool:
        """Yes or no."""
        return self._value

    @value.setter
    def value(self, value: bool) -> None:
        self._value = value
        self.refresh()

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what is saved."""
        return self._value != self.saved

    def action_change(self) -> None:
        """Turn it over."""
        self.value = not self._value
        self.post_message(self.Changed(self))

    def control(self, width: int) -> Sequence[Piece]:
        """Return box and word."""
        text = f"[{'x' if self._value else ' '}] {'yes' if self._value else 'no'}"
        if self.locked:
            return ((text, Tone.MUTED),)
        if self._value == self.danger:
            return ((f"{text}   Warning: not safe", Tone.FAILURE),)
        return ((text, Tone.STRONG if self.has_focus else Tone.TEXT),)


class Action(FieldRow):
    """A row that does something when Enter or Space is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "go_on", show=False)]
    DEFAULT_CSS = "Action { height: 1; }"

    class Pressed(FieldRow.Changed):
        """It was pressed."""

    def show_title(self, title: str) -> None:
        """Show another title."""
        self.title = title
        self.refresh()

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return the words in brackets."""
        marker = " > " if self.has_focus else "   "
        tone = Tone.CHOSEN if self.has_focus else Tone.STRONG
        return ((marker, Tone.STRONG), (f"[ {flat(self.title)} ]", tone))

    def action_go_on(self) -> None:
        """Tell that it was pressed."""
        self.post_message(self.Pressed(self))
