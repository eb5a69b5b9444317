"""The log from its beginning: the same entries as from its end, the other way round, at once."""

import time
from pathlib import Path

import pytest

from console.deadline import Cancellation
from console.errors import CancelledError
from console.sendlog.forward import walk_forward
from console.sendlog.log import Entry, Progress, SendLog
from console.sendlog.rotation import Limits
from console.verdict import Result
from tests.support.deliveries import made_delivery


def filled(folder: Path, count: int = 120) -> SendLog:
    """Return a log of several files, every seventh mail failed, some with long lines."""
    log = SendLog(folder, limits=Limits(size=150_000, files=100))
    for number in range(count):
        texts = [f"line {number} " + "x" * 200] * (60 if number % 10 == 0 else 5)
        result = Result.FAILED if number % 7 == 0 else Result.ACCEPTED
        log.append(made_delivery(number, *texts, result=result))
    return log


def ids(events: object) -> list[str]:
    return [event.id for event in events if isinstance(event, Entry)]  # type: ignore[attr-defined]


def test_it_is_the_other_walk_turned_round(tmp_path: Path) -> None:
    log = filled(tmp_path)
    assert len(list(tmp_path.glob("*.jsonl"))) > 2
    backward = ids(log.walk())
    assert len(backward) == 120
    assert ids(walk_forward(log)) == backward[::-1]
    assert ids(walk_forward(log, result=Result.FAILED)) == ids(log.walk(result=Result.FAILED))[::-1]


@pytest.mark.parametrize("rank", [0, 1, 50, 118, 119])
def test_it_goes_on_from_any_entry(tmp_path: Path, rank: int) -> None:
    log = filled(tmp_path)
    entries = [event for event in log.walk() if isinstance(event, Entry)]
    newer = [entry.id for entry in entries[:rank]][::-1]
    assert ids(walk_forward(log, after=entries[rank].position)) == newer


def test_an_empty_log_has_nothing(tmp_path: Path) -> None:
    assert list(walk_forward(SendLog(tmp_path / "none"))) == []


def test_an_entry_that_was_removed_meanwhile_ends_it(tmp_path: Path) -> None:
    log = filled(tmp_path / "one", 3)
    entry = next(event for event in filled(tmp_path / "two", 3).walk() if isinstance(event, Entry))
    assert ids(walk_forward(log, after=entry.position)) == []


def test_it_tells_how_far_it_has_come_and_stops(tmp_path: Path) -> None:
    log = filled(tmp_path)
    progress = [event for event in walk_forward(log) if isinstance(event, Progress)]
    assert progress[-1].searched == progress[-1].total == sum(f.stat().st_size for f in tmp_path.iterdir())
    cancellation = Cancellation()
    walk = walk_forward(log, cancellation=cancellation)
    next(walk)
    cancellation.cancel()
    with pytest.raises(CancelledError):
        list(walk)


def test_a_line_longer_than_a_block_is_read_whole(tmp_path: Path) -> None:
    log = SendLog(tmp_path)
    log.append(made_delivery(1))
    log.append(made_delivery(2, *["y" * 900] * 1500))
    log.append(made_delivery(3))
    assert ids(walk_forward(log)) == ids(log.walk())[::-1]
    assert len(ids(walk_forward(log))) == 3


def test_the_beginning_comes_at_once_however_long_the_log_is(tmp_path: Path) -> None:
    log = SendLog(tmp_path)
    log.append(made_delivery(0))
    with (tmp_path / "mail.log.jsonl").open("r+b") as file:
        line = file.read()
        file.write(line * (200_000_000 // len(line)))
    began = time.perf_counter()
    first = next(walk_forward(log))
    assert isinstance(first, Entry)
    assert first.position.offset == 0
    assert time.perf_counter() - began < 0.1
