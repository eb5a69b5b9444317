"""The list of deliveries: a window on a log of any length. It holds what was read near the mark and asks for
more when the mark comes near an end of that; it never knows how long the log is.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from console.sendlog.log import Entry
from console.verdict import Result
from screens.drawing import Piece, arrow_of, cut, flat, padded, row_of_list, wrapped
from screens.theme import Tone
from screens.widgets.drawn import Drawn
from screens.widgets.report import RESULT_TONES

MOST: Final = 2000
"""Entries held; beyond that those farthest from the mark are let go, and read again when wanted."""
NEAR: Final = 20
"""Entries from an end of what is held at which more is asked for."""

WORDS: Final = {
    Result.ACCEPTED: "accepted",
    Result.PARTLY: "partly",
    Result.FAILED: "failed",
    Result.CANCELLED: "cancelled",
}
_WHEN: Final = 12
_RESULT: Final = 10
_TRANSPORT: Final = 14
_RECIPIENT: Final = 22
"""Cells of a column and the gap after it; that of the recipient grows with the list."""
_HEAD: Final = ("When", "Result", "Transport", "Recipient", "Subject or cause")
_WIDE: Final = 66


class LogList(Drawn, can_focus=True):
    """Deliveries, newest first, one line each, under a line that names the columns."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home", "newest", "Newest", show=False),
        Binding("end", "oldest", "Oldest", show=False),
        Binding("enter,ctrl+j", "open", "Open", show=False),
    ]
    DEFAULT_CSS = "LogList { height: 1fr; }"

    class Marked(Message):
        """Another entry has the mark."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

        def can_replace(self, message: Message) -> bool:
            """Only the newest mark matters."""
            return isinstance(message, LogList.Marked)

    class Opened(Message):
        """An entry was opened."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    class WantsMore(Message):
        """The mark is near an end of what is held: `add_older` or `add_newer` is wanted."""

        def __init__(self, *, older: bool) -> None:
            super().__init__()
            self.older = older

    class WantsEnd(Message):
        """The other end of the log is asked for; `oldest` says which. Answered with `show_entries`."""

        def __init__(self, *, oldest: bool) -> None:
            super().__init__()
            self.oldest = oldest

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.entries: list[Entry] = []
        self.marked = 0
        self.has_older = False
        self.has_newer = False
        self.nothing = ""
        self._top = 0

    @property
    def marked_entry(self) -> Entry | None:
        """The entry with the mark; None in an empty list."""
        return self.entries[self.marked] if self.entries else None

    def show_entries(
        self, entries: Sequence[Entry], *, has_older: bool, has_newer: bool = False, at_end: bool = False
    ) -> None:
        """Show these entries in place of what is there, the mark on the first (or, `at_end`, the last)."""
        self.entries = list(entries)
        self.has_older, self.has_newer = has_older, has_newer
        self.marked = max(0, len(self.entries) - 1) if at_end else 0
        self._top = 0
        self._keep_in_sight()
        self.refresh()
        self.tell_mark()

    def add_older(self, entries: Sequence[Entry], *, has_older: bool) -> None:
        """Show more entries after the last one."""
        was_empty = not self.entries
        seen_from = len(self.entries)
        self.entries.extend(entries)
        self.has_older = has_older
        excess = len(self.entries) - MOST
        if excess > 0:
            del self.entries[:excess]
            self.has_newer = True
            self._shift(-excess)
        if seen_from - self._top < self._rows:
            self.refresh()
        if was_empty:
            self.tell_mark()

    def add_newer(self, entries: Sequence[Entry], *, has_newer: bool) -> None:
        """Show more entries before the first one; what is seen stays where it is."""
        self.entries[:0] = entries
        self.has_newer = has_newer
        self._shift(len(entries))
        if len(self.entries) > MOST:
            del self.entries[MOST:]
            self.has_older = True
        self.refresh()

    def say_nothing(self, text: str) -> None:
        """Show `text` while there are no entries."""
        self.nothing = text
        if not self.entries:
            self.refresh()

    def action_move(self, by: int) -> None:
        """Mark the entry `by` further; asks for more near an end."""
        if not self.entries:
            return
        before, top = self.marked, self._top
        self.marked = max(0, min(len(self.entries) - 1, self.marked + by))
        self._keep_in_sight()
        if top != self._top:
            self.refresh()
        elif before != self.marked:
            self._repaint(before)
            self._repaint(self.marked)
        self._ask_for_more(by)
        if before != self.marked:
            self.tell_mark()

    def action_page(self, by: int) -> None:
        """Mark an entry one page further."""
        self.action_move(by * max(1, self._rows - 1))

    def action_newest(self) -> None:
        """Mark the newest entry of the log."""
        if self.has_newer:
            self.post_message(self.WantsEnd(oldest=False))
        else:
            self.action_move(-len(self.entries))

    def action_oldest(self) -> None:
        """Mark the oldest entry of the log."""
        if self.has_older:
            self.post_message(self.WantsEnd(oldest=True))
        else:
            self.action_move(len(self.entries))

    def action_open(self) -> None:
        """Open the marked entry."""
        if entry := self.marked_entry:
            self.post_message(self.Opened(entry))

    def on_resize(self) -> None:
        """Keep the mark in sight."""
        self._keep_in_sight()

    def on_focus(self) -> None:
        """Show the mark as active."""
        self._repaint(self.marked)

    def on_blur(self) -> None:
        """Show the mark as passive."""
        self._repaint(self.marked)

    @property
    def _rows(self) -> int:
        return max(1, self.size.height - 1)

    def _shift(self, by: int) -> None:
        self.marked = max(0, self.marked + by)
        self._top = max(0, self._top + by)
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        last_top = max(0, len(self.entries) - self._rows)
        self._top = max(min(self._top, self.marked, last_top), self.marked - self._rows + 1, 0)

    def _ask_for_more(self, by: int) -> None:
        if by > 0 and self.has_older and len(self.entries) - self.marked <= max(NEAR, self._rows):
            self.post_message(self.WantsMore(older=True))
        elif by < 0 and self.has_newer and self.marked < max(NEAR, self._rows):
            self.post_message(self.WantsMore(older=False))

    def tell_mark(self) -> None:
        """Say again which entry has the mark."""
        if entry := self.marked_entry:
            self.post_message(self.Marked(entry))

    def _repaint(self, index: int) -> None:
        y = 1 + index - self._top
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Draw one line; the marked one is filled to its end."""
        width = self.size.width
        if not self.entries:
            said = wrapped(self.nothing, width - 2)
            return row_of_list([(f" {said[y]}" if y < len(said) else "", Tone.MUTED)], self.tones, width)
        if y == 0:
            head = _in_columns("   ", [(name, Tone.MUTED) for name in _HEAD], width)
            return row_of_list(head, self.tones, width)
        index = self._top + y - 1
        if index >= len(self.entries):
            return row_of_list([], self.tones, width)
        is_marked = index == self.marked
        pieces = _in_columns(" > " if is_marked else "   ", _cells_of(self.entries[index]), width)
        is_more = self.has_older or len(self.entries) > self._top + self._rows
        arrow = arrow_of(y - 1, self._rows, above=self.has_newer or self._top > 0, below=is_more)
        if is_marked and self.has_focus:
            chosen = [(text, Tone.CHOSEN) for text, _ in pieces]
            return row_of_list(chosen, self.tones, width, Tone.CHOSEN, arrow)
        return row_of_list(pieces, self.tones, width, arrow=arrow)


def _cells_of(entry: Entry) -> list[Piece]:
    return [
        (when_text(entry.at), Tone.MUTED),
        (WORDS[entry.result], RESULT_TONES[entry.result]),
        (entry.transport, Tone.MUTED),
        (", ".join(entry.recipients), Tone.TEXT),
        (entry.cause or entry.subject, Tone.TEXT if entry.cause else Tone.MUTED),
    ]


def _in_columns(marker: str, cells: Sequence[Piece], width: int) -> list[Piece]:
    """Return one row; where there is little room, only when, result and recipient."""
    room = _RECIPIENT + max(0, (width - 80) // 3)
    sizes = [_WHEN, _RESULT, _TRANSPORT, room, 0]
    if width < _WIDE:
        cells, sizes = [*cells[:2], cells[3]], [_WHEN, _RESULT, 0]
    columns = [
        (padded(cut(flat(text), size - 1), size) if size else flat(text), tone)
        for (text, tone), size in zip(cells, sizes, strict=True)
    ]
    return [(marker, Tone.TEXT), *columns]


def when_text(at: datetime, now: datetime | None = None) -> str:
    """Return a time of the log in at most 11 cells: the day and minute here, or the date in another year."""
    local = at.astimezone()
    this_year = (now or datetime.now(UTC)).astimezone().year
    return f"{local:%m-%d %H:%M}" if local.year == this_year else f"{local:%Y-%m-%d}"
