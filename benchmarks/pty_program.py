"""A program in a fresh 80x24 pty, its output time-stamped; what it showed is worked out afterwards."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyte

PYTHON: Final = sys.executable
PROJECT: Final = Path(__file__).parents[1]
PROGRAMS: Final = Path(__file__).parent / "programs"
DOOR: Final = "from console.__main__ import program; program()"
COLUMNS, ROWS = 80, 24
_LIMIT: Final = 30.0


def command(*arguments: str, flags: Sequence[str] = ()) -> list[str]:
    """Return the console as its own launcher starts it, without the shell round it."""
    return [PYTHON, *flags, "-I", "-c", DOOR, *arguments]


def environment(**more: str) -> dict[str, str]:
    """Return a clean environment."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        **more,
    }


class PtyProgram:
    """A running program.

    Args:
        words: Command line.
        baud: Speed of the line it is read at (10 bits an octet), or None for as fast as it comes.
        more: Further environment variables.
    """

    def __init__(self, words: Sequence[str], baud: int | None = None, **more: str) -> None:
        self.reads: list[tuple[float, bytes]] = []
        self._rate = baud / 10 if baud else None
        self._due = 0.0
        self.began = time.perf_counter()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(words[0], list(words), environment(**more))  # noqa: S606 - a process of our own
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.master)

    def read(self, seconds: float) -> bytes:
        """Return what comes within `seconds`, b"" for nothing."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        if self._rate:
            time.sleep(max(0.0, self._due - time.perf_counter()))
        try:
            block = os.read(self.master, 64 if self._rate else 1 << 16)
        except OSError:
            return b""
        now = time.perf_counter()
        if self._rate:
            self._due = max(self._due, now) + len(block) / self._rate
        self.reads.append((now, block))
        return block

    def settle(self, quiet: float = 0.3) -> float:
        """Read until nothing came for `quiet` seconds; return the time of the last octet (perf_counter)."""
        end = time.perf_counter() + _LIMIT
        while self.read(quiet) and time.perf_counter() < end:
            pass
        return self.reads[-1][0] if self.reads else self.began

    def until(self, mark: str) -> float:
        """Read until `mark` has been shown and all is quiet; return the seconds from the start to its paint."""
        end = time.perf_counter() + _LIMIT
        while time.perf_counter() < end:
            self.read(0.05)
            if mark.encode() in b"".join(block for _, block in self.reads[-40:]):
                break
        self.settle(0.25)
        return self.painted(mark) - self.began

    def painted(self, mark: str) -> float:
        """Return when `mark` first stood on the screen (perf_counter), by a replay of what was read.

        Raises:
            RuntimeError: It never did.
        """
        screen: Any = pyte.Screen(COLUMNS, ROWS)
        stream: Any = pyte.ByteStream(screen)
        for at, block in self.reads:
            stream.feed(block.replace(b"\x1b[?2026h", b"").replace(b"\x1b[?2026l", b""))
            if any(mark in line for line in screen.display):
                return at
        raise RuntimeError(f"{mark!r} was never shown; the screen is:\n" + "\n".join(screen.display))

    def press(self, key: bytes) -> float:
        """Press a key and return the seconds until the first paint that answers it."""
        pressed = time.perf_counter()
        os.write(self.master, key)
        self.read(5.0)
        answered = self.reads[-1][0] - pressed
        while self.read(0.015):
            pass
        return answered

    def octets(self, since: int = 0) -> int:
        """Return how many octets came since read number `since`."""
        return sum(len(block) for _, block in self.reads[since:])

    def memory(self) -> float:
        """Return the resident set now, in MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the program has ended")
