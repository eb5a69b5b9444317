"""The timer that renews the token without a person: systemd units, or a cron line where there is no systemd.

The units ship with the console as templates; the command's own path and the few folders it may write are
filled in when they are installed.
"""

import os
import re
import shlex
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from console.appliance import Paths
from console.deadline import Deadline
from console.errors import InstallError
from console.install.command import Command, clean_environment, run
from console.values import dataclass

UNIT: Final = "mail-console-token"
UNIT_FOLDER: Final = Path("/etc/systemd/system")
CRON_FILE: Final = Path("/etc/cron.d/mail-console")
_TEMPLATES: Final = Path(__file__).parent / "units"
_SYSTEMD_RUNS: Final = Path("/run/systemd/system")
_UNIT_PLACES: Final = (UNIT_FOLDER, Path("/usr/lib/systemd/system"), Path("/lib/systemd/system"))


def has_systemd() -> bool:
    """Whether systemd runs this machine (sd_booted(3))."""
    return _SYSTEMD_RUNS.is_dir()


def has_cron() -> bool:
    """Whether a cron daemon that reads ``/etc/cron.d`` is installed; busybox's does not."""
    search = clean_environment()["PATH"]
    found = [shutil.which(name, path=search) for name in ("cron", "crond")]
    return any(one and Path(one).resolve().name != "busybox" for one in found)


def cron_runs() -> bool:
    """Whether a cron daemon runs."""
    for name in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):
            if name.read_bytes().strip() in (b"cron", b"crond"):  # a process may call itself anything
                return True
    return False


def own_command() -> str:
    """Absolute path of the ``mail-console`` command that is running."""
    beside = Path(sys.executable).with_name("mail-console")
    if beside.is_file():
        return str(beside)
    return shutil.which("mail-console", path=clean_environment()["PATH"]) or "/usr/bin/mail-console"


def command_words(paths: Paths) -> tuple[str, ...]:
    """Return the command that renews this appliance's token; below ``--root`` it says so."""
    root = paths.profile.parents[2]  # the one path no profile moves
    option = ("--root", str(root)) if paths == Paths.system(root) and root != Path("/") else ()
    return (own_command(), *option, "token", "refresh", "--quiet", "--if-due")


def unit_text(suffix: str, paths: Paths) -> str:
    """Return the service or timer unit with this appliance's command and paths.

    Args:
        suffix: ``service`` or ``timer``.
        paths: Where this appliance keeps things.
    """
    folders = (paths.secrets.parent, paths.tokens, paths.log)
    writable = " ".join(_unit_word(f"-{path}") for path in folders)
    command = " ".join(_unit_word(word).replace("$", "$$") for word in command_words(paths))
    text = (_TEMPLATES / f"{UNIT}.{suffix}").read_text("utf-8")
    return text.replace("@COMMAND@", command).replace("@WRITABLE@", writable)


def _unit_word(text: str) -> str:
    """Return one word of a unit file (systemd.syntax(7), systemd.unit(5) "Specifiers")."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return text if re.fullmatch(r"[\w/.,:@+-]+", text) else f'"{text}"'


def cron_text(paths: Paths) -> str:
    """Return the content of ``/etc/cron.d/mail-console``; in its lines ``%`` is a line feed (crontab(5))."""
    command = shlex.join(command_words(paths)).replace("%", "\\%")
    return (
        "# Renews the mail access token of this appliance (installed by mail-console).\n"
        "# What cannot be renewed goes to the system log: a mail would not arrive.\n"
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
        'MAILTO=""\n'
        f"*/10 * * * * root {command}\n"
    )


def enable_commands(paths: Paths) -> tuple[Command, ...]:
    """Return the commands that put the timer (or the cron line) in place and start it.

    Raises:
        InstallError: There is no command that a timer could run.
    """
    if not Path(own_command()).is_file():
        raise InstallError(
            "There is no mail-console command here that a timer could run.", "Install it first."
        )
    if not has_systemd():
        return (_put(CRON_FILE, cron_text(paths), "a line for cron, as systemd does not run here"),)
    return (
        _put(UNIT_FOLDER / f"{UNIT}.service", unit_text("service", paths), "the service"),
        _put(UNIT_FOLDER / f"{UNIT}.timer", unit_text("timer", paths), "its timer"),
        Command(("systemctl", "daemon-reload"), "make systemd read them"),
        Command(("systemctl", "enable", "--now", f"{UNIT}.timer"), "start it, now and at every start"),
    )


def lacking() -> str:
    """Return what keeps the renewal from running by itself, a few words; "" for nothing."""
    if not has_systemd():
        line = next((one for one in _text(CRON_FILE).splitlines() if _CRON_LINE.match(one)), "")
        if not line:
            return "the cron line that renews the token"
        if not _runs(line.split(maxsplit=6)[-1].replace("\\%", "%")):
            return "the command that the cron line names"
        return "" if has_cron() else "a cron daemon (cron or cronie)"
    wants = UNIT_FOLDER / "timers.target.wants" / f"{UNIT}.timer"
    place = next((one for one in _UNIT_PLACES if (one / f"{UNIT}.timer").is_file()), None)
    if place is None or not wants.is_symlink():
        return "the timer that renews the token"
    start = re.search(r"(?m)^ExecStart=(.+)$", _text(place / f"{UNIT}.service"))
    if start is None or not _runs(start[1].replace("%%", "%").replace("$$", "$")):
        return "the command that the timer's service names"
    return ""


_CRON_LINE: Final = re.compile(r"\s*[^#\s].*\btoken refresh\b")


def _runs(command: str) -> bool:
    """Whether a command line's program is there."""
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    return bool(words) and os.access(words[0], os.X_OK)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")[:65536]
    except OSError:
        return ""


def _put(target: Path, text: str, why: str) -> Command:
    return Command(("install", "-D", "-m", "0644", "/dev/stdin", str(target)), why, given=text)


@dataclass(frozen=True, slots=True)
class TimerState:
    """What systemd says of the timer and its service.

    Attributes:
        is_active: Whether the timer runs.
        has_failed: Whether the service's last run failed.
        last_run: When it last ran, as systemd writes it; "" for never.
    """

    is_active: bool
    has_failed: bool
    last_run: str


def timer_state(deadline: Deadline) -> TimerState:
    """Ask systemd for the state of the timer (only where it runs).

    Raises:
        console.errors.ConsoleError: It could not be asked in time.
    """
    shown = ("systemctl", "show", "--property=ActiveState,Result,LastTriggerUSec")
    timer = _properties(Command((*shown, f"{UNIT}.timer")), deadline)
    service = _properties(Command((*shown, f"{UNIT}.service")), deadline)
    last_run = timer.get("LastTriggerUSec", "")
    return TimerState(
        is_active=timer.get("ActiveState") == "active",
        has_failed=service.get("Result", "success") != "success",
        last_run="" if last_run in ("0", "n/a") else last_run,
    )


def timer_text(deadline: Deadline) -> str:
    """Return what systemd says of both units, for people (only where it runs).

    Raises:
        console.errors.ConsoleError: It could not be asked in time.
    """
    command = ("systemctl", "status", "--no-pager", "--lines=20", f"{UNIT}.timer", f"{UNIT}.service")
    return "\n".join(run(Command(command), deadline).output)


def _properties(command: Command, deadline: Deadline) -> dict[str, str]:
    pairs = (line.partition("=") for line in run(command, deadline).output)
    return {name: value for name, _, value in pairs}
