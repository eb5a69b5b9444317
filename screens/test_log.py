"""The test log: every delivery, newest first; filtered by result, searched through, opened."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.errors import CancelledError, ConsoleError
from console.sendlog.log import Entry
from console.verdict import Result
from screens.base import ConsoleScreen
from screens.log_feed import MOST_FOUND, Feed, View, Way, open_feed
from screens.theme import Tone
from screens.widgets.log_list import LogList
from screens.widgets.scrolled import PaneRule
from screens.widgets.text_input import TextInput

FILTERS: Final = (None, Result.FAILED, Result.ACCEPTED, Result.PARTLY, Result.CANCELLED)
_SLICE: Final = 0.05
"""Seconds of a worker's reading between two messages to the screen."""


class TestLogScreen(ConsoleScreen):
    """List, filter, search."""

    __test__ = False  # no test class, whatever its name makes pytest think

    TITLE_TEXT = "Test log"
    HELP = """
Every mail that this appliance sent or tried to send, newest first: when, how it ended, by which transport,
to whom, and its subject or why it failed.

Enter opens a mail with its whole transcript, the cause and what to do. f shows only what failed, was
accepted, partly accepted or cancelled. / searches in everything that was recorded, transcripts included:
small letters (a-z) find any case, a capital letter finds exactly what was typed. Esc stops a search, and
then shows the whole log again.
"""
    COMMAND = "mail-console log list\nmail-console log search TEXT\nmail-console log show ID"
    KEYS = (
        ("Enter", "open"),
        ("f", "filter"),
        ("/", "search"),
        ("F5", "read again"),
        ("Home End", "newest, oldest"),
        ("Esc", "back"),
    )
    STATUS_ROWS = 2
    AUTO_FOCUS = "#log"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Filter", show=False),
        Binding("slash", "search", "Search", show=False),
        Binding("f5", "again", "Read again", show=False),
    ]

    class Read(Message):
        """A worker read some entries."""

        def __init__(self, feed: Feed, entries: Sequence[Entry]) -> None:
            super().__init__()
            self.feed = feed
            self.entries = entries

    class Stopped(Message):
        """A worker's reading ended early; `text` says why, "" when it was stopped on purpose."""

        def __init__(self, feed: Feed, text: str) -> None:
            super().__init__()
            self.feed = feed
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self.view = View()
        self.feed: Feed | None = None

    def compose_body(self) -> ComposeResult:
        """Yield the rule that says what is shown, the search field, the list."""
        yield PaneRule("", is_top=True, id="shown")
        needle = TextInput("Search for", max_length=200, id="needle")
        needle.display = False
        yield needle
        yield LogList(id="log")

    @property
    def log_list(self) -> LogList:
        """The list."""
        return self.query_one("#log", LogList)

    @property
    def needle(self) -> TextInput:
        """The search field."""
        return self.query_one("#needle", TextInput)

    def on_mount(self) -> None:
        """Show the newest entries."""
        super().on_mount()
        self.read(Way.NEWEST)

    def on_unmount(self) -> None:
        """Stop what still reads."""
        self.stop()

    def stop(self) -> bool:
        """Stop reading; whether anything was being read."""
        feed, self.feed = self.feed, None
        if feed is None or feed.is_done:
            return False
        feed.cancellation.cancel()
        return True

    def stop_reading(self, feed: Feed) -> None:
        """Stop reading because the operator wants it; what was found stays."""
        self.stop()
        feed.is_done = True
        self.log_list.say_nothing(self._nothing())
        self._show_what(feed)
        self.tell("Stopped: not all of the log was read.", Tone.WARNING)

    def read(self, way: Way) -> None:
        """Read entries that way: what comes quickly is shown at once, the rest as a worker finds it."""
        self.stop()
        entries = self.log_list.entries
        at = None
        if entries and way in (Way.OLDER, Way.NEWER):
            at = (entries[-1] if way is Way.OLDER else entries[0]).position
        feed = open_feed(self.console.engine.log, self.view, way, at)
        self.feed = feed
        if way not in (Way.OLDER, Way.NEWER):
            self.log_list.say_nothing("Reading …")
        try:
            found = feed.read_at_once()
        except ConsoleError as error:
            self.feed = None
            self.show_failure(str(error))
            return
        self.take(feed, found)
        if not feed.is_done:
            self.read_on(feed)

    @work(thread=True, exclusive=True, exit_on_error=False, group="log")
    def read_on(self, feed: Feed) -> None:
        """Go on reading off the event loop."""
        while not feed.is_done and not feed.cancellation.is_cancelled:
            try:
                found = feed.read(_SLICE)
            except CancelledError:
                break
            except ConsoleError as error:
                self.post_message(self.Stopped(feed, str(error)))
                return
            self.post_message(self.Read(feed, found))
        if feed.cancellation.is_cancelled:
            feed.close()

    def on_test_log_screen_read(self, event: Read) -> None:
        """Show what a worker read, unless something else is shown by now."""
        if event.feed is self.feed:
            self.take(event.feed, event.entries)

    def on_test_log_screen_stopped(self, event: Stopped) -> None:
        """Say why reading ended early."""
        if event.feed is self.feed:
            self.feed = None
            self.show_failure(event.text)

    def take(self, feed: Feed, entries: Sequence[Entry]) -> None:
        """Show entries that were read."""
        _SHOWN[feed.way](self.log_list, feed, entries)
        if feed.is_done:
            self.log_list.say_nothing(self._nothing())
            if feed.skipped:
                self.tell(f"{feed.skipped} damaged lines of the log were passed over.", Tone.WARNING)
        self._show_what(feed)

    def show_failure(self, text: str) -> None:
        """Say that the log cannot be read."""
        self.log_list.say_nothing("The log cannot be read.")
        self.tell_error(text)

    def _nothing(self) -> str:
        if self.view.text and self.view.result is None:
            return f"Nothing in the log has “{self.view.text}” in it."
        if self.view.text:
            return f"No {self.view.result} mail has “{self.view.text}” in it. f shows the others."
        if self.view.result is not None:
            return f"No mail ended as {self.view.result}."
        return "No mail was sent yet. Send a test mail: menu item 6."

    def _show_what(self, feed: Feed) -> None:
        shown = "All mails" if self.view.result is None else f"Only {self.view.result} mails"
        place = ""
        if self.view.text:
            most = " (the newest ones)" if feed.found >= MOST_FOUND else ""
            shown = f"{shown} with “{self.view.text}”: {len(self.log_list.entries)} found{most}"
        if not feed.is_done and feed.found < feed.wanted:
            place = f"reading, {feed.searched:.0%}: Esc stops"
        self.query_one("#shown", PaneRule).show(title=f"{shown}, newest first", place=place)

    @on(LogList.WantsMore)
    def read_more(self, event: LogList.WantsMore) -> None:
        """Read on where the list is about to end, unless that is being done."""
        if self.feed is None or self.feed.is_done:
            self.read(Way.OLDER if event.older else Way.NEWER)

    @on(LogList.WantsEnd)
    def read_end(self, event: LogList.WantsEnd) -> None:
        """Jump to the newest or the oldest entry."""
        if self.view.text:
            self.log_list.action_move(len(self.log_list.entries) * (1 if event.oldest else -1))
        else:
            self.read(Way.OLDEST if event.oldest else Way.NEWEST)

    @on(LogList.Marked)
    def show_detail(self, event: LogList.Marked) -> None:
        """Say the marked entry's subject and cause in full."""
        entry = event.entry
        said = f"{entry.subject}: {entry.cause}" if entry.cause else entry.subject
        self.tell(f"{entry.id}  {', '.join(entry.recipients)}  {entry.server}  {said}")

    @on(LogList.Opened)
    def open_entry(self, event: LogList.Opened) -> None:
        """Open a delivery."""
        if self.is_current:
            from screens.log_entry import LogEntryScreen

            self.app.push_screen(LogEntryScreen(event.entry))

    def action_filter(self) -> None:
        """Show only the next kind of result."""
        following = FILTERS[(FILTERS.index(self.view.result) + 1) % len(FILTERS)]
        self.show_view(View(following, self.view.text))

    def show_view(self, view: View) -> None:
        """Show another part of the log."""
        self.view = view
        self.log_list.show_entries((), has_older=False)
        self.tell("")
        self.read(Way.SEARCH if view.text else Way.NEWEST)

    def action_again(self) -> None:
        """Read from the newest entry again."""
        self.show_view(self.view)

    def action_search(self) -> None:
        """Ask what to search for."""
        self.needle.display = True
        self.needle.focus()
        self.tell("Enter searches in everything that was recorded; Esc goes back to the list.")

    def close_search(self) -> None:
        """Take the search field away."""
        self.log_list.focus()
        self.needle.display = False

    @on(TextInput.Submitted)
    def search(self, event: TextInput.Submitted) -> None:
        """Search in everything recorded."""
        event.stop()
        self.close_search()
        self.show_view(View(self.view.result, self.needle.value))

    def action_back(self) -> None:
        """Close the search field; else stop reading; else show the whole log; else go back."""
        if self.needle.display:
            self.close_search()
            self.tell("")
            self.log_list.tell_mark()
        elif self.feed is not None and not self.feed.is_done:
            self.stop_reading(self.feed)
        elif self.view != View():
            self.show_view(View())
        else:
            super().action_back()


def _show_newest(shown: LogList, feed: Feed, entries: Sequence[Entry]) -> None:
    if feed.found == len(entries):
        shown.show_entries(entries, has_older=not feed.is_exhausted)
    else:
        shown.add_older(entries, has_older=not feed.is_exhausted)


def _show_found(shown: LogList, _feed: Feed, entries: Sequence[Entry]) -> None:
    shown.add_older(entries, has_older=False)


def _show_older(shown: LogList, feed: Feed, entries: Sequence[Entry]) -> None:
    shown.add_older(entries, has_older=not feed.is_exhausted)


def _show_newer(shown: LogList, feed: Feed, entries: Sequence[Entry]) -> None:
    shown.add_newer(entries[::-1], has_newer=not feed.is_exhausted)


def _show_oldest(shown: LogList, feed: Feed, entries: Sequence[Entry]) -> None:
    if feed.found == len(entries):
        shown.show_entries(entries[::-1], has_older=False, has_newer=not feed.is_exhausted, at_end=True)
    else:
        shown.add_newer(entries[::-1], has_newer=not feed.is_exhausted)


_SHOWN: Final = {
    Way.NEWEST: _show_newest,
    Way.SEARCH: _show_found,
    Way.OLDER: _show_older,
    Way.NEWER: _show_newer,
    Way.OLDEST: _show_oldest,
}
