"""Where commands write: data on stdout, talk on stderr, and nothing that a terminal would obey."""

import os
import select
import stat
import sys
import time
from contextlib import suppress

from console.text import printable

_DRAIN_SECONDS = 5.0
_QUIET_SECONDS = 0.1


def put(text: str) -> None:
    """Write a line of data to stdout; what came from outside is made printable."""
    if sys.stdout is not None:
        sys.stdout.write(printable(text) + "\n")


def put_at_once(text: str) -> None:
    """Write a line of data to stdout for a reader who watches, be it a terminal or ``tee``."""
    put(text)
    if sys.stdout is not None:
        sys.stdout.flush()


def put_json(shape: object) -> None:
    """Write a JSON document of one line to stdout, ASCII only, so that any reader takes it."""
    import json

    if sys.stdout is not None:
        sys.stdout.write(json.dumps(shape) + "\n")


def say(text: str) -> None:
    """Write a line of talk to stderr; what came from outside is made printable."""
    if sys.stderr is not None:
        try:
            sys.stderr.write(printable(text) + "\n")
            sys.stderr.flush()
        except OSError:  # nobody listens to the talk, or a full disk does: the work goes on, and ends well
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def drain_input() -> None:
    """Read what a caller still pipes in, before an early end: else its write fails and hides our word."""
    with suppress(OSError, ValueError):
        mode = os.fstat(0).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            return
        end = time.monotonic() + _DRAIN_SECONDS
        while time.monotonic() < end and select.select([0], [], [], _QUIET_SECONDS)[0]:
            if not os.read(0, 1 << 16):
                return
