"""Installing components: the exact commands first, then run one by one, then looked at again.

A component counts as installed when looking at it again finds it, never because its commands ended well.
"""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Final

from console.appliance import Paths
from console.deadline import Deadline
from console.errors import InstallError, UsageError
from console.install.command import Command, CommandResult, clean_environment, run
from console.install.lists import is_fresh, note
from console.install.model import Component, Manager
from console.install.presence import Presence, look
from console.install.trouble import explain
from console.text import nearest
from console.values import dataclass
from console.verdict import Finding

INSTALL_SECONDS: Final = 1800.0
"""Time allowed for all commands of one installation: a slow mirror on a slow line."""

LOCK_SECONDS: Final = 60
"""How long apt waits for another program that installs."""

PATIENCE: Final = 180.0
"""Seconds a package manager gets to end the packages at hand when it is stopped."""

_ZYPPER_NOTES: Final = frozenset({100, 101, 102, 103, 106, 107})
"""Exit codes that say "done, and by the way" (zypper(8)); 104 is a package it did not find, 105 a signal."""
_COMPOSER_FOLDER: Final = "/usr/local/share/mail-console/php"
_ORDER: Final = (
    (Manager.APT, "apt-get"),
    (Manager.DNF, "dnf"),
    (Manager.YUM, "yum"),
    (Manager.ZYPPER, "zypper"),
    (Manager.APK, "apk"),
)


@dataclass(frozen=True, slots=True)
class Installed:
    """What became of one component.

    Attributes:
        presence: As it stands now, looked at again.
        results: Each command that was run, with its output.
        finding: Why it is not there, when it is not; else None.
    """

    presence: Presence
    results: tuple[CommandResult, ...]
    finding: Finding | None = None


def package_manager() -> Manager | None:
    """Return this machine's package manager, or None."""
    search = clean_environment()["PATH"]
    return next((manager for manager, program in _ORDER if shutil.which(program, path=search)), None)


def chosen(known: Sequence[Component], names: Sequence[str]) -> tuple[Component, ...]:
    """Return the named components with what they need, what is needed first.

    Raises:
        UsageError: There is no such component.
    """
    by_name = {one.name: one for one in known}
    ordered: dict[str, Component] = {}

    def add(name: str, above: tuple[str, ...] = ()) -> None:
        if name not in by_name:
            meant = nearest(name, list(by_name))
            hint = f"Meant {meant}?" if meant else f"There are: {', '.join(by_name)}."
            raise UsageError(f"There is no component {name}.", hint)
        if name in above:
            raise UsageError(f"Component {name} needs itself ({' needs '.join((*above, name))}).")
        for needed in by_name[name].needs:
            add(needed, (*above, name))
        ordered.setdefault(name, by_name[name])

    for name in names:
        add(name)
    return tuple(ordered.values())


def commands(component: Component, manager: Manager | None, paths: Paths) -> tuple[Command, ...]:
    """Return the exact commands that install `component` here and now; lists still fresh are not refreshed.

    Raises:
        InstallError: Nothing is known that installs it on this machine.
    """
    if component.comes:
        raise InstallError(f"{component.title} comes {component.comes}.", "Nothing installs it yet.")
    if component.renewal:
        from console.install import renewal

        return (*_cron_daemon(manager), *renewal.enable_commands(paths))
    wanted = [*_packages(component, manager)]
    for file in component.files:
        command = ("install", "-D", "-m", "0644", file.shipped, str(file.target))
        wanted.append(Command(command, "put the console's own file in place"))
    if manager is not None and manager in component.after:
        wanted.append(Command(component.after[manager], "afterwards"))
    if not wanted:
        raise InstallError(
            f"{component.title} cannot be installed here: no package manager that is known.",
            "Install it by hand, then check again.",
        )
    return tuple(one for one in wanted if not is_fresh(one))


def plan(
    components: Sequence[Component], manager: Manager | None, paths: Paths
) -> tuple[tuple[Command, ...], ...]:
    """Return the commands of each of `components`, installed in a row: what refreshes lists runs once.

    Raises:
        InstallError: As for `commands`.
    """
    planned: list[tuple[Command, ...]] = []
    begun: list[Command] = []
    for component in components:
        own = [one for one in commands(component, manager, paths) if not one.refreshes or one not in begun]
        begun += own
        planned.append(tuple(own))
    return tuple(planned)


def _cron_daemon(manager: Manager | None) -> tuple[Command, ...]:
    """Without systemd a cron daemon runs the renewal: return what installs one where there is none."""
    from console.install import renewal

    if renewal.has_systemd() or renewal.has_cron() or manager is None:
        return ()
    name = "cron" if manager in (Manager.APT, Manager.ZYPPER) else "cronie"
    return _package_commands(manager, (name,))


def _packages(component: Component, manager: Manager | None) -> tuple[Command, ...]:
    if manager is not None and (names := component.packages.get(manager)):
        return _package_commands(manager, names)
    if component.composer:
        asks_nothing = ("--no-interaction", "--no-plugins", "--no-ansi", "--no-progress")
        argv = ("composer", "require", *asks_nothing, component.composer)
        place = {"COMPOSER_HOME": f"{_COMPOSER_FOLDER}/.composer", "COMPOSER_ALLOW_SUPERUSER": "1"}
        folder = Command(("install", "-d", "-m", "0755", _COMPOSER_FOLDER), "a place for it")
        return (folder, Command((*argv, f"--working-dir={_COMPOSER_FOLDER}"), "install with Composer", place))
    if component.pip:
        # Into the interpreter that runs us: it is the one that is asked for the module afterwards.
        argv = (sys.executable, "-m", "pip", "install", "--no-input", "--progress-bar=off", component.pip)
        return (Command(argv, "install with pip"),)
    return ()


def _package_commands(manager: Manager, names: tuple[str, ...]) -> tuple[Command, ...]:
    why = f"install {', '.join(names)}"
    match manager:
        case Manager.APT:
            quiet = ("-q", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}", "-o", "Dpkg::Use-Pty=0")
            keep = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold")
            return (
                Command(
                    ("apt-get", *quiet, "update"), "refresh the package lists", may_fail=True, refreshes=True
                ),
                Command(
                    ("apt-get", *quiet, *keep, "install", "-y", "--no-install-recommends", *names),
                    why,
                    patience=PATIENCE,
                ),
            )
        case Manager.DNF | Manager.YUM:
            return (_patient((manager.value, "install", "-y", *names), why),)
        case Manager.ZYPPER:
            return (
                Command(
                    ("zypper", "--non-interactive", "install", "--no-recommends", *names),
                    why,
                    patience=PATIENCE,
                ),
            )
        case Manager.APK:
            return (_patient(("apk", "add", "--no-progress", *names), why),)


def _patient(argv: tuple[str, ...], why: str) -> Command:
    return Command(argv, why, patience=PATIENCE)


def install(
    component: Component,
    paths: Paths,
    deadline: Deadline,
    on_line: Callable[[str], None] = lambda _line: None,
    on_command: Callable[[Command], None] = lambda _command: None,
) -> Installed:
    """Install one component and look at it again.

    Args:
        component: What to install; what it needs must be there already (see `chosen`).
        paths: Where this appliance keeps things (the renewal timer names them).
        deadline: Time allowed, and how the operator stops it.
        on_line: Gets each line of output as it comes.
        on_command: Gets each command before it runs.

    Raises:
        CancelledError: The operator stopped it; nothing of it runs on.
        DeadlineError: The time allowed is used up; likewise.
        InstallError: Nothing is known that installs it here.
    """
    results: list[CommandResult] = []
    wanted = commands(component, package_manager(), paths)
    if os.geteuid() != 0:
        return Installed(look(component, deadline), (), explain(None, component))
    for command in wanted:
        on_command(command)
        results.append(run(command, deadline, on_line))
        note(results[-1])
        if not _went_well(results[-1]):
            break
    presence = look(component, deadline)
    if presence.is_found and _went_well(results[-1]):
        return Installed(presence, tuple(results))
    return Installed(presence, tuple(results), explain(results[-1], component, results[:-1]))


def _went_well(result: CommandResult) -> bool:
    """Whether what follows may run."""
    is_note = result.command.argv[0] == "zypper" and result.exit_code in _ZYPPER_NOTES
    return result.is_ok or result.command.may_fail or is_note
