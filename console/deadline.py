"""How long one waits, and how one is stopped: a total deadline and a cancellation that wakes a waiting
socket.

A timeout per read does not bound a delivery: a server that sends one byte every few seconds holds it for
ever. So every wait of a delivery or sign-in goes through one `Deadline`, and Esc wakes it at once.
"""

import os
import select
import time
from collections.abc import Callable
from contextlib import suppress

from console.annotations import Final, Protocol
from console.errors import CancelledError, DeadlineError

_FOREVER: Final = 365 * 86400.0


class Cancellation:
    """A stop signal from one thread to another, waitable together with sockets (`fileno`)."""

    def __init__(self) -> None:
        self._is_cancelled = False
        self._read_end, self._write_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def cancel(self) -> None:
        """Stop whatever waits on this; safe from any thread, any number of times."""
        if not self._is_cancelled:
            self._is_cancelled = True
            with suppress(OSError):  # the pipe is closed: nobody waits any more
                os.write(self._write_end, b"!")

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._is_cancelled

    def wait(self, seconds: float) -> bool:
        """Wait up to `seconds`; True as soon as cancelled."""
        if not self._is_cancelled:
            poll = select.poll()
            poll.register(self._read_end, select.POLLIN)
            poll.poll(max(0.0, seconds) * 1000)
        return self._is_cancelled

    def fileno(self) -> int:
        """File descriptor that becomes readable when cancelled."""
        return self._read_end

    def __del__(self) -> None:
        for end in (self._read_end, self._write_end):
            with suppress(OSError):
                os.close(end)


class HasFileno(Protocol):
    """Anything `select.poll` can wait for."""

    def fileno(self) -> int: ...


class Deadline:
    """The time allowed for one whole action, on a monotonic clock, and its cancellation.

    Args:
        seconds: Time allowed in total; None for no limit.
        cancellation: What may stop it early; None when nothing can.
        clock: Monotonic seconds; replaced in tests.
    """

    def __init__(
        self,
        seconds: float | None,
        cancellation: Cancellation | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._end = clock() + (_FOREVER if seconds is None else seconds)
        self.seconds = seconds
        self.cancellation = cancellation

    def remaining(self) -> float:
        """Seconds left, 0.0 when used up."""
        return max(0.0, self._end - self._clock())

    def check(self) -> None:
        """Raise when cancelled or used up.

        Raises:
            CancelledError: The operator stopped it.
            DeadlineError: The time allowed is used up.
        """
        if self.cancellation is not None and self.cancellation.is_cancelled:
            raise CancelledError
        if self.remaining() <= 0.0:
            raise self.used_up()

    def used_up(self) -> DeadlineError:
        """Return the error that says that the time allowed is used up."""
        allowed = round(self.seconds or 0.0, 2)  # part of a longer one is no round number
        return DeadlineError(f"The time allowed ({allowed:g} s) is used up.")

    def at_most(self, seconds: float) -> "Deadline":
        """Return a deadline that ends with this one or in `seconds`, whichever is sooner."""
        return Deadline(min(seconds, self.remaining()), self.cancellation, self._clock)

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` unless cancelled or used up sooner.

        Raises:
            CancelledError: The operator stopped it.
            DeadlineError: The deadline came before the end of the wait.
        """
        until = self._clock() + seconds
        while (left := until - self._clock()) > 0:
            self.check()
            pause = min(left, self.remaining())
            if self.cancellation is None:
                time.sleep(pause)
            else:
                self.cancellation.wait(pause)
        self.check()

    def wait_for(self, waitable: HasFileno, *, write: bool = False) -> None:
        """Wait until `waitable` can be read (or written) without blocking.

        Raises:
            CancelledError: The operator stopped it.
            DeadlineError: The time allowed is used up.
        """
        poll = select.poll()
        poll.register(waitable.fileno(), select.POLLOUT if write else select.POLLIN)
        if self.cancellation is not None:
            poll.register(self.cancellation.fileno(), select.POLLIN)
        while True:
            self.check()
            ready = poll.poll(min(self.remaining(), 3600.0) * 1000 + 1)
            if any(descriptor == waitable.fileno() for descriptor, _ in ready):
                return
