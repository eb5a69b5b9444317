"""A pane of rows that scrolls by keys and draws only what is seen, however many rows there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message

from screens.drawing import Piece, cut, flat
from screens.theme import Tone
from screens.widgets.drawn import Drawn


class Scrolled(Drawn, can_focus=True):
    """Rows seen through a window; subclasses say how many there are and what each holds.

    Attributes:
        top: First row seen.
        follows: Whether the window stays at the end while rows come (End switches it on, going up off).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_rows(-1)", "Up", show=False),
        Binding("down,j", "scroll_rows(1)", "Down", show=False),
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown,space", "scroll_pages(1)", "Page down", show=False),
        Binding("home", "scroll_first", "First", show=False),
        Binding("end", "scroll_last", "Last", show=False),
    ]
    DEFAULT_CSS = "Scrolled { height: 1fr; }"

    @dataclass
    class Moved(Message):
        """Other rows are seen, or there are more of them.

        Attributes:
            first: Number of the first row seen, from 1; 0 when there are none.
            last: Number of the last row seen.
            total: Number of rows.
        """

        first: int
        last: int
        total: int

        def can_replace(self, message: Message) -> bool:
            """Only the newest place is worth telling."""
            return isinstance(message, Scrolled.Moved)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.top = 0
        self.follows = False

    def row_count(self) -> int:
        """Return the number of rows at the width the pane has now."""
        raise NotImplementedError

    def row(self, number: int, width: int) -> Sequence[Piece]:
        """Return the pieces of row `number`."""
        raise NotImplementedError

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return the row seen at line `y`."""
        number = self.top + y
        return self.row(number, width) if number < self.row_count() else ()

    @property
    def last_top(self) -> int:
        """The top at which the last row is seen at the bottom."""
        return max(0, self.row_count() - self.size.height)

    def show_from(self, top: int) -> None:
        """Scroll so that row `top` is the first one seen, as far as there are rows."""
        top = max(0, min(top, self.last_top))
        if top != self.top:
            self.top = top
            self.refresh()
        self.tell_place()

    def rows_changed(self, first: int) -> None:
        """Repaint after rows from `first` on changed or were added; follows the end when asked to."""
        if not self.is_mounted:
            return
        before = self.top
        self.top = self.last_top if self.follows else min(self.top, self.last_top)
        if self.top != before:
            self.refresh()
        elif first < self.top + self.size.height:
            y = max(0, first - self.top)
            self.refresh(Region(0, y, self.size.width, self.size.height - y))
        self.tell_place()

    def tell_place(self) -> None:
        """Tell which rows are seen."""
        total = self.row_count()
        last = min(total, self.top + self.size.height)
        self.post_message(self.Moved(min(self.top + 1, total), last, total))

    def on_resize(self) -> None:
        """Keep the window within the rows."""
        self.show_from(self.last_top if self.follows else self.top)

    def action_scroll_rows(self, by: int) -> None:
        """Scroll `by` rows."""
        self.show_from(self.top + by)
        self.follows = self.follows and by > 0

    def action_scroll_pages(self, by: int) -> None:
        """Scroll `by` pages, keeping one row in sight."""
        self.action_scroll_rows(by * max(1, self.size.height - 1))

    def action_scroll_first(self) -> None:
        """Show the first row."""
        self.follows = False
        self.show_from(0)

    def action_scroll_last(self) -> None:
        """Show the last row, and stay at the end while rows come."""
        self.follows = True
        self.show_from(self.last_top)


class PaneRule(Drawn):
    """The rule above a pane: what the pane holds, and on the right which part of it is seen.

    Args:
        title: What the pane holds, or "".
        is_top: Whether the head's own rule stands above it: then it has no rule of its own.
    """

    DEFAULT_CSS = "PaneRule { height: 1; }"

    def __init__(self, title: str, *, is_top: bool = False, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.title = title
        self.is_top = is_top
        self.place = ""

    def show(self, *, title: str | None = None, place: str | None = None) -> None:
        """Show another title or place."""
        wanted = (self.title if title is None else title, self.place if place is None else place)
        if wanted != (self.title, self.place):
            self.title, self.place = wanted
            self.refresh()

    def show_place(self, moved: Scrolled.Moved) -> None:
        """Show the place a pane told; nothing when all of it is seen."""
        whole = moved.first <= 1 and moved.last == moved.total
        self.show(place="" if whole else f"{moved.first}-{moved.last} of {moved.total} ↑↓")

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return the rule with its texts."""
        place = f" {self.place} " if self.place and width > cell_len(self.place) + 16 else ""
        title = cut(f" {flat(self.title)} ", width - 4 - cell_len(place)) if self.title else ""
        middle = max(0, width - 4 - cell_len(title) - cell_len(place))
        if self.is_top:
            return ((title, Tone.MUTED), (" " * (middle + 4), Tone.TEXT), (place, Tone.MUTED))
        return (
            ("──", Tone.RULE),
            (title, Tone.MUTED),
            ("─" * middle, Tone.RULE),
            (place, Tone.MUTED),
            ("──", Tone.RULE),
        )
