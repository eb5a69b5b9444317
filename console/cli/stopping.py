"""Ctrl+C, SIGTERM and a line that hangs up while a mail is under way: it is stopped, recorded as stopped, and
we end.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from console.annotations import Any, Final
from console.deadline import Cancellation

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable() -> Iterator[Cancellation]:
    """Give a cancellation that SIGINT, SIGTERM and SIGHUP set during the block; a second one ends at once.

    One that is ignored stays so: under ``nohup`` a mail goes on when its line is lost, and what a script runs
    with ``&`` when Ctrl+C ends the script.
    """
    cancellation = Cancellation()
    handlers: dict[int, Any] = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {number: handler for number, handler in handlers.items() if handler is not signal.SIG_IGN}

    def stop(number: int, _frame: FrameType | None) -> None:
        cancellation.cancel()
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, stop)
    try:
        yield cancellation
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
