"""Commands that change the system: shown before they run, run without a shell, their output
bounded and printable.

A command is a value, so that a plan can be shown, tested and printed without running anything. Running it
gives it a clean environment, no terminal and no input (nothing may ever ask), a session of its own (stopping
it stops what it started), and a deadline.
"""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, TypedDict

from console.deadline import Deadline
from console.errors import CancelledError, DeadlineError, InstallError
from console.text import decoded
from console.values import dataclass, field

KEPT_LINES: Final = 400
"""Lines of output kept from a command; the last ones, because failures are told at the end."""

_LONGEST_READ: Final = 65536
_GRACE_SECONDS: Final = 10.0
"""How long what was asked to end (SIGTERM) is given before it is made to."""
_AFTERWORD_SECONDS: Final = 1.0
"""How long output is still read once a command has ended: a service it started may hold the pipe for ever."""
_GLANCE_SECONDS: Final = 0.2
_METER_SECONDS: Final = 1.0
"""How often a progress meter, which overwrites itself, becomes a line."""
_SEARCH_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PROXY_NAMES: Final = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True, slots=True)
class Command:
    """One command line.

    Attributes:
        argv: Program and arguments; never goes through a shell.
        why: What it is for, a few words.
        environment: Variables besides the clean set.
        given: Text for its standard input (a few kilobytes at most); empty for none.
        may_fail: Whether what follows may do without it.
        patience: Seconds it gets to stop by itself when told to (SIGINT, to it alone): a package manager ends
            the package at hand, and killed it would leave half of one.
        refreshes: Whether it refreshes package lists, which then hold for a while (`console.install.lists`).
    """

    argv: tuple[str, ...]
    why: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    given: str = ""
    may_fail: bool = False
    patience: float = 0.0
    refreshes: bool = False

    @property
    def text(self) -> str:
        """The command as one would type it in a shell."""
        variables = [f"{name}={shlex.quote(value)}" for name, value in self.environment.items()]
        line = " ".join([*variables, shlex.join(self.argv)])
        return f"{line} <<'END'\n{self.given.rstrip()}\nEND" if self.given else line


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of a command.

    Attributes:
        command: What was run.
        exit_code: Its exit status; 127 when there is no such program; negative for a signal.
        output: The last lines of standard output and error, printable.
    """

    command: Command
    exit_code: int
    output: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """Whether it ended with exit status 0."""
        return self.exit_code == 0


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the few variables a command gets: search path, locale, no questions, and the machine's proxy."""
    environment = {
        "PATH": _SEARCH_PATH,
        "LC_ALL": "C.UTF-8",
        "HOME": "/root" if os.geteuid() == 0 else os.environ.get("HOME", "/"),
        "DEBIAN_FRONTEND": "noninteractive",
        "TERM": "dumb",
    }
    environment |= {name: os.environ[name] for name in _PROXY_NAMES if name in os.environ}
    return environment | dict(extra or {})


class _Identity(TypedDict):
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def run(
    command: Command,
    deadline: Deadline,
    on_line: Callable[[str], None] = lambda _line: None,
    *,
    user: int | None = None,
    group: int | None = None,
    extra_groups: list[int] | None = None,
) -> CommandResult:
    """Run `command` to its end, handing each printable line to `on_line` as it comes.

    Args:
        command: What to run.
        deadline: Time allowed, and how the operator stops it.
        on_line: Called in this thread with each line.
        user, group, extra_groups: Numeric identity to run as; None for our own.

    Raises:
        CancelledError: The operator stopped it; the command and all it started are gone.
        DeadlineError: The time allowed is used up; likewise.
        InstallError: The system could not start it for another reason than its absence.
    """
    identity: _Identity = {"user": user, "group": group, "extra_groups": extra_groups}
    try:
        process = _started(command, identity)
    except FileNotFoundError:
        return CommandResult(command, 127, (f"{command.argv[0]}: no such program",))
    except OSError as error:
        raise InstallError(f"{command.argv[0]} could not be started: {error.strerror}.") from error
    except ValueError as error:  # a NUL or half a character in an argument
        raise InstallError(f"A command cannot be run as written: {error}.") from error
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as given:
            given.write(command.given.encode())
    return _followed(command, process, deadline, on_line)


def _started(command: Command, identity: _Identity) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command.argv,
        stdin=subprocess.PIPE if command.given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(command.environment),
        cwd="/",
        start_new_session=True,
        umask=0o022,
        **identity,
    )


def _followed(
    command: Command, process: "subprocess.Popen[bytes]", deadline: Deadline, on_line: Callable[[str], None]
) -> CommandResult:
    kept: list[str] = []
    assert process.stdout is not None  # noqa: S101 - asked for above

    def keep(line: str) -> None:
        kept.append(line)
        del kept[:-KEPT_LINES]
        on_line(line)

    with process.stdout as output:
        try:
            for line in _lines(_blocks(output, process, deadline)):
                keep(line)
            while process.poll() is None:
                deadline.sleep(0.02)
        except (CancelledError, DeadlineError):
            _let_end(command, process, output, keep)
            _stop(process)
            raise
        except BaseException:  # whoever listens failed: passed on, but nothing runs on
            _stop(process)
            raise
    return CommandResult(command, process.returncode, tuple(kept))


def _let_end(
    command: Command, process: "subprocess.Popen[bytes]", output: IO[bytes], keep: Callable[[str], None]
) -> None:
    """Ask the command alone to stop, and listen on: a closed pipe would kill what it started."""
    if not command.patience:
        return
    with suppress(ProcessLookupError, DeadlineError):
        process.send_signal(signal.SIGINT)
        for line in _lines(_blocks(output, process, Deadline(command.patience))):
            keep(line)


def _blocks(output: IO[bytes], process: "subprocess.Popen[bytes]", deadline: Deadline) -> Iterator[bytes]:
    """Yield output as it comes, to its end or shortly after the command's."""
    ended = 0.0
    while True:
        if _is_readable(output, deadline):
            block = os.read(output.fileno(), _LONGEST_READ)
            if not block:
                return
            yield block
        elif ended:
            return
        if process.poll() is not None:
            ended = ended or time.monotonic()
            if time.monotonic() - ended > _AFTERWORD_SECONDS:
                return


def _is_readable(output: IO[bytes], deadline: Deadline) -> bool:
    """Whether there is something to read within a moment."""
    try:
        deadline.at_most(_GLANCE_SECONDS).wait_for(output)
    except DeadlineError:
        deadline.check()
        return False
    return True


def _lines(blocks: Iterator[bytes]) -> Iterator[str]:
    """Yield printable lines; of a progress meter, which overwrites its line, one now and then."""
    rest, told = b"", 0.0
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield from _shown(line)
        if len(rest) > _LONGEST_READ:
            yield from _shown(rest)
            rest = b""
        elif b"\r" in rest.rstrip(b"\r") and time.monotonic() - told > _METER_SECONDS:
            told = time.monotonic()
            meter, _, rest = rest.rpartition(b"\r")
            yield from _shown(meter)
    yield from _shown(rest)


def _shown(line: bytes) -> Iterator[str]:
    """Yield what a terminal would show of a line: what stands behind its last carriage return."""
    last = line.rstrip().rpartition(b"\r")[2]
    if last.strip():
        yield decoded(last)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the command and everything it started: asked first, then made to."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal_number)
        until = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < until:
            if process.poll() is not None and not _lives(process.pid):
                return
            time.sleep(0.02)


def _lives(group: int) -> bool:
    """Whether a process of this group still runs; one that is dead and not yet taken note of does not."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            state, _, member_of = status.read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
            if member_of == str(group) and state not in "ZX":
                return True
    return False
