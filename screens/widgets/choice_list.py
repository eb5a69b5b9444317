"""A list to choose from: numbers choose at once, arrows move, Enter opens. Draws by line and repaints only
the rows that change.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip

from console.values import dataclass, replace
from screens.drawing import Piece, arrow_of, cut, flat, padded, row_of_list, wrapped
from screens.theme import Tone
from screens.widgets.drawn import Drawn

MORE_INDENT = 6
"""Cells before a further line: those before the label."""
LABEL_WIDTH = 31
"""Cells of the label and the gap after it where state texts stand beside it."""
_GAP = 2


@dataclass(frozen=True, slots=True)
class Item:
    """One row.

    Attributes:
        key: What `Chosen` carries.
        label: What it is called.
        digit: Typed to choose it at once, or "".
        state: Said on the right.
        tone: Of the state.
        more: Further lines below the label.
    """

    key: str
    label: str
    digit: str = ""
    state: str = ""
    tone: Tone = Tone.MUTED
    more: tuple[str, ...] = ()

    def rows_below(self, width: int) -> list[str]:
        """Return the further lines, wrapped."""
        return [row for text in self.more for row in wrapped(text, max(8, width - MORE_INDENT - 1))]

    def height(self, width: int) -> int:
        """Rows it takes in a list `width` cells wide."""
        return 1 + (len(self.rows_below(width)) if self.more else 0)


class ChoiceList(Drawn, can_focus=True):
    """Rows to choose from, scrolled so that the marked one is seen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("enter,ctrl+j,space", "choose", "Choose", show=False),
    ]
    DEFAULT_CSS = "ChoiceList { height: 1fr; }"

    marked: Reactive[int] = Reactive(0, repaint=False, init=False)

    class Marked(Message):
        """Another row is marked."""

        def __init__(self, item: Item) -> None:
            super().__init__()
            self.item = item

    class Chosen(Message):
        """A row was chosen."""

        def __init__(self, item: Item) -> None:
            super().__init__()
            self.item = item

    def __init__(
        self,
        items: Sequence[Item] = (),
        *,
        marked: int = 0,
        label_width: int = LABEL_WIDTH,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.items = tuple(items)
        self.label_width = label_width
        self._top = 0
        self.set_reactive(ChoiceList.marked, marked)

    @property
    def marked_item(self) -> Item | None:
        """The marked row's item; None in an empty list."""
        return self.items[self.marked] if self.items else None

    def show_items(self, items: Sequence[Item]) -> None:
        """Show other rows; repaints only those that differ where their number and heights stay."""
        old, self.items = self.items, tuple(items)
        if [one.more for one in old] != [one.more for one in self.items]:
            self.set_reactive(ChoiceList.marked, max(0, min(self.marked, len(self.items) - 1)))
            self.refresh(layout=True)
            return
        for index, (before, after) in enumerate(zip(old, self.items, strict=True)):
            if before != after:
                self._repaint(index)

    def set_state(self, key: str, state: str, tone: Tone = Tone.MUTED) -> None:
        """Say a row's state."""
        self.show_items(
            [replace(one, state=state, tone=tone) if one.key == key else one for one in self.items]
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Rows of all items."""
        return sum(one.height(width) for one in self.items)

    def on_key(self, event: events.Key) -> None:
        """Choose by digit."""
        for index, item in enumerate(self.items):
            if item.digit and event.character == item.digit:
                event.stop()
                self.marked = index
                self.action_choose()
                return

    def action_move(self, by: int) -> None:
        """Mark the row `by` further; stops at the ends."""
        if self.items:
            self.marked = max(0, min(len(self.items) - 1, self.marked + by))

    def action_first(self) -> None:
        """Mark the first row."""
        self.action_move(-len(self.items))

    def action_last(self) -> None:
        """Mark the last row."""
        self.action_move(len(self.items))

    def action_page(self, by: int) -> None:
        """Mark a row one page further."""
        height = self._height(0) if self.items else 1
        self.action_move(by * max(1, self.size.height // height))

    def action_choose(self) -> None:
        """Choose the marked row."""
        if item := self.marked_item:
            self.post_message(self.Chosen(item))

    def watch_marked(self, old: int, new: int) -> None:
        """Repaint the two rows, or all where the list scrolled."""
        top = self._top
        self._keep_in_sight()
        if top != self._top:
            self.refresh()
        else:
            self._repaint(old)
            self._repaint(new)
        if item := self.marked_item:
            self.post_message(self.Marked(item))

    def on_resize(self) -> None:
        """Keep the marked row in sight."""
        top = self._top
        self._keep_in_sight()
        if top != self._top:
            self.refresh()

    def on_focus(self) -> None:
        """Show the mark as active."""
        self._repaint(self.marked)

    def on_blur(self) -> None:
        """Show the mark as passive."""
        self._repaint(self.marked)

    def _first_row(self, index: int) -> int:
        return sum(one.height(self.size.width) for one in self.items[:index])

    def _height(self, index: int) -> int:
        return self.items[index].height(self.size.width)

    def _keep_in_sight(self) -> None:
        if not self.items or not self.size.height:
            return
        first = self._first_row(self.marked)
        last = first + self._height(self.marked)
        rows = self._first_row(len(self.items))
        top = min(self._top, first, max(0, rows - self.size.height))
        self._top = min(first, max(top, last - self.size.height))

    def _repaint(self, index: int) -> None:
        if 0 <= index < len(self.items):
            y = self._first_row(index) - self._top
            self.refresh(Region(0, y, self.size.width, self._height(index)))

    def _at_row(self, row: int) -> tuple[int, int]:
        """Return the item at a row and which of its rows that is; -1 below the last."""
        for index in range(len(self.items)):
            height = self._height(index)
            if row < height:
                return index, row
            row -= height
        return -1, 0

    def render_line(self, y: int) -> Strip:
        """Draw one row; the marked one is filled to its end."""
        index, row = self._at_row(y + self._top)
        width = self.size.width
        if index < 0:
            return Strip.blank(width, self.tones[Tone.TEXT])
        is_marked = index == self.marked
        fill = Tone.CHOSEN if is_marked and self.has_focus and row == 0 else Tone.TEXT
        if row == 0:
            pieces = self._label_row(self.items[index], is_marked, width)
        else:
            text = self.items[index].rows_below(width)[row - 1]
            pieces = [(" " * MORE_INDENT + text, Tone.MUTED)]
        if fill is Tone.CHOSEN:
            pieces = [(text, Tone.CHOSEN) for text, _ in pieces]
        height = self.size.height
        is_more = self._first_row(len(self.items)) > self._top + height
        arrow = arrow_of(y, height, above=self._top > 0, below=is_more)
        return row_of_list(pieces, self.tones, width, fill, arrow)

    def _label_row(self, item: Item, is_marked: bool, width: int) -> list[Piece]:
        marker = " >" if is_marked else "  "
        digits = 4 if any(one.digit for one in self.items) else 1
        number = f"{item.digit:>2}  " if item.digit else ""
        head = f"{marker}{number:<{digits}}"
        if not item.state:
            return [(head, Tone.MUTED), (item.label, Tone.TEXT)]
        label_width = min(self.label_width, max(width - len(head) - 10, width * 2 // 3 - len(head)))
        room = width - len(head) - label_width - 1
        state = cut(flat(item.state), room)
        if cell_len(flat(item.label)) > label_width - _GAP and room < 4:
            return [(head, Tone.MUTED), (item.label, Tone.TEXT)]
        label = padded(flat(item.label), label_width - _GAP)
        return [(head, Tone.MUTED), (label + " " * _GAP, Tone.TEXT), (state, item.tone)]
