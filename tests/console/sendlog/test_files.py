"""The files of the log: closed, numbered, removed, and read while all that happens."""

import json
import os
import random
import signal
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.sendlog.files import opened
from console.sendlog.log import Entry, Page, SendLog
from console.sendlog.rotation import ACTIVE, Limits, Rotation
from tests.support.children import start_python
from tests.support.deliveries import BEGAN, made_delivery


def names(log: SendLog) -> list[str]:
    return sorted(os.listdir(log.folder))


def all_subjects(log: SendLog) -> list[str]:
    return [event.subject for event in log.walk() if isinstance(event, Entry)]


def test_a_large_file_is_closed_and_numbered(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log", limits=Limits(size=3000))
    for number in range(10):
        log.append(made_delivery(number, at=datetime.now(UTC)))
    assert names(log) == ["mail.log-00001.jsonl", "mail.log-00002.jsonl", "mail.log.jsonl"]
    assert all_subjects(log) == [f"Report {number}" for number in reversed(range(10))]


def test_the_oldest_files_are_removed(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log", limits=Limits(size=1, files=3))
    for number in range(8):
        log.append(made_delivery(number, at=datetime.now(UTC)))
    assert names(log) == ["mail.log-00006.jsonl", "mail.log-00007.jsonl", "mail.log.jsonl"]
    assert all_subjects(log) == ["Report 7", "Report 6", "Report 5"]


def test_old_files_are_removed_and_a_quiet_file_is_closed(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log")
    now = BEGAN.timestamp()
    log.append(made_delivery(0, at=BEGAN - timedelta(days=49)))
    Rotation(log.folder, Limits()).close_if_due(now)
    assert names(log) == [ACTIVE]
    Rotation(log.folder, Limits()).close_if_due(now + 2 * 86400)
    assert names(log) == ["mail.log-00001.jsonl"]
    os.utime(log.folder / "mail.log-00001.jsonl", (now, now))
    log.append(made_delivery(1, at=BEGAN))
    Rotation(log.folder, Limits()).close_if_due(now + 401 * 86400)
    assert names(log) == ["mail.log-00002.jsonl"]


def test_one_writer_closes_a_file_that_grows_old_and_one_that_grows_large_under_its_hands(
    tmp_path: Path,
) -> None:
    log = SendLog(tmp_path / "log")
    began = BEGAN.timestamp()
    log.append(made_delivery(0, at=BEGAN))
    rotation = Rotation(log.folder, Limits(size=20_000))
    rotation.close_if_due(began + 49 * 86400)
    assert names(log) == [ACTIVE]
    rotation.close_if_due(began + 51 * 86400)
    assert names(log) == ["mail.log-00001.jsonl"]
    log.append(made_delivery(1, at=BEGAN))
    rotation.close_if_due(began)
    with (log.folder / ACTIVE).open("ab") as grown:  # by another process
        grown.write(b"x" * 20_000)
    rotation.close_if_due(began)
    assert ACTIVE not in names(log)


def test_a_log_kept_open_goes_on_in_the_new_file_when_the_old_one_is_closed(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log")
    with log.kept_open() as append:
        append(made_delivery(0, at=datetime.now(UTC)))
        log.append(made_delivery(1, at=datetime.now(UTC)))  # another writer
        Rotation(log.folder, Limits(size=1)).close_if_due()
        append(made_delivery(2, at=datetime.now(UTC)))
        (log.folder / ACTIVE).unlink()
        append(made_delivery(3, at=datetime.now(UTC)))
    assert all_subjects(log) == ["Report 3", "Report 1", "Report 0"]
    assert stat.S_IMODE((log.folder / ACTIVE).stat().st_mode) == 0o640


def test_a_log_kept_open_ends_the_line_that_another_writer_tore(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log")
    with log.kept_open() as append:
        append(made_delivery(0, at=datetime.now(UTC)))
        with (log.folder / ACTIVE).open("ab") as torn:
            torn.write(b'{"id":')
        append(made_delivery(1, at=datetime.now(UTC)))
        descriptors = os.listdir("/proc/self/fd")
    assert all_subjects(log) == ["Report 1", "Report 0"]
    assert len(os.listdir("/proc/self/fd")) < len(descriptors)


def test_a_clock_that_jumps_back_mixes_nothing_up(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log", limits=Limits(size=1))
    for number, days in enumerate((0, -400, -800, 10)):
        log.append(made_delivery(number, at=datetime.now(UTC) + timedelta(days=days)))
    assert all_subjects(log) == ["Report 3", "Report 2", "Report 1", "Report 0"]


def test_a_page_goes_on_where_it_was_though_its_file_was_closed(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log")
    for number in range(4):
        log.append(made_delivery(number, at=datetime.now(UTC)))
    first = log.page(limit=2)
    Rotation(log.folder, Limits(size=1)).close_if_due()
    log.append(made_delivery(9, at=datetime.now(UTC)))
    second = log.page(first.older, limit=2)
    assert [entry.subject for entry in second.entries] == ["Report 1", "Report 0"]
    assert first.entries[0].delivery().subject == "Report 3"


def test_a_page_of_a_removed_file_is_the_end(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log", limits=Limits(size=1, files=2))
    log.append(made_delivery(0, at=datetime.now(UTC)))
    older = log.page(limit=1).older
    for number in range(3):
        log.append(made_delivery(number, at=datetime.now(UTC)))
    assert log.page(older) == Page((), None)


def test_files_stay_readable_while_they_are_removed(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log")
    for number in range(5):
        log.append(made_delivery(number))
    walk = log.walk()
    assert isinstance(first := next(walk), Entry)
    (log.folder / ACTIVE).unlink()
    rest = [event.subject for event in walk if isinstance(event, Entry)]
    assert [first.subject, *rest] == [f"Report {number}" for number in reversed(range(5))]


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log", limits=Limits(size=1, files=1))
    log.append(made_delivery(0, at=datetime.now(UTC)))
    kept = {"mail.log-1.jsonl", "mail.log-00001.jsonl.gz", "notes.txt", "mail.log-99999999999999999.jsonl"}
    for name in kept:
        (log.folder / name).write_text("mine")
    for number in range(3):
        log.append(made_delivery(number, at=datetime.now(UTC)))
    assert kept <= set(names(log))


def test_every_file_is_closed_again(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log", limits=Limits(size=1))
    for number in range(4):
        log.append(made_delivery(number, at=datetime.now(UTC)))
    before = len(os.listdir("/proc/self/fd"))
    with opened(log.folder) as files:
        assert len(files) == 4
    log.page(limit=1)
    log.summary()
    next(log.walk())
    assert len(os.listdir("/proc/self/fd")) == before


WRITER = """
import itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from console.sendlog.log import SendLog
from console.sendlog.rotation import Limits
from tests.support.deliveries import made_delivery
folder, size, name = sys.argv[1:]
log = SendLog(Path(folder), limits=Limits(size=int(size), files=10000))
for number in itertools.count():
    texts = "x" * (number % 7 * 300)
    log.append(made_delivery(number, texts, subject=f"{name}-{number}", at=datetime.now(UTC)))
    print(number, flush=True)
"""


def rest_of(writer: "subprocess.Popen[bytes]") -> bytes:
    """Return what a killed writer had still said; `communicate` would lose what the pipe's buffer holds."""
    assert writer.stdout is not None
    with writer, writer.stdout:
        return writer.stdout.read()


def run_and_kill(log: SendLog, names: list[str], size: int, chance: random.Random) -> dict[str, int]:
    """Let writers write at once, read meanwhile, kill them; return the last number each had written."""
    writers = {name: start_python(WRITER, str(log.folder), str(size), name) for name in names}
    written: dict[str, int] = {}
    try:
        for name, writer in writers.items():
            assert writer.stdout is not None
            # Killed between two lines of its output, in the middle of whatever comes next.
            for _ in range(chance.randrange(20, 60)):
                written[name] = int(writer.stdout.readline())
                log.page(limit=3)
    finally:
        for writer in writers.values():
            writer.send_signal(signal.SIGKILL)
        rests = {name: rest_of(writer) for name, writer in writers.items()}
    for name, rest in rests.items():
        whole = [int(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
        written[name] = max([written[name], *whole])
    return written


@pytest.mark.parametrize("size", [20_000, 16 << 20])
def test_writers_killed_at_any_instant_lose_nothing_they_had_written(tmp_path: Path, size: int) -> None:
    log = SendLog(tmp_path / "log")
    chance = random.Random(4)
    written: dict[str, int] = {}
    for turn in range(3):
        written |= run_and_kill(log, [f"{turn}{one}" for one in "abc"], size, chance)
    found = all_subjects(log)
    expected = {f"{name}-{number}" for name, last in written.items() for number in range(last + 1)}
    assert len(set(found)) == len(found)
    assert expected <= set(found)
    # At most one more a writer: written, and killed before it could say so.
    assert len(set(found) - expected) <= len(written)
    # The system may end a write between two pages when its writer is killed: at most one torn line a writer,
    # which is passed over, and never joined to another's.
    lines = [line for file in log.folder.iterdir() for line in file.read_bytes().splitlines()]
    torn = [line for line in lines if not _is_whole(line)]
    assert len(torn) <= len(written)
    assert log.page(limit=100_000).skipped <= len(torn)
    assert all(line.count(b'{"id":') <= 1 for line in lines)


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
