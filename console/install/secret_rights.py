"""Who can read the secrets on disk, and making that their owner alone again.

The folder is the console's own, so that every plain file in it may be put right; a link or anything else is
told and left. Every step works on a descriptor opened without following a link.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from console.errors import InstallError
from console.install.command import Command
from console.install.token_repair import Repair, carried_out

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


def plan(folder: Path) -> tuple[Repair, ...]:
    """Return what makes the secrets their owner's alone; empty when they are, or there are none.

    Raises:
        InstallError: The folder is a link or no folder, or this user may not look.
    """
    try:
        with _opened(folder) as descriptor:
            repairs = list(_changes(folder, None, os.fstat(descriptor), _FOLDER_MODE))
            for name in sorted(os.listdir(descriptor)):  # noqa: PTH208 - by descriptor: a path could lead elsewhere
                with suppress(FileNotFoundError):  # what is written just now is renamed into its place
                    status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                        repairs += _changes(folder, name, status, _FILE_MODE)
    except FileNotFoundError:
        return ()
    except NotADirectoryError as error:
        raise InstallError(
            f"{folder} is a link, or not a folder.", "Remove it by hand, if you know where it comes from."
        ) from error
    except OSError as error:
        raise InstallError(f"{folder}: {error.strerror}.") from error
    return tuple(repairs)


def fix(folder: Path) -> tuple[str, ...]:
    """Do what `plan` says; return what was changed, a sentence each.

    Raises:
        InstallError: As `plan`, or the system refused.
    """
    return carried_out(plan(folder))


def strangers(folder: Path) -> tuple[str, ...]:
    """Return the names in it that are no plain files: nothing of ours is a link, a pipe or a folder."""
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted(one.name for one in entries if not one.is_file(follow_symlinks=False)))
    except OSError:
        return ()


def _changes(folder: Path, name: str | None, status: os.stat_result, mode: int) -> Iterator[Repair]:
    path = folder if name is None else folder / name
    if stat.S_IMODE(status.st_mode) & ~mode:
        command = Command(("chmod", f"{mode:04o}", str(path)), "for its owner alone")
        yield Repair(command, f"{path}: mode set to {mode:04o}.", partial(_set_mode, folder, name, mode))
    if status.st_uid != os.geteuid():
        command = Command(("chown", "-h", str(os.geteuid()), str(path)), "given back")
        yield Repair(command, f"{path}: given back to its user.", partial(_set_owner, folder, name))


def _set_mode(folder: Path, name: str | None, mode: int) -> None:
    with _opened(folder, name) as descriptor:
        os.fchmod(descriptor, mode)


def _set_owner(folder: Path, name: str | None) -> None:
    with _opened(folder, name) as descriptor:
        os.fchown(descriptor, os.geteuid(), -1)


@contextmanager
def _opened(folder: Path, name: str | None = None) -> Iterator[int]:
    descriptor = os.open(folder, _FOLDER)
    try:
        if name is not None:
            inner = os.open(name, _FILE, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)
