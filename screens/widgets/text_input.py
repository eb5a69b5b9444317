"""Rows that one types into: plain text, and secrets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.message import Message

from screens.drawing import Piece, cut, flat
from screens.theme import Tone
from screens.widgets.edited_text import EditedText
from screens.widgets.field_row import INDENT, TITLE_WIDTH, FieldRow

WIDEST = 50
"""Cells of the longest field drawn."""


class TextInput(FieldRow):
    """A row to type one line into. Nothing typed can be copied out of the program.

    Args:
        value: What is saved.
        placeholder: Shown while it is empty.
        restrict: Regular expression of one character that may be typed, or "".
        max_length: Longest text.
        check: Raises ValueError for a text that is not allowed; called on every change.
        groups: Digits in each group of a long ID that may stand there, or ().

    Attributes:
        suggestion: What F8 enters, for a person to judge first; or "".
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
        Binding("ctrl+left", "move_word(-1)", show=False),
        Binding("ctrl+right", "move_word(1)", show=False),
        Binding("home,ctrl+a", "move(-99999)", show=False),
        Binding("end,ctrl+e", "move(99999)", show=False),
        Binding("backspace,ctrl+h", "erase('left')", show=False),
        Binding("delete,ctrl+d", "erase('right')", show=False),
        Binding("ctrl+w,alt+backspace", "erase('word')", show=False),
        Binding("ctrl+u", "erase('all_left')", show=False),
        Binding("ctrl+k", "erase('all_right')", show=False),
        Binding("f8", "take_suggestion", show=False),
    ]

    @dataclass
    class Submitted(Message):
        """Enter was pressed in the row."""

        row: "TextInput"

    def __init__(
        self,
        title: str,
        value: str = "",
        *,
        hint: str = "",
        locked: str = "",
        placeholder: str = "",
        restrict: str = "",
        max_length: int = 1024,
        check: Callable[[str], object] | None = None,
        groups: tuple[int, ...] = (),
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(title, hint, locked, id=id)
        self.placeholder = placeholder
        self.edited = EditedText(value, len(value), restrict, max_length, groups)
        self.saved = value
        self.suggestion = ""
        self._check = check

    @property
    def value(self) -> str:
        """What stands in the row."""
        return self.edited.text

    @value.setter
    def value(self, text: str) -> None:
        self.edited.put(text)
        self.check()
        self.refresh()

    @property
    def is_suggesting(self) -> bool:
        """Whether something else is suggested than what stands there."""
        return bool(self.suggestion) and self.value != self.suggestion

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what is saved."""
        return self.value != self.saved

    def check(self) -> None:
        """Mark the row when its text is not allowed."""
        problem = ""
        if self._check is not None:
            try:
                self._check(self.value)
            except ValueError as error:
                problem = str(error)
        self.show_problem(problem)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Printable keys are typed here; no binding further up gets them."""
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Type a character."""
        if event.is_printable and event.character is not None:
            event.stop()
            event.prevent_default()
            self._typed(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """Type the first line of what is pasted."""
        event.stop()
        self._typed(event.text)

    def _typed(self, text: str) -> None:
        before = self.value
        why = self.edited.insert(text)
        if self.value != before:
            self._changed()
        if why:  # said last, or what follows from the change would be said in its place
            self.post_message(self.Refused(self, why))

    def _changed(self) -> None:
        self.check()
        self.post_message(self.Changed(self))
        self._show_caret()
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the caret."""
        self.edited.move(by)
        self._show_caret()
        self.refresh()

    def action_move_word(self, by: int) -> None:
        """Move the caret by a word."""
        self.edited.move_word(by)
        self._show_caret()
        self.refresh()

    def action_erase(self, what: str) -> None:
        """Take out a character, a word, or all on one side of the caret."""
        before = self.value
        erase: dict[str, Callable[[], None]] = {
            "left": self.edited.erase_left,
            "right": self.edited.erase_right,
            "word": self.edited.erase_word,
            "all_left": lambda: self.edited.erase(0, self.edited.caret),
            "all_right": lambda: self.edited.erase(self.edited.caret, len(self.value)),
        }
        erase[what]()
        if self.value != before:
            self._changed()

    def action_take_suggestion(self) -> None:
        """Enter what was suggested."""
        if self.is_suggesting:
            self.edited.put(self.suggestion)
            self._changed()

    def action_go_on(self) -> None:
        """Enter is told; the form goes on to the next row unless somebody stops the message."""
        self.post_message(self.Submitted(self))

    def on_focus(self) -> None:
        """Show the caret."""
        super().on_focus()
        self._show_caret()

    def shown(self) -> EditedText:
        """Return the text as it may be seen."""
        return self.edited

    def control(self, width: int) -> Sequence[Piece]:
        """Return the field with its caret."""
        room = min(width, WIDEST)
        if self.locked:
            return ((cut(flat(self.shown().text), room), Tone.MUTED),)
        if self.has_focus:
            return self._with_caret(room)
        if not self.value:
            return ((self._filled(cut(flat(self.placeholder), room), room), Tone.FIELD_EMPTY),)
        return ((self._filled(cut(flat(self.shown().text), room), room), Tone.FIELD),)

    def _with_caret(self, room: int) -> list[Piece]:
        before, under, after = self.shown().window(room)
        if not self.value:
            after = cut(flat(self.placeholder), room - 1)
            return [(under, Tone.CARET), (self._filled(after, room - 1), Tone.FIELD_EMPTY)]
        used = cell_len(before) + cell_len(under)
        return [(before, Tone.FIELD), (under, Tone.CARET), (self._filled(after, room - used), Tone.FIELD)]

    def _filled(self, text: str, room: int) -> str:
        fill = "_" if self.fills_with_lines else " "
        return text + fill * max(0, room - cell_len(text))

    def _show_caret(self) -> None:
        """Put the terminal's own cursor where the caret is: screen readers and input methods follow it."""
        below = self.size.height > 1
        room = self.size.width - (INDENT if below else TITLE_WIDTH + 1)
        before, _, _ = self.shown().window(min(room, WIDEST))
        column = (INDENT if below else TITLE_WIDTH) + cell_len(before)
        self.app.cursor_position = self.region.offset + Offset(column, 1 if below else 0)


class SecretInput(TextInput):
    """A row to type a secret into: shown as asterisks, never pre-filled, never copied.

    Args:
        is_stored: Whether one is stored already.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f8", "forget", show=False)]

    STORED = "stored - type to replace, F8 to forget"
    FORGOTTEN = "will be forgotten - F8 to keep it"

    def __init__(
        self,
        title: str,
        *,
        is_stored: bool = False,
        hint: str = "",
        locked: str = "",
        max_length: int = 16384,
        check: Callable[[str], object] | None = None,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(title, hint=hint, locked=locked, max_length=max_length, check=check, id=id)
        self.is_forgotten = False
        self.note_stored(is_stored)

    def note_stored(self, is_stored: bool) -> None:
        """Empty the row; say whether a secret is stored."""
        self.is_stored = is_stored
        self.is_forgotten = False
        self.placeholder = self.STORED if is_stored else ""
        self.edited.put("")
        self.refresh()

    @property
    def is_changed(self) -> bool:
        """Whether there is something to store or to forget."""
        return bool(self.value) or self.is_forgotten

    def shown(self) -> EditedText:
        """Return asterisks."""
        return EditedText("*" * len(self.value), self.edited.caret)

    def control(self, width: int) -> Sequence[Piece]:
        """Return the field; a locked one says only whether something is stored."""
        if self.locked:
            return (("stored" if self.is_stored else "none stored", Tone.MUTED),)
        return super().control(width)

    def action_forget(self) -> None:
        """Forget the stored secret when the form is applied; again: keep it."""
        if not self.is_stored:
            return
        self.is_forgotten = not self.is_forgotten
        self.placeholder = self.FORGOTTEN if self.is_forgotten else self.STORED
        self.edited.put("")
        self._changed()

    def __repr__(self) -> str:
        return f"SecretInput({self.title!r})"
