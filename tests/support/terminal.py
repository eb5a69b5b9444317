"""A real terminal for a program: a fresh pty, and pyte to see what a person sees in it.

    with Terminal(["mail-console"]) as terminal:
        terminal.wait_for("Mail Services")
        terminal.send("1")

Waits are for text, never for time; each has a limit and fails with the screen as it was.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyte

LIMIT: Final = 20.0
"""Seconds a wait may take; machines that run tests are slow."""

KEYS: Final[Mapping[str, bytes]] = {
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "enter": b"\r",
    "ctrl+j": b"\n",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "escape": b"\x1b",
    "backspace": b"\x7f",
    "space": b" ",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "pageup": b"\x1b[5~",
    "pagedown": b"\x1b[6~",
    "delete": b"\x1b[3~",
    "f1": b"\x1bOP",
    "f2": b"\x1bOQ",
    "f3": b"\x1bOR",
    "f4": b"\x1bOS",
    "f5": b"\x1b[15~",
    "f6": b"\x1b[17~",
    "f7": b"\x1b[18~",
    "f8": b"\x1b[19~",
    "f9": b"\x1b[20~",
    "f10": b"\x1b[21~",
    "ctrl+c": b"\x03",
    "ctrl+q": b"\x11",
    "ctrl+u": b"\x15",
}

PYTHON: Final = sys.executable
ROOT: Final = Path(__file__).parents[2]


def clean_environment(**more: str) -> dict[str, str]:
    """Return an environment with nothing of the caller's but the path to programs."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": os.environ.get("HOME", "/"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        **more,
    }


class Terminal:
    """A program in a terminal of its own.

    Args:
        command: What to run.
        columns, rows: Size of the terminal.
        environment: The whole environment; see `clean_environment`.
        folder: Where to run it.

    Attributes:
        output: Every byte the program wrote.
        screen: What a person sees (pyte).
        answers: Whether the terminal answers queries as xterm does; a mute one is what most serial lines are.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environment: Mapping[str, str] | None = None,
        folder: Path = ROOT,
    ) -> None:
        self.output = b""
        self.screen: Any = pyte.Screen(columns, rows)
        self._stream: Any = pyte.ByteStream(self.screen)
        self.exit_code: int | None = None
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            self._run(command, environment or clean_environment(), folder, columns, rows)
        self._resize(columns, rows)

    @staticmethod
    def _run(
        command: Sequence[str], environment: Mapping[str, str], folder: Path, columns: int, rows: int
    ) -> None:
        """Become the program (in the child)."""
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.chdir(folder)
            os.execvpe(command[0], list(command), dict(environment))  # noqa: S606 - a terminal of our own
        finally:
            os._exit(127)

    def _resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal another size; the program is told."""
        self._resize(columns, rows)
        self.screen.resize(rows, columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the program, however it stands."""
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            self._reap(0)
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def hang_up(self) -> None:
        """Close the terminal under the program, as a dropped SSH session does."""
        os.close(self.master)
        self.master = -1

    def _reap(self, options: int) -> bool:
        if self.exit_code is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code is not None

    def read(self, seconds: float) -> bytes:
        """Return what the program writes within `seconds`, as soon as it writes anything."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return b""
        try:
            piece = os.read(self.master, 65536)
        except OSError:  # EIO: the program closed its side
            return b""
        self.output += piece
        self._stream.feed(piece)
        return piece

    def send(self, *keys: str | bytes) -> None:
        """Type keys: names of `KEYS`, or text as it is."""
        for key in keys:
            os.write(self.master, key if isinstance(key, bytes) else KEYS.get(key, key.encode()))

    def text(self) -> str:
        """Return the screen as text."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def cell(self, row: int, column: int) -> Any:
        """Return a cell with its attributes (``data``, ``fg``, ``bg``, ``bold``, ``reverse``)."""
        return self.screen.buffer[row][column]

    def row_of(self, text: str) -> int:
        """Return the row that holds `text`; -1 where none does."""
        return next((row for row, line in enumerate(self.screen.display) if text in line), -1)

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = LIMIT) -> None:
        """Read until `holds()`; fail with the screen after `seconds`."""
        until = time.monotonic() + seconds
        while not holds():
            left = until - time.monotonic()
            if left <= 0 or (not self.read(min(left, 0.2)) and self._reap(os.WNOHANG) and not holds()):
                ended = f" (the program ended with {self.exit_code})" if self.exit_code is not None else ""
                raise AssertionError(f"{what} did not come{ended}; the screen:\n{self.text()}")

    def wait_for(self, text: str, seconds: float = LIMIT) -> None:
        """Wait until `text` is on the screen."""
        self.wait_until(lambda: text in self.text(), repr(text), seconds)

    def wait_gone(self, text: str, seconds: float = LIMIT) -> None:
        """Wait until `text` is no longer on the screen."""
        self.wait_until(lambda: text not in self.text(), f"the end of {text!r}", seconds)

    def wait_exit(self, seconds: float = LIMIT) -> int:
        """Wait until the program ended; return its exit code (negative: the signal)."""
        until = time.monotonic() + seconds
        while not self._reap(os.WNOHANG):
            if time.monotonic() > until:
                raise AssertionError(f"the program did not end in {seconds} s; the screen:\n{self.text()}")
            if self.master >= 0:
                self.read(0.02)
            else:
                time.sleep(0.02)
        if self.master >= 0:
            while self.read(0.05):
                pass
        assert self.exit_code is not None
        return self.exit_code

    def settle(self, quiet: float = 0.4, seconds: float = LIMIT) -> None:
        """Read until the program wrote nothing for `quiet` seconds."""
        until = time.monotonic() + seconds
        while self.read(quiet):
            if time.monotonic() > until:
                raise AssertionError("the program never stops writing")

    def bytes_during(self, seconds: float) -> int:
        """Return how many bytes the program writes in `seconds`."""
        before = len(self.output)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.read(left)
        return len(self.output) - before
