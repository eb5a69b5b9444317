"""The token directory: found and wanted, aspect by aspect, and putting it right.

The appliance's software (a web server's PHP, say) reads the current access token from here, and nobody else
may. What is looked at: the path itself, each parent, owner, group and mode of directory and token file, what
else lies in it, room, mount, labels of SELinux, and whether the reader can really read.
"""

import grp
import os
import pwd
import stat
from pathlib import Path
from typing import Final

from console.appliance import TokenDirectory
from console.deadline import Deadline
from console.errors import ConsoleError
from console.grade import Grade
from console.install.command import Command, run
from console.text import one_line
from console.values import dataclass

LEAST_FREE_BYTES: Final = 1 << 20
LEAST_FREE_INODES: Final = 16
OURS: Final = ("token.json",)
"""Files we put there; temporary ones of ours begin with a dot and end in ``.tmp``."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The token directory as it must be, names resolved.

    Attributes:
        path: Absolute path of the directory.
        owner, group: Names, for people.
        uid, gid: Their numbers; None when the appliance has no such user or group.
        directory_mode, file_mode: Permission bits.
        reader: User that must be able to read the token, or "".
    """

    path: Path
    owner: str
    group: str
    uid: int | None
    gid: int | None
    directory_mode: int
    file_mode: int
    reader: str

    @property
    def token_file(self) -> Path:
        """The token file inside."""
        return self.path / OURS[0]


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing looked at, found and wanted.

    Attributes:
        name: ``owner``, ``mode`` …: stable, for programs.
        title: For people.
        found: As it is.
        wanted: As it must be.
        grade: How it stands.
        note: What it means or what to do, when not ok.
        is_fixable: Whether `console.install.token_repair` can put it right.
    """

    name: str
    title: str
    found: str
    wanted: str
    grade: Grade
    note: str = ""
    is_fixable: bool = False


def wanted(rule: TokenDirectory, path: Path) -> Wanted:
    """Return what the profile wants of the directory at `path`, with user and group names resolved.

    `path` is where the engine puts it (the profile's own path, below ``--root`` where one is given). An
    ordinary user cannot give files away: where the profile says nothing, that user's own name is wanted.
    """
    owner, group = rule.owner, rule.group
    if os.geteuid() != 0 and rule.path is None:
        owner, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    return Wanted(
        path=path,
        owner=owner,
        group=group,
        uid=_uid(owner),
        gid=_gid(group),
        directory_mode=rule.directory_mode,
        file_mode=rule.file_mode,
        reader=rule.reader,
    )


def inspect(want: Wanted, deadline: Deadline) -> tuple[Aspect, ...]:
    """Look at the token directory and everything that decides who can read the token.

    Nothing is changed. Reads as the reader and as ``nobody`` when we are root.
    """
    aspects = [_path_itself(want), *_parents(want)]
    try:
        status = want.path.lstat()
    except OSError:
        return (*aspects, *_names(want))
    if not stat.S_ISDIR(status.st_mode):
        return (*aspects, *_names(want))
    aspects += _names(want)
    aspects += _ownership("directory", "Directory", status, want, want.directory_mode)
    aspects += [_room(want), _mount(want), _label(want), _contents(want)]
    return (*aspects, *_token(want), *_readers(want, deadline))


def _path_itself(want: Wanted) -> Aspect:
    title = "Token directory"
    if want.path == Path("/") or not want.path.is_absolute() or ".." in want.path.parts:
        return Aspect(
            "path", title, str(want.path), "a directory of its own", Grade.FAILED, _PROFILE_IS_WRONG
        )
    try:
        status = want.path.lstat()
    except FileNotFoundError:
        return Aspect("path", title, "missing", str(want.path), Grade.FAILED, is_fixable=True)
    except OSError as error:
        return Aspect("path", title, error.strerror or "unreadable", str(want.path), Grade.FAILED)
    if stat.S_ISLNK(status.st_mode):
        found = _link_text(want.path)
        return Aspect("path", title, found, "a directory, not a link", Grade.FAILED, _LINK_NOTE)
    if not stat.S_ISDIR(status.st_mode):
        return Aspect("path", title, "not a directory", "a directory", Grade.FAILED, _IN_THE_WAY)
    return Aspect("path", title, str(want.path), str(want.path), Grade.OK)


_PROFILE_IS_WRONG: Final = (
    "The appliance profile names a path that is never touched. Correct token_directory.path."
)
_LINK_NOTE: Final = "A link can lead the token anywhere. Remove it by hand, if you know where it comes from."
_IN_THE_WAY: Final = "Something else lies in its place. Move it away by hand."


def _parents(want: Wanted) -> list[Aspect]:
    """Every parent must be a real directory that nobody but its owner (or root) can replace things in."""
    aspects = []
    for parent in reversed(want.path.parents):
        try:
            status = parent.lstat()
        except OSError:
            continue
        if stat.S_ISLNK(status.st_mode):
            if status.st_uid == 0 and _is_system_link(parent):
                continue
            aspects.append(_parent(parent, _link_text(parent), "a directory, not a link"))
        elif status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
            found = f"{stat.S_IMODE(status.st_mode):04o}"
            aspects.append(_parent(parent, found, "not writable for everybody"))
        elif want.reader and not _may_pass(status, want.reader):
            found = f"{stat.S_IMODE(status.st_mode):04o}"
            aspects.append(_parent(parent, found, f"open (x) for {want.reader}"))
    if not aspects:
        return [Aspect("parents", "Parent folders", "safe", "safe", Grade.OK)]
    return aspects


def _parent(path: Path, found: str, asked: str) -> Aspect:
    note = "Only the token directory is ever changed by the console: put its parents right by hand."
    return Aspect("parents", f"Parent {path}", found, asked, Grade.FAILED, note)


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


def _names(want: Wanted) -> list[Aspect]:
    """User and group names that this appliance does not have."""
    known = (
        ("owner", want.owner, want.uid),
        ("group", want.group, want.gid),
        ("reader", want.reader, _uid(want.reader) if want.reader else 0),
    )
    return [
        Aspect(
            "names",
            f"Profile's {kind}",
            "unknown here",
            name,
            Grade.FAILED,
            "Install the software that brings it, or correct the appliance profile.",
        )
        for kind, name, number in known
        if number is None
    ]


def _ownership(name: str, title: str, status: os.stat_result, want: Wanted, mode: int) -> list[Aspect]:
    aspects = []
    for kind, number, asked, shown in (
        ("owner", status.st_uid, want.uid, want.owner),
        ("group", status.st_gid, want.gid, want.group),
    ):
        found = _user_name(number) if kind == "owner" else _group_name(number)
        grade = Grade.OK if number == asked else Grade.FAILED
        fixable = grade is Grade.FAILED and asked is not None
        aspects.append(Aspect(f"{name}-{kind}", f"{title} {kind}", found, shown, grade, is_fixable=fixable))
    bits = stat.S_IMODE(status.st_mode)
    grade = Grade.OK if bits == mode else Grade.FAILED
    note = "Others can reach the token." if bits & stat.S_IRWXO else ""
    aspects.append(
        Aspect(
            f"{name}-mode", f"{title} mode", f"{bits:04o}", f"{mode:04o}", grade, note, grade is Grade.FAILED
        )
    )
    return aspects


def _room(want: Wanted) -> Aspect:
    try:
        space = os.statvfs(want.path)
    except OSError as error:
        return Aspect("room", "Free space", error.strerror or "unknown", "1 MiB", Grade.FAILED)
    free, inodes = space.f_bavail * space.f_frsize, space.f_favail
    too_few_inodes = bool(space.f_files) and inodes < LEAST_FREE_INODES
    found = f"{free >> 20} MiB, {inodes} inodes" if space.f_files else f"{free >> 20} MiB"
    bad = free < LEAST_FREE_BYTES or too_few_inodes
    note = "Make room: a token that cannot be written lapses." if bad else ""
    return Aspect("room", "Free space", found, "1 MiB, 16 inodes", Grade.FAILED if bad else Grade.OK, note)


def _mount(want: Wanted) -> Aspect:
    read_only = bool(os.statvfs(want.path).f_flag & os.ST_RDONLY)
    if not read_only:
        return Aspect("mount", "File system", "writable", "writable", Grade.OK)
    note = "Mount it writable, or move the token directory in the appliance profile."
    return Aspect("mount", "File system", "read-only", "writable", Grade.FAILED, note)


def _label(want: Wanted) -> Aspect:
    """SELinux label where it is enforced; a web server may read httpd_* and a few public types only."""
    title = "SELinux label"
    if not Path("/sys/fs/selinux/enforce").exists():
        hint = "AppArmor is on" if Path("/sys/kernel/security/apparmor/profiles").exists() else "no SELinux"
        note = "A confined reader needs a rule for this path in its AppArmor profile." if "on" in hint else ""
        return Aspect("label", title, hint, "any", Grade.NOT_APPLICABLE, note)
    try:
        label = os.getxattr(want.path, "security.selinux").rstrip(b"\0").decode("ascii", "replace")
    except OSError:
        label = "none"
    web = want.reader in ("apache", "www-data", "nginx", "wwwrun")
    bad = web and "httpd" not in label
    note = f"semanage fcontext -a -t httpd_sys_content_t '{want.path}(/.*)?' && restorecon -R {want.path}"
    return Aspect(
        "label",
        title,
        label,
        "httpd_sys_content_t" if web else "any",
        Grade.WARNING if bad else Grade.OK,
        note if bad else "",
    )


def _contents(want: Wanted) -> Aspect:
    try:
        names = sorted(one_line(entry.name, 80) for entry in want.path.iterdir())
    except OSError as error:
        return Aspect("contents", "Files within", error.strerror or "unreadable", "readable", Grade.FAILED)
    strangers = [
        one for one in names if one not in OURS and not (one.startswith(".") and one.endswith(".tmp"))
    ]
    if not strangers:
        return Aspect("contents", "Files within", ", ".join(names) or "none", "token.json alone", Grade.OK)
    shown = ", ".join(strangers[:3]) + (f" and {len(strangers) - 3} more" if len(strangers) > 3 else "")
    note = "Not ours, and never touched. Whoever put it there may have counted on other rights."
    return Aspect("contents", "Files within", shown, "token.json alone", Grade.WARNING, note)


def _token(want: Wanted) -> list[Aspect]:
    try:
        status = want.token_file.lstat()
    except OSError:
        note = "It comes with the first sign-in or renewal."
        return [Aspect("token", "Token file", "none yet", "token.json", Grade.NOT_APPLICABLE, note)]
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        note = "A link here can lead the token elsewhere. Remove it, then renew the token."
        return [Aspect("token", "Token file", "a link or no plain file", "a plain file", Grade.FAILED, note)]
    return _ownership("token", "Token file", status, want, want.file_mode)


def _readers(want: Wanted, deadline: Deadline) -> list[Aspect]:
    """Try to read as the reader and as nobody: rights on paper are not rights in fact."""
    if not want.token_file.is_file():
        return []
    if os.geteuid() != 0:
        return [
            Aspect(
                "readers",
                "Who can read",
                "not tried",
                "the reader alone",
                Grade.NOT_APPLICABLE,
                "Needs root.",
            )
        ]
    aspects = []
    if want.reader and _uid(want.reader) is not None:
        found = can_read(want.token_file, want.reader, deadline)
        grade = Grade.OK if found else Grade.FAILED
        aspects.append(Aspect("reader", f"{want.reader} can read", _yes(found), "yes", grade))
    if _uid("nobody") is not None and want.reader != "nobody":
        found = can_read(want.token_file, "nobody", deadline)
        grade = Grade.FAILED if found else Grade.OK
        aspects.append(Aspect("strangers", "Others can read", _yes(found), "no", grade))
    return aspects


def can_read(path: Path, user: str, deadline: Deadline) -> bool:
    """Whether `user`, with its own groups, can really read `path` (tried in a child process; needs root)."""
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)
    command = Command(("dd", f"if={path}", "of=/dev/null", "bs=1", "count=1"), f"read as {user}")
    try:
        result = run(command, deadline.at_most(5), user=entry.pw_uid, group=entry.pw_gid, extra_groups=groups)
    except ConsoleError:
        return False
    return result.is_ok


def _link_text(path: Path) -> str:
    return f"a link to {one_line(str(path.readlink()), 80)}"


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _uid(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def _gid(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
