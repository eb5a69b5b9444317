"""Events of a running delivery on their way from its thread to the screen: collected, told, taken."""

import threading
from collections.abc import Callable

from console.transcript import Event


class Live:
    """Collects events in the delivery's thread; `tell` is called when the first of some came."""

    def __init__(self, tell: Callable[[], object]) -> None:
        self._tell = tell
        self._events: list[Event] = []
        self._lock = threading.Lock()

    def put(self, event: Event) -> None:
        """Take an event in; the subscriber of a recorder."""
        with self._lock:
            self._events.append(event)
            is_first = len(self._events) == 1
        if is_first:
            self._tell()

    def take(self) -> list[Event]:
        """Return what came since the last call."""
        with self._lock:
            events, self._events = self._events, []
        return events
