"""The token directory is judged by what really is, and put right without touching anything else."""

import os
import stat
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from console.appliance import TokenDirectory
from console.deadline import Cancellation, Deadline
from console.errors import CancelledError, InstallError
from console.grade import Grade
from console.install import token_repair
from console.install.token_directory import can_read, inspect, wanted
from console.install.token_parents import is_never_touched
from console.install.token_wanted import Aspect, Wanted
from tests.support.children import run_python

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes owners: needs root")


@pytest.fixture
def rule(tmp_path: Path) -> TokenDirectory:
    # pytest's own folders are 0700; the reader must get through them.
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path("/tmp"):
            break
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(0o755)
    return TokenDirectory(path=tmp_path / "www" / "tokens", owner="mail", group="mail", reader="mail")


@pytest.fixture
def want(rule: TokenDirectory) -> Wanted:
    assert rule.path is not None
    return wanted(rule, rule.path)


@pytest.fixture
def right(want: Wanted) -> Wanted:
    """A directory put right, with a token in it."""
    token_repair.fix(want)
    want.token_file.write_text('{"access_token": "x"}')
    token_repair.fix(want)
    return want


def graded(want: Wanted) -> dict[str, Aspect]:
    return {one.name: one for one in inspect(want, Deadline(20)) if one.grade is not Grade.OK}


def failures(want: Wanted) -> set[str]:
    return {name for name, one in graded(want).items() if one.grade is Grade.FAILED}


NAMELESS = """
from pathlib import Path
from console.appliance import TokenDirectory
from console.deadline import Deadline
from console.install.token_directory import inspect, wanted
want = wanted(TokenDirectory(), Path("/nowhere/tokens"))
print(want.owner, want.group, want.uid, want.gid, inspect(want, Deadline(5))[0].name)
"""


@needs_root
def test_a_user_without_a_name_is_wanted_by_number() -> None:
    assert run_python(NAMELESS, user=54321) == "54321 54321 54321 54321 path\n"


@needs_root
def test_a_missing_directory_is_made_for_its_owner(want: Wanted) -> None:
    assert failures(want) == {"path"}
    told = token_repair.fix(want)
    assert told == (f"Made {want.path} for mail:mail, 0750.",)
    status = want.path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (want.uid, want.gid, 0o750)
    assert failures(want) == set()
    assert want.path.parent.stat().st_uid == 0, "parents stay root's"


@needs_root
def test_all_is_well_when_it_is(right: Wanted) -> None:
    assert failures(right) == set()
    assert token_repair.plan(right) == ()


def spoil_owner(want: Wanted) -> None:
    os.chown(want.path, 1, -1)


def spoil_group(want: Wanted) -> None:
    os.chown(want.token_file, -1, 1)


def spoil_mode(want: Wanted) -> None:
    want.token_file.chmod(0o666)


def spoil_directory_mode(want: Wanted) -> None:
    want.path.chmod(0o777)


@needs_root
@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (spoil_owner, "directory-owner"),
        (spoil_group, "token-group"),
        (spoil_mode, "token-mode"),
        (spoil_directory_mode, "directory-mode"),
    ],
)
def test_what_is_wrong_is_found_and_put_right(
    right: Wanted, spoil: Callable[[Wanted], None], name: str
) -> None:
    spoil(right)
    assert name in failures(right)
    shown = [repair.command.text for repair in token_repair.plan(right)]
    assert shown
    assert all(str(right.path) in text for text in shown)
    assert token_repair.fix(right)
    assert failures(right) == set()


@needs_root
def test_planning_changes_nothing(right: Wanted) -> None:
    spoil_mode(right)
    before = right.token_file.stat()
    token_repair.plan(right)
    assert right.token_file.stat().st_mode == before.st_mode


@needs_root
def test_readable_for_others_is_found_in_fact(right: Wanted) -> None:
    right.path.chmod(0o755)
    right.token_file.chmod(0o644)
    assert "strangers" in failures(right)
    assert can_read(right.token_file, "nobody", Deadline(10))
    token_repair.fix(right)
    assert not can_read(right.token_file, "nobody", Deadline(10))
    assert can_read(right.token_file, "mail", Deadline(10))


@needs_root
def test_a_link_in_its_place_is_refused_and_untouched(want: Wanted, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    want.path.parent.mkdir()
    want.path.symlink_to(elsewhere)
    before = elsewhere.stat()
    assert "path" in failures(want)
    with pytest.raises(InstallError, match="link"):
        token_repair.fix(want)
    after = elsewhere.stat()
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)


@needs_root
def test_a_link_among_the_parents_that_others_can_make_is_refused(want: Wanted, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    tmp_path.chmod(0o777)
    want.path.parent.symlink_to(target)
    assert "parents" in failures(want)
    with pytest.raises(InstallError, match="link"):
        token_repair.fix(want)
    assert list(target.iterdir()) == []


@needs_root
@pytest.mark.parametrize("make", [Path.symlink_to, Path.hardlink_to])
def test_a_token_file_that_is_a_link_is_refused(
    right: Wanted, tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    victim = tmp_path / "shadow"
    victim.write_text("root's own")
    victim.chmod(0o600)
    right.token_file.unlink()
    make(right.token_file, victim)
    assert "token" in failures(right)
    with pytest.raises(InstallError, match="link"):
        token_repair.fix(right)
    status = victim.stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o600)


@pytest.mark.parametrize("path", ["/", "/etc", "/var/../etc", "tokens", "/var/www", "/usr/bin", "/var/lib"])
def test_paths_that_are_never_touched(path: str) -> None:
    rule = TokenDirectory(path=Path(path))
    with pytest.raises(InstallError, match="never touched"):
        token_repair.plan(wanted(rule, Path(path)))


def test_unknown_names_are_told(tmp_path: Path) -> None:
    rule = TokenDirectory(path=tmp_path / "a" / "tokens", owner="no-such-user", reader="nor-this-one")
    want = wanted(rule, tmp_path)
    assert {one.wanted for one in inspect(want, Deadline(10)) if one.name == "names"} == {
        "no-such-user",
        "nor-this-one",
    }
    with pytest.raises(InstallError, match="no user no-such-user"):
        token_repair.plan(want)


@needs_root
def test_strange_files_are_told_printably_and_left(right: Wanted) -> None:
    stranger = right.path / "x\x1b[2J[red]"
    stranger.write_text("")
    found = graded(right)["contents"]
    assert found.grade is Grade.WARNING
    assert "\x1b" not in found.found
    token_repair.fix(right)
    assert stranger.exists()


@needs_root
def test_a_parent_the_reader_cannot_pass_is_told_not_changed(right: Wanted) -> None:
    right.path.parent.chmod(0o700)
    assert {"parents", "reader"} <= failures(right)
    token_repair.fix(right)
    assert stat.S_IMODE(right.path.parent.stat().st_mode) == 0o700


@needs_root
def test_every_parent_is_told(right: Wanted) -> None:
    aspects = [one for one in inspect(right, Deadline(20)) if one.name == "parents"]
    assert [one.found.split()[0] for one in aspects] == [str(one) for one in reversed(right.path.parents)]
    assert aspects[0].found.startswith("/ 0")
    assert aspects[0].found.endswith(" root")


@needs_root
def test_a_parent_others_can_write_is_found(right: Wanted) -> None:
    right.path.parent.chmod(0o775)
    os.chown(right.path.parent, 0, 8)
    assert graded(right)["parents"].grade is Grade.WARNING
    os.chown(right.path.parent, 65534, 0)
    assert graded(right)["parents"].wanted == "owned by root"
    right.path.parent.chmod(0o777)
    assert "parents" in failures(right)


@needs_root
def test_a_token_on_its_way_in_is_no_stranger(right: Wanted) -> None:
    (right.path / ".token.json.0123456789ab.new").write_text("")
    assert "contents" not in graded(right)


@needs_root
def test_nobody_can_read_while_it_is_put_right(right: Wanted) -> None:
    os.chown(right.token_file, 1, 12)
    right.token_file.chmod(0o604)
    texts = [repair.command.text for repair in token_repair.plan(right)]
    path = str(right.token_file)
    assert texts == [f"chmod 0600 {path}", f"chown -h mail:mail {path}", f"chmod 0640 {path}"]
    token_repair.fix(right)
    assert failures(right) == set()


@needs_root
def test_rights_that_no_mode_shows_are_found(right: Wanted) -> None:
    # acl(5) as the kernel stores it: version 2, then owner, user 1, group, mask, others (tag, rights, id)
    entries = ((1, 6, -1), (2, 4, 1), (4, 4, -1), (16, 4, -1), (32, 0, -1))
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *one) for one in entries)
    try:
        os.setxattr(right.token_file, "system.posix_acl_access", packed)
    except OSError:
        pytest.skip("this file system has no access control lists")
    assert graded(right)["token-acl"].grade is Grade.WARNING


@pytest.mark.parametrize(
    "path", ["/var/www/tokens", "/var/lib/mail-console/tokens", "/srv/tokens", "/run/mail"]
)
def test_a_directory_of_its_own_may_be_named(path: str) -> None:
    assert not is_never_touched(Path(path))


def test_a_path_that_is_never_touched_offers_nothing() -> None:
    aspects = inspect(wanted(TokenDirectory(path=Path("/var/lib")), Path("/var/lib")), Deadline(10))
    assert aspects[0].grade is Grade.FAILED
    assert not any(one.is_fixable for one in aspects)


@needs_root
def test_missing_parents_can_be_walked_whatever_the_umask(want: Wanted) -> None:
    before = os.umask(0o077)
    try:
        token_repair.fix(want)
    finally:
        os.umask(before)
    assert stat.S_IMODE(want.path.parent.stat().st_mode) == 0o755


@needs_root
def test_what_could_not_be_tried_in_time_is_no_verdict(right: Wanted) -> None:
    aspects = {one.name: one for one in inspect(right, Deadline(0))}
    for name in ("reader", "strangers"):
        assert (aspects[name].found, aspects[name].grade) == ("not tried", Grade.WARNING)


@needs_root
def test_looking_can_be_stopped(right: Wanted) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(CancelledError):
        inspect(right, Deadline(5, cancellation))
