"""Putting the token directory right: what would be done, shown first, then done without following any link.

Only the directory that the profile names, and the token file in it, are ever touched. Every step works on a
file descriptor that was reached component by component without following links, so that nothing swapped in
between can lead it elsewhere; the commands shown are what one would type for the same.
"""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from console.errors import InstallError
from console.install.command import Command
from console.install.token_parents import is_never_touched
from console.install.token_wanted import OURS, Wanted
from console.values import dataclass

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Repair:
    """One change to be made.

    Attributes:
        command: What one would type for it (shown before, and by ``--dry-run``).
        told: What to say when it is done.
        act: Does it.
    """

    command: Command
    told: str
    act: Callable[[], None]


def plan(want: Wanted) -> tuple[Repair, ...]:
    """Return the changes that put the token directory right; empty when there is nothing to do.

    Raises:
        InstallError: The path is one that is never touched, leads through a link, or something else lies in
            its place; or the wanted owner or group does not exist here.
    """
    _refuse_unsafe(want)
    repairs: list[Repair] = []
    try:
        with _opened(want.path) as folder:
            repairs += _folder_repairs(want, os.fstat(folder))
            repairs += _file_repairs(want, folder)
    except FileNotFoundError:
        repairs.append(_creation(want))
    return tuple(repairs)


def fix(want: Wanted) -> tuple[str, ...]:
    """Do what `plan` says; return what was changed, a sentence each.

    Raises:
        InstallError: As `plan`, or the system refused (not root, read-only, full).
    """
    return carried_out(plan(want))


def carried_out(repairs: Sequence[Repair]) -> tuple[str, ...]:
    """Do what was planned; return what was changed, a sentence each.

    Raises:
        InstallError: The system refused (not root, read-only, full).
    """
    told = []
    for repair in repairs:
        try:
            repair.act()
        except OSError as error:
            fix_text = "Run it as root." if isinstance(error, PermissionError) else ""
            raise InstallError(f"{repair.command.text}: {error.strerror}.", fix_text) from error
        told.append(repair.told)
    return tuple(told)


def _refuse_unsafe(want: Wanted) -> None:
    path = want.path
    if is_never_touched(path):
        raise InstallError(
            f"{path} is never touched.", "Correct token_directory.path in the appliance profile."
        )
    for kind, name, number in (("user", want.owner, want.uid), ("group", want.group, want.gid)):
        if number is None:
            raise InstallError(
                f"There is no {kind} {name} on this appliance.",
                "Install the software that brings it, or correct the appliance profile.",
            )


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Open a directory without following a link in any component (a distribution's own ones apart)."""
    at = os.open("/", _FOLDER)
    try:
        for part in filter(None, (*_real_parent(path).parts[1:], path.name)):
            try:
                below = os.open(part, _FOLDER, dir_fd=at)
            except NotADirectoryError as error:
                raise InstallError(
                    f"{path}: {part} is a link, or not a directory.",
                    "Remove it by hand, if you know where it comes from.",
                ) from error
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    raise
                raise InstallError(f"{path}: {error.strerror}.") from error
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)


def _real_parent(path: Path) -> Path:
    """Follow links among the parents only where root alone could have made them (/var/run → /run)."""
    resolved = Path("/")
    for part in path.parent.parts[1:]:
        step = resolved / part
        if step.is_symlink():
            above, link = resolved.stat(), step.lstat()
            if above.st_uid or link.st_uid or above.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise InstallError(
                    f"{path}: {step} is a link that not root alone could have made.",
                    "Remove it by hand, if you know where it comes from.",
                )
            step = step.resolve()
        resolved = step
    return resolved


def _creation(want: Wanted) -> Repair:
    command = Command(
        (
            "install",
            "-d",
            "-o",
            want.owner,
            "-g",
            want.group,
            "-m",
            f"{want.directory_mode:04o}",
            str(want.path),
        ),
        "make the directory",
    )

    def act() -> None:
        with _opened_or_made(want.path.parent) as parent:
            os.mkdir(want.path.name, 0o700, dir_fd=parent)
            made = os.open(want.path.name, _FOLDER, dir_fd=parent)
            try:
                _chown(made, want)
                os.fchmod(made, want.directory_mode)
                os.fsync(parent)
            finally:
                os.close(made)

    return Repair(command, f"Made {want.path} for {want.owner}:{want.group}, {want.directory_mode:04o}.", act)


@contextmanager
def _opened_or_made(path: Path) -> Iterator[int]:
    """Open a parent, making what is missing of it as root's own 0755."""
    missing = [one for one in (path, *path.parents) if not one.exists() and not one.is_symlink()]
    for one in reversed(missing):
        with _opened(one.parent) as above:
            os.mkdir(one.name, 0o700, dir_fd=above)
            made = os.open(one.name, _FOLDER, dir_fd=above)
            try:
                os.fchmod(made, 0o755)  # whatever the umask
            finally:
                os.close(made)
    with _opened(path) as folder:
        yield folder


def _folder_repairs(want: Wanted, status: os.stat_result) -> Iterator[Repair]:
    def change_owner() -> None:
        with _opened(want.path) as folder:
            _chown(folder, want)

    def change_mode(mode: int) -> None:
        with _opened(want.path) as folder:
            os.fchmod(folder, mode)

    yield from _changes(str(want.path), want, status, want.directory_mode, change_owner, change_mode)


def _file_repairs(want: Wanted, folder: int) -> Iterator[Repair]:
    try:
        status = os.stat(OURS[0], dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise InstallError(
            f"{want.token_file} is a link, or not a plain file.", "Remove it by hand, then renew the token."
        )

    def change_owner() -> None:
        with _opened_token(want) as token:
            _chown(token, want)

    def change_mode(mode: int) -> None:
        with _opened_token(want) as token:
            os.fchmod(token, mode)

    yield from _changes(str(want.token_file), want, status, want.file_mode, change_owner, change_mode)


@contextmanager
def _opened_token(want: Wanted) -> Iterator[int]:
    with _opened(want.path) as folder:
        token = os.open(OURS[0], _FILE, dir_fd=folder)
        try:
            status = os.fstat(token)
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                raise InstallError(f"{want.token_file} is a link, or not a plain file.")
            yield token
        finally:
            os.close(token)


def _changes(
    path: str,
    want: Wanted,
    status: os.stat_result,
    mode: int,
    change_owner: Callable[[], None],
    change_mode: Callable[[int], None],
) -> Iterator[Repair]:
    # Narrowed first, widened last: neither the old owner and group nor anybody else may read in between.
    found, names = stat.S_IMODE(status.st_mode), f"{want.owner}:{want.group}"
    is_ours = (status.st_uid, status.st_gid) == (want.uid, want.gid)
    between = mode if is_ours else found & mode
    if found != between:
        command = Command(("chmod", f"{between:04o}", path), "set the mode")
        yield Repair(command, f"{path}: mode set to {between:04o}.", partial(change_mode, between))
    if not is_ours:
        command = Command(("chown", "-h", names, path), "set owner and group")
        yield Repair(command, f"{path}: given to {names}.", change_owner)
    if between != mode:
        command = Command(("chmod", f"{mode:04o}", path), "set the mode")
        yield Repair(command, f"{path}: mode set to {mode:04o}.", partial(change_mode, mode))


def _chown(descriptor: int, want: Wanted) -> None:
    assert want.uid is not None  # noqa: S101 - refused before
    assert want.gid is not None  # noqa: S101
    os.fchown(descriptor, want.uid, want.gid)
