"""The token directory: found and wanted, aspect by aspect, and putting it right.

The appliance's software (a web server's PHP, say) reads the current access token from here, and nobody else
may. What is looked at: the path itself, each parent, owner, group and mode of directory and token file, what
else lies in it, room, mount, labels of SELinux, and whether the reader can really read.
"""

import grp
import os
import pwd
import shlex
import stat
from itertools import islice
from pathlib import Path
from typing import Final

from console.appliance import TokenDirectory
from console.deadline import Deadline
from console.errors import CancelledError, ConsoleError, InstallError
from console.grade import Grade
from console.install.command import Command, run
from console.install.token_parents import is_never_touched, link_text, parents
from console.install.token_wanted import OURS, Aspect, Wanted
from console.text import one_line

LEAST_FREE_BYTES: Final = 1 << 20
LEAST_FREE_INODES: Final = 16
_MOST_NAMES: Final = 10000


def wanted(rule: TokenDirectory, path: Path) -> Wanted:
    """Return what the profile wants of the directory at `path`, with user and group names resolved.

    `path` is where the engine puts it (the profile's own path, below ``--root`` where one is given). An
    ordinary user cannot give files away: where the profile says nothing, that user's own name is wanted,
    or number, which is all there is in many a container.
    """
    owner, group = rule.owner, rule.group
    uid, gid = _uid(owner), _gid(group)
    if os.geteuid() != 0 and rule.path is None:
        uid, gid = os.geteuid(), os.getegid()
        owner, group = _user_name(uid), _group_name(gid)
    return Wanted(
        path=path,
        owner=owner,
        group=group,
        uid=uid,
        gid=gid,
        directory_mode=rule.directory_mode,
        file_mode=rule.file_mode,
        reader=rule.reader,
    )


def inspect(want: Wanted, deadline: Deadline) -> tuple[Aspect, ...]:
    """Look at the token directory and everything that decides who can read the token.

    Nothing is changed. Reads as the reader and as ``nobody`` when we are root.
    """
    itself = _path_itself(want)
    aspects, above = [itself, *_names(want)], parents(want)
    try:
        status = want.path.lstat()
    except OSError:
        return (*aspects, *above)
    if itself.grade is not Grade.OK:
        return (*aspects, *above)
    aspects += _ownership("directory", "Directory", status, want, want.directory_mode)
    aspects += _extra_rights("directory", "Directory", want.path)
    aspects += [_room(want), _mount(want), _label(want), _contents(want)]
    return (*aspects, *_token(want), *_readers(want, deadline), *above)


def _path_itself(want: Wanted) -> Aspect:
    title = "Token directory"
    if is_never_touched(want.path):
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
        found = link_text(want.path)
        return Aspect("path", title, found, "a directory, not a link", Grade.FAILED, _LINK_NOTE)
    if not stat.S_ISDIR(status.st_mode):
        return Aspect("path", title, "not a directory", "a directory", Grade.FAILED, _IN_THE_WAY)
    return Aspect("path", title, str(want.path), str(want.path), Grade.OK)


_PROFILE_IS_WRONG: Final = (
    "The appliance profile names a path that is never touched. Correct token_directory.path."
)
_LINK_NOTE: Final = "A link can lead the token anywhere. Remove it by hand, if you know where it comes from."
_IN_THE_WAY: Final = "Something else lies in its place. Move it away by hand."


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
    try:
        is_read_only = bool(os.statvfs(want.path).f_flag & os.ST_RDONLY)
    except OSError as error:
        return Aspect("mount", "File system", error.strerror or "unknown", "writable", Grade.FAILED)
    if not is_read_only:
        return Aspect("mount", "File system", "writable", "writable", Grade.OK)
    note = "Mount it writable, or move the token directory in the appliance profile."
    return Aspect("mount", "File system", "read-only", "writable", Grade.FAILED, note)


def _label(want: Wanted) -> Aspect:
    """SELinux label where it is enforced; a web server may read httpd_* and a few public types only."""
    title = "SELinux label"
    if not Path("/sys/fs/selinux/enforce").exists():
        if not Path("/sys/kernel/security/apparmor/profiles").exists():
            return Aspect("label", title, "no SELinux", "any", Grade.NOT_APPLICABLE)
        note = "A confined reader needs a rule for this path in its AppArmor profile."
        return Aspect("label", title, "AppArmor is on", "any", Grade.NOT_APPLICABLE, note)
    try:
        label = os.getxattr(want.path, "security.selinux").rstrip(b"\0").decode("ascii", "replace")
    except OSError:
        label = "none"
    web = want.reader in ("apache", "www-data", "nginx", "wwwrun")
    bad = web and "httpd" not in label
    place = shlex.quote(str(want.path))
    rule = shlex.quote(f"{want.path}(/.*)?")
    note = f"semanage fcontext -a -t httpd_sys_content_t {rule} && restorecon -R {place}"
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
        with os.scandir(want.path) as entries:
            names = sorted(one_line(entry.name, 80) for entry in islice(entries, _MOST_NAMES))
    except OSError as error:
        return Aspect("contents", "Files within", error.strerror or "unreadable", "readable", Grade.FAILED)
    strangers = [one for one in names if one not in OURS and not _is_being_written(one)]
    if not strangers:
        return Aspect("contents", "Files within", ", ".join(names) or "none", "token.json alone", Grade.OK)
    shown = ", ".join(strangers[:3]) + (f" and {len(strangers) - 3} more" if len(strangers) > 3 else "")
    note = "Not ours, and never touched. Whoever put it there may have counted on other rights."
    return Aspect("contents", "Files within", shown, "token.json alone", Grade.WARNING, note)


def _is_being_written(name: str) -> bool:
    """Whether it is the token on its way in: `console.files` writes beside the place and renames."""
    return any(name.startswith(f".{ours}.") and name.endswith(".new") for ours in OURS)


def _extra_rights(name: str, title: str, path: Path) -> list[Aspect]:
    """Access control lists give rights that neither owner, group nor mode show (acl(5))."""
    try:
        named = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return []  # a file system without them
    if not any(one.startswith("system.posix_acl") for one in named):
        return []
    note = f"Somebody else may have been let in. Look: getfacl {shlex.quote(str(path))}"
    return [Aspect(f"{name}-acl", f"{title} ACL", "extra rights", "none", Grade.WARNING, note)]


def _token(want: Wanted) -> list[Aspect]:
    try:
        status = want.token_file.lstat()
    except OSError:
        note = "It comes with the first sign-in or renewal."
        return [Aspect("token", "Token file", "none yet", "token.json", Grade.NOT_APPLICABLE, note)]
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        note = "A link here can lead the token elsewhere. Remove it, then renew the token."
        return [Aspect("token", "Token file", "a link or no plain file", "a plain file", Grade.FAILED, note)]
    rights = _ownership("token", "Token file", status, want, want.file_mode)
    return [*rights, *_extra_rights("token", "Token file", want.token_file)]


def _readers(want: Wanted, deadline: Deadline) -> list[Aspect]:
    """Try to read as the reader and as nobody: rights on paper are not rights in fact."""
    try:
        is_plain = stat.S_ISREG(want.token_file.lstat().st_mode)
    except OSError:
        return []
    if not is_plain:
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
        title = f"{want.reader} can read"
        aspects.append(_reading(want, "reader", title, want.reader, deadline, is_wanted=True))
    if _uid("nobody") is not None and want.reader != "nobody":
        aspects.append(_reading(want, "strangers", "Others can read", "nobody", deadline, is_wanted=False))
    return aspects


def _reading(
    want: Wanted, name: str, title: str, user: str, deadline: Deadline, *, is_wanted: bool
) -> Aspect:
    wanted_word = "yes" if is_wanted else "no"
    try:
        found = can_read(want.token_file, user, deadline)
    except CancelledError:
        raise
    except ConsoleError as error:  # not tried is not refused: nothing is known then
        return Aspect(name, title, "not tried", wanted_word, Grade.WARNING, error.what)
    grade = Grade.OK if found is is_wanted else Grade.FAILED
    return Aspect(name, title, "yes" if found else "no", wanted_word, grade)


def can_read(path: Path, user: str, deadline: Deadline) -> bool:
    """Whether `user`, with its own groups, can really read `path` (tried in a child process; needs root).

    Raises:
        ConsoleError: It could not be tried, or not in time.
    """
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)
    command = Command(("dd", f"if={path}", "of=/dev/null", "bs=1", "count=1"), f"read as {user}")
    result = run(command, deadline.at_most(5), user=entry.pw_uid, group=entry.pw_gid, extra_groups=groups)
    if result.exit_code == 127:
        raise InstallError(result.output[-1])
    return result.is_ok


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
