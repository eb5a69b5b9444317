"""The way to the token directory: who could lead it elsewhere, and whether the reader can walk it."""

import os
import pwd
import re
import stat
from pathlib import Path
from typing import Final

from console.grade import Grade
from console.install.token_wanted import Aspect, Wanted
from console.text import one_line

_SYSTEM: Final = (
    "/(?:etc/ssl|usr/[^/]+|run/(?:lock|systemd|user)|home/[^/]+|"
    "var/(?:lib|log|www|spool|cache|tmp|mail|opt|run|lock|local|backups))"
)
"""Directories of the system that no profile can mean as a token directory."""

_BY_HAND: Final = "Only the token directory is ever changed by the console: put its parents right by hand."


def is_never_touched(path: Path) -> bool:
    """Whether a path is none of a directory of its own: relative, the root, directly below it, a system's."""
    parts = path.parts
    return not path.is_absolute() or ".." in parts or len(parts) < 3 or bool(re.fullmatch(_SYSTEM, str(path)))


def parents(want: Wanted) -> list[Aspect]:
    """Look at every parent: a real directory, in which root or the owner alone can replace things."""
    aspects = []
    for parent in reversed(want.path.parents):
        try:
            status = parent.lstat()
        except OSError:
            continue
        found, asked = _found(parent, status), _asked(parent, status, want)
        grade, note = (Grade.FAILED, _BY_HAND) if asked else (Grade.OK, "")
        if not asked and (asked := _better(status, want)):
            grade, note = Grade.WARNING, "They can put another directory in its place."
        aspects.append(Aspect("parents", "Parent folder", f"{parent} {found}", asked or found, grade, note))
    return aspects


def _found(path: Path, status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return link_text(path)
    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    return f"{stat.S_IMODE(status.st_mode):04o} {owner}"


def _asked(path: Path, status: os.stat_result, want: Wanted) -> str:
    """Return what is wanted instead, or "" when all is well."""
    if stat.S_ISLNK(status.st_mode):
        return "" if status.st_uid == 0 and _is_system_link(path) else "a directory, not a link"
    if status.st_mode & stat.S_IWOTH and not _is_sticky(status):
        return "not writable for everybody"
    if want.reader and not _may_pass(status, want.reader):
        return f"open (x) for {want.reader}"
    return ""


def _better(status: os.stat_result, want: Wanted) -> str:
    """Return what would be better, or "": root and the directory's owner alone should own the way to it."""
    if stat.S_ISLNK(status.st_mode):
        return ""
    if status.st_uid not in (0, os.geteuid(), want.uid):
        return "owned by root"
    is_open = status.st_mode & stat.S_IWGRP and status.st_gid and not _is_sticky(status)
    return "not writable for a group" if is_open else ""


def _is_sticky(status: os.stat_result) -> bool:
    return bool(status.st_mode & stat.S_ISVTX)


def _is_system_link(path: Path) -> bool:
    """A link of the distribution itself, such as /var/run → /run: directly below a root-owned parent."""
    status = path.parent.lstat()
    return status.st_uid == 0 and not status.st_mode & (stat.S_IWOTH | stat.S_IWGRP)


def _may_pass(status: os.stat_result, user: str) -> bool:
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return True  # told by the aspect "names"
    if entry.pw_uid == 0:
        return True
    if status.st_uid == entry.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid in os.getgrouplist(user, entry.pw_gid):
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def link_text(path: Path) -> str:
    """Return where a link leads, for people."""
    try:
        return f"a link to {one_line(str(path.readlink()), 80)}"
    except OSError:
        return "a link"
