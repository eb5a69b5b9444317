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
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import IO, Final

from console.deadline import Deadline
from console.errors import CancelledError, DeadlineError, InstallError
from console.text import decoded
from console.values import dataclass, field

KEPT_LINES: Final = 400
"""Lines of output kept from a command; the last ones, because failures are told at the end."""

_LONGEST_READ: Final = 65536
_GRACE_SECONDS: Final = 5.0
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
    """

    argv: tuple[str, ...]
    why: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    given: str = ""

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
    try:
        process = subprocess.Popen(
            command.argv,
            stdin=subprocess.PIPE if command.given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment(command.environment),
            cwd="/",
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=extra_groups,
        )
    except FileNotFoundError:
        return CommandResult(command, 127, (f"{command.argv[0]}: no such program",))
    except OSError as error:
        raise InstallError(f"{command.argv[0]} could not be started: {error.strerror}.") from error
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as given:
            given.write(command.given.encode())
    return _followed(command, process, deadline, on_line)


def _followed(
    command: Command, process: "subprocess.Popen[bytes]", deadline: Deadline, on_line: Callable[[str], None]
) -> CommandResult:
    kept: list[str] = []
    assert process.stdout is not None  # noqa: S101 - asked for above
    try:
        with process.stdout as output:
            for line in _lines(output, deadline):
                kept.append(line)
                del kept[:-KEPT_LINES]
                on_line(line)
        while process.poll() is None:
            deadline.sleep(0.02)
    except (CancelledError, DeadlineError):
        _stop(process)
        raise
    return CommandResult(command, process.returncode, tuple(kept))


def _lines(output: IO[bytes], deadline: Deadline) -> Iterator[str]:
    """Yield printable lines; a carriage return ends one too (progress meters)."""
    rest = b""
    while True:
        deadline.wait_for(output)
        block = os.read(output.fileno(), _LONGEST_READ)
        *whole, rest = (rest + block).replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            if line.strip():
                yield decoded(line)
        if not block or len(rest) > _LONGEST_READ:
            if rest.strip():
                yield decoded(rest)
            rest = b""
        if not block:
            return


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the command and everything it started: asked first, then made to."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal_number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
            return
