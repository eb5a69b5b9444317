"""Files where the disk is full, read-only or forbidden, and writers killed at random instants."""

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.file_errors import DiskFullError, ReadOnlyError
from console.files import make_folder, read_bounded, write_atomic
from console.line_file import append_line
from tests.support.children import NOBODY, folder_for_all, run_python, start_python

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts, and runs as another user")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True)
    if made.returncode != 0:
        pytest.skip("no right to mount here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@needs_root
def test_a_full_disk_is_said_and_loses_nothing(small_disk: Path) -> None:
    path = small_disk / "settings"
    write_atomic(path, b"old", mode=0o600)
    with pytest.raises(DiskFullError, match="disk is full") as caught:
        write_atomic(path, b"x" * 100_000, mode=0o600)
    assert caught.value.code == "local.disk-full"
    assert path.read_bytes() == b"old"
    assert os.listdir(small_disk) == ["settings"]


@needs_root
def test_a_line_that_does_not_fit_is_taken_back(small_disk: Path) -> None:
    log = small_disk / "log"
    append_line(log, b"one", mode=0o640)
    with pytest.raises(DiskFullError):
        append_line(log, b"x" * 100_000, mode=0o640)
    assert log.read_bytes() == b"one\n"
    append_line(log, b"two", mode=0o640)
    assert log.read_bytes() == b"one\ntwo\n"


@needs_root
def test_a_read_only_file_system_is_said(small_disk: Path) -> None:
    write_atomic(small_disk / "a", b"old", mode=0o600)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    attempts: list[Callable[[], None]] = [
        lambda: write_atomic(small_disk / "a", b"new", mode=0o600),
        lambda: append_line(small_disk / "a", b"new", mode=0o600),
        lambda: make_folder(small_disk / "b", mode=0o700),
    ]
    for attempt in attempts:
        with pytest.raises(ReadOnlyError, match="read-only") as caught:
            attempt()
        assert caught.value.code == "local.read-only"
    assert read_bounded(small_disk / "a", 10) == b"old"


def test_a_file_size_limit_is_said_and_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    program = """
import sys
from pathlib import Path
from console.errors import FileError
from console.files import write_atomic
from console.line_file import append_line
for attempt in (write_atomic, append_line):
    try:
        attempt(Path(sys.argv[1]), b"x" * 5000, mode=0o600)
    except FileError as error:
        print(error.code, error.what)
"""
    said = run_python(program, str(tmp_path / "a"), limit=4096)
    assert said.count("local.disk-full") == 2
    assert "larger than this process may write" in said
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


ORDINARY_USER = """
import sys
from pathlib import Path
from console.deadline import Deadline
from console.errors import FileError
from console.files import locked, make_folder, read_bounded, write_atomic
from console.line_file import append_line
place, own = Path(sys.argv[1]), Path(sys.argv[2])
def lock(path):
    with locked(path, Deadline(1)):
        pass
for attempt in (
    lambda: write_atomic(place / "a", b"new", mode=0o600),
    lambda: append_line(place / "a", b"new", mode=0o600),
    lambda: read_bounded(place / "a", 10),
    lambda: make_folder(place / "b", mode=0o700),
    lambda: lock(place / "lock"),
):
    try:
        attempt()
        print("done")
    except FileError as error:
        print(error.code, error.what)
write_atomic(own / "a", b"mine", mode=0o600, owner="root", group="adm")
print((own / "a").owner())
"""


@needs_root
def test_an_ordinary_user_is_told_what_they_may_not_do() -> None:
    with folder_for_all() as folder:
        place, own = folder / "root", folder / "own"
        own.mkdir()
        os.chown(own, NOBODY, NOBODY)
        place.mkdir(mode=0o755)
        (place / "a").write_bytes(b"old")
        (place / "a").chmod(0o600)
        said = run_python(ORDINARY_USER, str(place), str(own), user=NOBODY).splitlines()
        assert [line.split()[0] for line in said[:5]] == ["local.permission"] * 5
        assert said[5] == "nobody"  # hands nothing over, and fails at nothing
        assert (place / "a").read_bytes() == b"old"


KILLED_WRITER = """
import sys
from pathlib import Path
from console.files import write_atomic
from console.line_file import append_line
place = Path(sys.argv[1])
print("ready", flush=True)
for count in range(10**9):
    write_atomic(place / "whole", b"%09d\\n" % count * 5000, mode=0o600)
    append_line(place / "log", b"%09d" % count * 500, mode=0o600)
"""


def test_a_writer_killed_at_any_instant_tears_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    write_atomic(tmp_path / "whole", b"%09d\n" % 0 * 5000, mode=0o600)
    for _ in range(12):
        child = start_python(KILLED_WRITER, str(tmp_path))
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.close()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(chance.uniform(0.001, 0.05))
        child.kill()
        child.wait()
        content = (tmp_path / "whole").read_bytes()
        assert len(content) == 50_000
        assert content == content[:10] * 5000
        append_line(tmp_path / "log", b"alive", mode=0o600)
        for line in (tmp_path / "log").read_bytes().splitlines():
            assert line == b"alive" or line == line[:9] * (len(line) // 9) + line[: len(line) % 9]
        assert (tmp_path / "log").read_bytes().splitlines()[-1] == b"alive"
    write_atomic(tmp_path / "whole", b"last", mode=0o600)
    assert sorted(os.listdir(tmp_path)) == ["log", "whole"]
