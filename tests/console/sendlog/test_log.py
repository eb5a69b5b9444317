"""The send log: written, paged, searched, found, exported."""

import json
import os
import shutil
import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from console.deadline import Cancellation
from console.errors import CancelledError, FileError
from console.sendlog.log import Entry, Page, Progress, SendLog
from console.sendlog.rotation import ACTIVE, LONGEST_LINE
from console.verdict import Result
from tests.support.children import NOBODY, run_python
from tests.support.deliveries import BEGAN, made_delivery


@pytest.fixture
def log(tmp_path: Path) -> SendLog:
    return SendLog(tmp_path / "log")


def subjects(page: Page) -> list[str]:
    return [entry.subject for entry in page.entries]


def test_what_is_written_comes_back_whole(log: SendLog) -> None:
    delivery = made_delivery(1, "220 Grüße 漢字", result=Result.FAILED)
    log.append(delivery)
    assert log.find(delivery.id) == delivery
    (entry,) = log.page().entries
    assert entry.delivery() == delivery
    assert (entry.id, entry.at, entry.result) == (delivery.id, delivery.at, Result.FAILED)
    assert entry.recipients == ("admin@example.com",)
    assert entry.cause == "Come back later."


def test_an_empty_log_is_no_error(log: SendLog) -> None:
    assert log.page() == Page((), None)
    assert log.search("x") == Page((), None)
    assert log.find("20261121T061900-4f2a9c") is None
    assert log.summary().newest is None


def test_newest_come_first_page_by_page(log: SendLog) -> None:
    for number in range(7):
        log.append(made_delivery(number))
    first = log.page(limit=3)
    second = log.page(first.older, limit=3)
    third = log.page(second.older, limit=3)
    assert [subjects(page) for page in (first, second, third)] == [
        ["Report 6", "Report 5", "Report 4"],
        ["Report 3", "Report 2", "Report 1"],
        ["Report 0"],
    ]
    assert third.older is None


def test_a_page_holds_one_result_alone(log: SendLog) -> None:
    for number in range(6):
        log.append(made_delivery(number, result=Result.FAILED if number % 3 == 0 else Result.ACCEPTED))
    assert subjects(log.page(result=Result.FAILED)) == ["Report 3", "Report 0"]
    assert subjects(log.search("report", result=Result.FAILED, limit=1)) == ["Report 3"]


def test_a_result_named_in_a_text_is_not_that_result(log: SendLog) -> None:
    log.append(made_delivery(0, '"result":"failed"'))
    assert log.page(result=Result.FAILED).entries == ()


def test_small_letters_find_any_case_and_capitals_exactly(log: SendLog) -> None:
    log.append(made_delivery(0, "250 Queued as 4Zx"))
    log.append(made_delivery(1, "250 queued as 5Yw"))
    assert subjects(log.search("queued as")) == ["Report 1", "Report 0"]
    assert subjects(log.search("Queued")) == ["Report 0"]
    assert subjects(log.search("QUEUED")) == []


@pytest.mark.parametrize("text", ['say "hi"', "back\\slash", "Grüße", "漢字", "[red]", "\\x1b[2J"])
def test_whatever_the_lines_say_is_found(log: SendLog, text: str) -> None:
    log.append(made_delivery(0, f"before {text} after"))
    log.append(made_delivery(1, "something else"))
    assert subjects(log.search(text)) == ["Report 0"]


@pytest.mark.parametrize("name", ["stage", "ip", "transcript", "seconds", "findings", "ddre"])
def test_names_of_fields_are_not_found(log: SendLog, name: str) -> None:
    log.append(made_delivery(0, "nothing"))
    log.append(made_delivery(1, f"the {name} of it"))
    assert subjects(log.search(name)) == ["Report 1"]


def test_one_mail_is_found_once_however_often_it_says_it(log: SendLog) -> None:
    log.append(made_delivery(0, "twice", "twice", "twice"))
    assert len(log.search("twice").entries) == 1


def test_search_tells_how_far_it_has_come(log: SendLog) -> None:
    for number in range(40):
        log.append(made_delivery(number, *["x" * 1000] * 100))
    events = list(log.walk("report 0"))
    (entry,) = [event for event in events if isinstance(event, Entry)]
    steps = [event for event in events if isinstance(event, Progress)]
    assert entry.subject == "Report 0"
    assert len(steps) > 3
    assert [step.searched for step in steps] == sorted(step.searched for step in steps)
    assert steps[-1].searched == steps[-1].total == (log.folder / ACTIVE).stat().st_size


def test_search_stops_when_cancelled(log: SendLog) -> None:
    log.append(made_delivery(0))
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(CancelledError):
        log.search("nothing", cancellation=cancellation)


def test_a_torn_last_line_costs_nothing(log: SendLog) -> None:
    log.append(made_delivery(0))
    file = log.folder / ACTIVE
    with file.open("ab") as torn:
        torn.write(b'{"id":"20261121T060500-ffffff","at":"2026-11-2')
    assert subjects(log.page()) == ["Report 0"]
    log.append(made_delivery(1))
    page = log.page()
    assert subjects(page) == ["Report 1", "Report 0"]
    assert page.skipped == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"id":1}',
        b"\x00\xff\xfe",
        b"[" * 100_000,
        b"9" * 10_000,
        b'{"id":"a","at":"never","result":"accepted"}',
        b'{"id":"a","at":"2026-11-21T06:00:00+00:00","result":"odd"}',
    ],
)
def test_lines_that_are_not_ours_are_passed_over_and_counted(log: SendLog, garbage: bytes) -> None:
    log.append(made_delivery(0))
    with (log.folder / ACTIVE).open("ab") as file:
        file.write(garbage + b"\n")
    log.append(made_delivery(1))
    page = log.page()
    assert subjects(page) == ["Report 1", "Report 0"]
    assert page.skipped == 1


def test_a_huge_line_is_passed_over(log: SendLog) -> None:
    log.append(made_delivery(0))
    with (log.folder / ACTIVE).open("ab") as file:
        file.write(b'{"id":"' + b"x" * (LONGEST_LINE + 10) + b'"}\n')
    log.append(made_delivery(1))
    page = log.page()
    assert subjects(page) == ["Report 1", "Report 0"]
    assert page.skipped == 1
    assert log.find(made_delivery(5).id) is None


def test_a_long_line_of_ours_is_read(log: SendLog) -> None:
    delivery = made_delivery(0, *["y" * 1000] * 1900)
    log.append(delivery)
    log.append(made_delivery(1))
    assert (log.folder / ACTIVE).stat().st_size > 1 << 20
    assert log.find(delivery.id) == delivery
    assert subjects(log.search("yyyy")) == ["Report 0"]


@pytest.mark.parametrize("count", [1990, 20_000])
def test_of_a_flood_beginning_and_end_are_kept(log: SendLog, count: int) -> None:
    texts = [f"{number} " + "漢" * 990 for number in range(count)]
    delivery = made_delivery(0, *texts)
    log.append(delivery)
    assert (log.folder / ACTIVE).stat().st_size < LONGEST_LINE
    found = log.find(delivery.id)
    assert found is not None
    lines = found.transcript.lines
    assert (lines[0].text[:4], lines[-1].text[:4]) == ("0 漢漢", str(count - 1)[:4])
    assert len(lines) + found.transcript.dropped == count


def test_what_a_stranger_wrote_comes_back_printable(log: SendLog) -> None:
    log.append(made_delivery(0))
    file = log.folder / ACTIVE
    values = json.loads(file.read_bytes())
    values["subject"] = "\x1b[2J\u202e\ud800 red"
    values["transcript"]["lines"][0][3] = "\x1b]52;c;aGk=\x07"
    file.write_text(json.dumps(values) + "\n", encoding="ascii")
    (entry,) = log.page().entries
    assert entry.subject == "\\x1b[2J\\u202e\\ud800 red"
    assert entry.delivery().transcript.lines[0].text == "\\x1b]52;c;aGk=\\x07"


def test_one_line_is_one_mail_for_ordinary_tools(log: SendLog) -> None:
    for number in range(3):
        log.append(made_delivery(number, "Grüße", result=Result.FAILED))
    text = (log.folder / ACTIVE).read_text(encoding="utf-8")
    assert len(text.splitlines()) == 3
    assert text.startswith(f'{{"id":"{BEGAN:%Y%m%d}T0600')
    assert list(json.loads(text.splitlines()[0]))[:3] == ["id", "at", "result"]
    found = subprocess.run(["grep", "-c", "Grüße", log.folder / ACTIVE], capture_output=True, text=True)
    assert found.stdout == "3\n"


def test_only_root_and_the_group_may_read_it(log: SendLog) -> None:
    log.append(made_delivery(0))
    assert stat.S_IMODE(log.folder.stat().st_mode) == 0o750
    assert stat.S_IMODE((log.folder / ACTIVE).stat().st_mode) == 0o640


def test_rights_and_folder_are_put_right_at_each_line(log: SendLog) -> None:
    log.append(made_delivery(0))
    log.folder.chmod(0o777)
    log.append(made_delivery(1))
    assert stat.S_IMODE(log.folder.stat().st_mode) == 0o750
    shutil.rmtree(log.folder)
    log.append(made_delivery(2))
    assert len(log.page().entries) == 1


def test_without_the_group_it_is_written_all_the_same(tmp_path: Path) -> None:
    log = SendLog(tmp_path / "log", group="no-such-group")
    log.append(made_delivery(0))
    assert (log.folder / ACTIVE).stat().st_gid == os.getgid()


@pytest.mark.skipif(os.geteuid() != 0, reason="changing the user needs root")
def test_a_user_who_may_not_read_it_is_told_so(log: SendLog) -> None:
    log.append(made_delivery(0))
    log.folder.parent.chmod(0o755)
    for parent in log.folder.parents:
        if parent.stat().st_uid == 0 and parent != Path("/tmp"):
            parent.chmod(parent.stat().st_mode | 0o011)
    program = (
        "import sys; from pathlib import Path; from console.errors import FileError\n"
        "from console.sendlog.log import SendLog\n"
        "try: SendLog(Path(sys.argv[1])).page()\n"
        "except FileError as error: print(error.code)\n"
    )
    assert run_python(program, str(log.folder), user=NOBODY) == "local.permission\n"


def test_a_full_disk_leaves_nothing_behind(log: SendLog) -> None:
    log.append(made_delivery(0))
    before = (log.folder / ACTIVE).read_bytes()
    program = (
        "import sys; from pathlib import Path; from console.errors import FileError\n"
        "from console.sendlog.log import SendLog; from tests.support.deliveries import made_delivery\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try: SendLog(Path(sys.argv[1])).append(made_delivery(1))\n"
        "except FileError as error: print(error.code)\n"
    )
    assert run_python(program, str(log.folder), limit=len(before) + 200) == "local.disk-full\n"
    assert (log.folder / ACTIVE).read_bytes() == before


def test_the_summary_looks_at_the_last_hundred(log: SendLog) -> None:
    for number in range(105):
        log.append(made_delivery(number, result=Result.FAILED if number in (0, 50, 104) else Result.ACCEPTED))
    summary = log.summary()
    assert summary.newest is not None
    assert (summary.newest.subject, summary.mails, summary.failed, summary.is_capped) == (
        "Report 104",
        100,
        2,
        True,
    )


def test_an_export_has_all_a_person_needs_and_can_hide_addresses(log: SendLog) -> None:
    delivery = made_delivery(0, "250 for admin@example.com and bob@example.org", result=Result.FAILED)
    log.append(delivery)
    text = log.export(delivery.id)
    for part in (
        delivery.id,
        "failed",
        "Come back later.",
        "Fix (it passes by itself):",
        "1. Wait.",
        "Name look-up",
        "admin@example.com",
    ):
        assert part in text
    masked = log.export(delivery.id, mask_addresses=True)
    assert "admin@" not in masked
    assert "bob@" not in masked
    assert masked.count("user2@domain1.example") == 2
    with pytest.raises(FileError, match="no mail"):
        log.export("20200101T000000-000000")


def test_an_entry_removed_meanwhile_is_told(log: SendLog) -> None:
    log.append(made_delivery(0))
    (entry,) = log.page().entries
    (log.folder / ACTIVE).unlink()
    with pytest.raises(FileError, match="no longer"):
        entry.delivery()
    assert log.page(entry.position) == Page((), None)


def test_a_log_that_is_no_file_blocks_nobody(log: SendLog) -> None:
    log.folder.mkdir()
    os.mkfifo(log.folder / ACTIVE)
    assert log.page().entries == ()
    with pytest.raises(FileError):
        log.append(made_delivery(0))


def test_time_zones_are_kept_apart(log: SendLog) -> None:
    log.append(made_delivery(0, at=BEGAN + timedelta(days=1)))
    (entry,) = log.page().entries
    assert entry.at == BEGAN + timedelta(days=1)
    assert entry.at.utcoffset() == timedelta(0)
