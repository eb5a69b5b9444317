"""Entries of the send log for a screen: read at once as far as that is quick, the rest by a worker."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from console.deadline import Cancellation
from console.sendlog.log import Entry, Position, Progress, SendLog
from console.verdict import Result

AT_ONCE: Final = 0.008
"""Seconds of reading between a key and the frame that answers it; what takes longer goes to a worker."""
PAGE: Final = 60
"""Entries read at a time."""
MOST_FOUND: Final = 1000
"""Entries a search shows."""


class Way(Enum):
    """What is read."""

    NEWEST = "newest"
    OLDER = "older"
    NEWER = "newer"
    OLDEST = "oldest"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class View:
    """What of the log is shown.

    Attributes:
        result: Only deliveries that ended so; None for all.
        text: Only those that have this anywhere in them; "" for all.
    """

    result: Result | None = None
    text: str = ""


@dataclass
class Feed:
    """One reading of entries; used by one thread at a time.

    Attributes:
        way: What is read.
        events: Where the entries come from.
        wanted: How many at most.
        cancellation: Stops it.
        found: How many there were up to now.
        is_done: Whether nothing more comes.
        is_exhausted: Whether the log has no more that way.
        searched: Part of the log that was looked at, 0.0 to 1.0.
        skipped: Lines passed over because they are damaged.
    """

    way: Way
    events: Iterator[Entry | Progress]
    wanted: int
    cancellation: Cancellation
    found: int = 0
    is_done: bool = False
    is_exhausted: bool = False
    searched: float = 0.0
    skipped: int = 0

    def read_at_once(self) -> list[Entry]:
        """Read as much as a key may wait for; a search always goes to a worker."""
        return [] if self.way is Way.SEARCH else self.read(AT_ONCE)

    def close(self) -> None:
        """Let go of the log's files; called by the thread that reads."""
        close = getattr(self.events, "close", None)
        if close is not None:
            close()

    def read(self, seconds: float) -> list[Entry]:
        """Read for about `seconds`; return what was found.

        Raises:
            FileError: The log may not be read.
            CancelledError: It was cancelled.
        """
        until = time.monotonic() + seconds
        fresh: list[Entry] = []
        for event in self.events:
            if isinstance(event, Progress):
                self.searched = event.searched / event.total if event.total else 1.0
                self.skipped = event.skipped
            else:
                fresh.append(event)
                self.found += 1
                if self.found >= self.wanted:
                    self.is_done = True
                    break
            if time.monotonic() >= until:
                break
        else:
            self.is_done = self.is_exhausted = True
        return fresh


def open_feed(log: SendLog, view: View, way: Way, at: Position | None = None) -> Feed:
    """Return the reading of `view` that way; `at` is the entry one goes on from (older, newer)."""
    cancellation = Cancellation()
    if way in (Way.NEWER, Way.OLDEST):
        from console.sendlog.forward import walk_forward

        events = walk_forward(log, after=at, result=view.result, cancellation=cancellation)
        return Feed(way, events, PAGE, cancellation)
    events = log.walk(view.text, before=at, result=view.result, cancellation=cancellation)
    return Feed(way, events, MOST_FOUND if way is Way.SEARCH else PAGE, cancellation)
