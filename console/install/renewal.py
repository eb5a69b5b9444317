"""The timer that renews the token without a person: systemd units, or a cron line where there is no systemd.

The units ship with the console as templates; the command's own path and the few folders it may write are
filled in when they are installed.
"""

import shutil
import sys
from pathlib import Path
from typing import Final

from console.appliance import Paths
from console.deadline import Deadline
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


def own_command() -> str:
    """Absolute path of the ``mail-console`` command that is running."""
    beside = Path(sys.executable).with_name("mail-console")
    if beside.is_file():
        return str(beside)
    return shutil.which("mail-console", path=clean_environment()["PATH"]) or "/usr/bin/mail-console"


def unit_text(suffix: str, paths: Paths) -> str:
    """Return the service or timer unit with this appliance's command and paths.

    Args:
        suffix: ``service`` or ``timer``.
        paths: Where this appliance keeps things.
    """
    writable = " ".join(f"-{path}" for path in (paths.secrets.parent, paths.tokens, paths.log))
    text = (_TEMPLATES / f"{UNIT}.{suffix}").read_text("utf-8")
    return text.replace("@COMMAND@", own_command()).replace("@WRITABLE@", writable)


def cron_text() -> str:
    """Return the content of ``/etc/cron.d/mail-console``."""
    return (
        "# Renews the mail access token of this appliance (installed by mail-console).\n"
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
        f"*/10 * * * * root {own_command()} token refresh --quiet --if-due\n"
    )


def enable_commands(paths: Paths) -> tuple[Command, ...]:
    """Return the commands that put the timer (or the cron line) in place and start it."""
    if not has_systemd():
        return (_put(CRON_FILE, cron_text(), "a line for cron, as systemd does not run here"),)
    return (
        _put(UNIT_FOLDER / f"{UNIT}.service", unit_text("service", paths), "the service"),
        _put(UNIT_FOLDER / f"{UNIT}.timer", unit_text("timer", paths), "its timer"),
        Command(("systemctl", "daemon-reload"), "make systemd read them"),
        Command(("systemctl", "enable", "--now", f"{UNIT}.timer"), "start it, now and at every start"),
    )


def is_in_place() -> bool:
    """Whether the timer is enabled, or the cron line is there on a machine without systemd."""
    if not has_systemd():
        return CRON_FILE.is_file()
    wants = UNIT_FOLDER / "timers.target.wants" / f"{UNIT}.timer"
    return wants.is_symlink() and any((place / f"{UNIT}.timer").is_file() for place in _UNIT_PLACES)


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


def _properties(command: Command, deadline: Deadline) -> dict[str, str]:
    pairs = (line.partition("=") for line in run(command, deadline).output)
    return {name: value for name, _, value in pairs}
