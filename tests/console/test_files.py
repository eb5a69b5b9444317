"""Files: whole or not at all, with the right owner and mode, one writer at a time."""

import grp
import os
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from console.deadline import Cancellation, Deadline
from console.errors import CancelledError, DeadlineError
from console.file_errors import (
    NameTooLongError,
    NoFolderError,
    NotAFileError,
    SymlinkError,
    TooLargeError,
    UnknownOwnerError,
)
from console.files import locked, make_folder, read_bounded, write_atomic
from console.line_file import LineFile, append_line

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand files over")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    write_atomic(path, b"one", mode=0o640)
    write_atomic(path, b"two", mode=0o640)
    assert read_bounded(path, 3) == b"two"
    assert os.listdir(tmp_path) == ["settings"]


@pytest.mark.parametrize("umask", [0o000, 0o077, pytest.param(0o777, marks=needs_root)])
def test_the_mode_is_exact_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_atomic(tmp_path / "a", b"", mode=0o640)
        append_line(tmp_path / "b", b"", mode=0o604)
        make_folder(tmp_path / "c", mode=0o710)
    finally:
        os.umask(before)
    assert [mode_of(tmp_path / name) for name in "abc"] == [0o640, 0o604, 0o710]


@needs_root
def test_owner_and_group_are_given(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"", mode=0o640, owner="nobody", group="adm")
    with closing(LineFile(tmp_path / "b", mode=0o640)) as file:
        file.append(b"", group="adm")
    make_folder(tmp_path / "c", mode=0o750, owner="nobody", group="adm")
    adm = grp.getgrnam("adm").gr_gid
    assert [(tmp_path / name).stat().st_gid for name in "abc"] == [adm] * 3
    assert [(tmp_path / name).owner() for name in "abc"] == ["nobody", "root", "nobody"]


@needs_root
def test_an_unknown_owner_is_named_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(UnknownOwnerError, match="no user nosuchuser"):
        write_atomic(tmp_path / "a", b"", mode=0o640, owner="nosuchuser")
    with pytest.raises(UnknownOwnerError, match="no group nosuchgroup"):
        write_atomic(tmp_path / "a", b"", mode=0o640, group="nosuchgroup")
    assert os.listdir(tmp_path) == []


def test_rights_stand_before_the_first_octet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = os.write

    def watched(descriptor: int, content: bytes) -> int:
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return real(descriptor, content)

    monkeypatch.setattr(os, "write", watched)
    write_atomic(tmp_path / "a", b"secret", mode=0o600)
    append_line(tmp_path / "b", b"line", mode=0o640)
    assert seen == [0o600, 0o640]


def test_content_is_on_disk_before_its_name_and_the_name_before_the_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real_fsync, real_rename = os.fsync, os.rename

    def fsync(descriptor: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        real_fsync(descriptor)

    def rename(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        order.append("rename")
        real_rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "rename", rename)
    write_atomic(tmp_path / "a", b"x", mode=0o600)
    assert order == ["file", "rename", "folder"]


def test_a_symlink_in_the_place_is_refused_and_its_target_untouched(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"keep")
    link = tmp_path / "link"
    link.symlink_to(target)
    with pytest.raises(SymlinkError, match="symbolic link"):
        write_atomic(link, b"evil", mode=0o644)
    with pytest.raises(SymlinkError):
        append_line(link, b"evil", mode=0o644)
    with pytest.raises(SymlinkError), locked(link, Deadline(1)):
        pass
    assert target.read_bytes() == b"keep"
    assert link.is_symlink()


def test_a_dangling_symlink_creates_nothing(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(SymlinkError):
        write_atomic(link, b"evil", mode=0o644)
    with pytest.raises(SymlinkError):
        append_line(link, b"evil", mode=0o644)
    assert not (tmp_path / "nowhere").exists()


def test_a_link_to_a_file_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert read_bounded(tmp_path / "link", 10) == b"x"


@needs_root
def test_a_folder_that_is_a_strangers_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    make_folder(link, mode=0o750)  # root's own link is the operator's choice of disk
    os.lchown(link, 65534, 65534)
    with pytest.raises(SymlinkError, match="another user"):
        make_folder(link, mode=0o750)


def test_pipes_devices_and_folders_never_block_and_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(NotAFileError):
            read_bounded(place, 10)
    with pytest.raises(NotAFileError):
        write_atomic(pipe, b"", mode=0o600)
    with pytest.raises(NotAFileError):
        append_line(pipe, b"", mode=0o600)
    with pytest.raises(NotAFileError), locked(pipe, Deadline(1)):
        pass
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_too_large_is_refused_and_exactly_large_enough_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_bounded(path, 5) == b"12345"
    with pytest.raises(TooLargeError, match="more than 4 octets"):
        read_bounded(path, 4)


def test_a_missing_file_is_let_through_and_a_missing_folder_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "a", 10)
    with pytest.raises(NoFolderError, match="folder does not exist") as caught:
        write_atomic(tmp_path / "no" / "a", b"", mode=0o600)
    assert caught.value.code == "local.no-folder"
    (tmp_path / "file").touch()
    with pytest.raises(NoFolderError):
        write_atomic(tmp_path / "file" / "a", b"", mode=0o600)


def test_a_name_too_long_is_said_in_a_bounded_line(tmp_path: Path) -> None:
    with pytest.raises(NameTooLongError) as caught:
        write_atomic(tmp_path / ("x" * 5000), b"", mode=0o600)
    assert caught.value.code == "local.name-too-long"
    assert len(caught.value.what) < 500


def test_a_hostile_name_is_printable_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(NoFolderError) as caught:
        write_atomic(tmp_path / "\x1b[2J\n" / "a", b"", mode=0o600)
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_leftovers_of_killed_writers_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    import fcntl

    dead, alive = tmp_path / ".a.00aa.new", tmp_path / ".a.00bb.new"
    other = tmp_path / ".b.00cc.new"
    for one in (dead, alive, other):
        one.write_bytes(b"half")
    with alive.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_atomic(tmp_path / "a", b"whole", mode=0o600)
    assert sorted(os.listdir(tmp_path)) == [".a.00bb.new", ".b.00cc.new", "a"]


def test_a_temporary_file_is_locked_as_long_as_its_writer_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    real = os.fsync
    tried: list[str] = []

    def fsync(descriptor: int) -> None:
        for name in os.listdir(tmp_path):
            if name.endswith(".new"):
                with (tmp_path / name).open("rb") as other, pytest.raises(BlockingIOError):
                    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                tried.append(name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomic(tmp_path / "a", b"x", mode=0o600)
    assert len(tried) == 1


def test_make_folder_makes_parents_and_puts_an_old_folder_right(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_folder(folder, mode=0o700)
    folder.chmod(0o777)
    make_folder(folder, mode=0o700)
    assert mode_of(folder) == 0o700
    assert mode_of(tmp_path / "a") == 0o755


def test_parents_are_passable_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        make_folder(tmp_path / "a" / "b" / "c", mode=0o750)
    finally:
        os.umask(before)
    assert [mode_of(tmp_path / one) for one in ("a", "a/b", "a/b/c")] == [0o755, 0o755, 0o750]


def test_a_reader_who_locks_the_log_stops_no_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr("console.line_file._PATIENCE", 0.05)
    append_line(tmp_path / "log", b"one", mode=0o640)
    with (tmp_path / "log").open("rb") as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        append_line(tmp_path / "log", b"two", mode=0o640)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


def test_make_folder_names_what_stands_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(NoFolderError):
        make_folder(tmp_path / "a", mode=0o700)


def test_lines_are_appended_and_a_torn_one_is_ended_first(tmp_path: Path) -> None:
    log = tmp_path / "log"
    append_line(log, b"one", mode=0o640)
    with log.open("ab") as torn:
        torn.write(b'{"torn')
    append_line(log, b"two", mode=0o640)
    append_line(log, b"three", mode=0o640)
    assert log.read_bytes() == b'one\n{"torn\ntwo\nthree\n'


def test_appending_follows_a_rotated_file(tmp_path: Path) -> None:
    log = tmp_path / "log"
    append_line(log, b"one", mode=0o640)
    log.rename(tmp_path / "log.1")
    append_line(log, b"two", mode=0o640)
    assert log.read_bytes() == b"two\n"
    assert (tmp_path / "log.1").read_bytes() == b"one\n"


def test_a_file_rotated_while_one_waits_gets_no_line(tmp_path: Path) -> None:
    import fcntl

    log = tmp_path / "log"
    append_line(log, b"one", mode=0o640)
    with log.open("rb") as rotating:
        fcntl.flock(rotating, fcntl.LOCK_EX)
        waiter = threading.Thread(target=append_line, args=(log, b"two"), kwargs={"mode": 0o640})
        before = len(os.listdir("/proc/self/fd"))
        waiter.start()
        while len(os.listdir("/proc/self/fd")) <= before:
            time.sleep(0.001)  # until the waiter has opened the old file
        log.rename(tmp_path / "log.1")
    waiter.join()
    assert (tmp_path / "log.1").read_bytes() == b"one\n"
    assert log.read_bytes() == b"two\n"


def test_threads_lose_no_line(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def write(name: int) -> None:
        for count in range(50):
            append_line(log, f"{name} {count} {'x' * 3000}".encode(), mode=0o640)

    writers = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    lines = log.read_bytes().splitlines()
    assert sorted(line.rsplit(b" ", 1)[0] for line in lines) == sorted(
        f"{name} {count}".encode() for name in range(4) for count in range(50)
    )
    assert {len(line.rsplit(b" ", 1)[1]) for line in lines} == {3000}


def test_only_one_thread_holds_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(5):
            with locked(path, Deadline(20)):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(most) == 20
    assert max(most) == 1


def test_waiting_for_a_lock_ends_with_the_deadline_and_at_once_when_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path, Deadline(1)):
        with pytest.raises(DeadlineError, match="Another program"), locked(path, Deadline(0.03)):
            pass
        cancellation = Cancellation()
        timer = threading.Timer(0.05, cancellation.cancel)
        timer.start()
        began = time.monotonic()
        with pytest.raises(CancelledError), locked(path, Deadline(60, cancellation)):
            pass
        assert time.monotonic() - began < 5
        timer.join()
    with locked(path, Deadline(0.5)):
        pass


def test_a_lock_is_free_after_an_error_in_the_block(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locked(tmp_path / "lock", Deadline(1)):
        raise RuntimeError
    with locked(tmp_path / "lock", Deadline(0.2)):
        pass


def test_a_lock_file_removed_meanwhile_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    got_it = threading.Event()

    def wait() -> None:
        with locked(path, Deadline(20)):
            assert path.exists()
            got_it.set()

    with locked(path, Deadline(1)):
        waiter = threading.Thread(target=wait)
        waiter.start()
        path.unlink()
    waiter.join()
    assert got_it.is_set()


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        write_atomic(tmp_path / "a", b"x", mode=0o600)
        append_line(tmp_path / "b", b"x", mode=0o600)
        read_bounded(tmp_path / "a", 10)
        make_folder(tmp_path / "c", mode=0o700)
        with locked(tmp_path / "d", Deadline(1)):
            pass
        with pytest.raises(NotAFileError):
            write_atomic(tmp_path / "c", b"", mode=0o600)
    assert len(os.listdir("/proc/self/fd")) == before
