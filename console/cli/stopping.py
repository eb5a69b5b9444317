"""Ctrl+C and SIGTERM while a mail is under way: it is stopped and recorded as stopped, then we end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from console.annotations import Any
from console.deadline import Cancellation


@contextmanager
def stoppable() -> Iterator[Cancellation]:
    """Give a cancellation that SIGINT and SIGTERM set while the block runs; a second signal ends at once."""
    cancellation = Cancellation()
    signals = (signal.SIGINT, signal.SIGTERM)
    before: dict[int, Any] = {number: signal.getsignal(number) for number in signals}

    def stop(number: int, _frame: FrameType | None) -> None:
        cancellation.cancel()
        signal.signal(number, before[number])

    for number in signals:
        signal.signal(number, stop)
    try:
        yield cancellation
    finally:
        for number in signals:
            signal.signal(number, before[number])
