"""Checks run side by side: all end in time, one that fails or hangs takes nothing down with it."""

import threading
import time
from pathlib import Path

import pytest

from console.checks.model import Check, Subject, Verdict, failed, ok, warning
from console.checks.runner import chosen, run_checks, worst
from console.checks.table import CHECKS
from console.deadline import Cancellation, Deadline
from console.engine import open_engine
from console.errors import FileError, UsageError
from console.grade import Grade


def check(name: str, run: object, *, needs_settings: bool = False) -> Check:
    return Check(name, name.title(), run, needs_settings)  # type: ignore[arg-type]


def well(_subject: Subject, _deadline: Deadline) -> Verdict:
    return ok("fine")


def broken(_subject: Subject, _deadline: Deadline) -> Verdict:
    raise ValueError("planted-secret")


def told(_subject: Subject, _deadline: Deadline) -> Verdict:
    raise FileError("It cannot be read.", "Run it as root.")


def test_each_result_comes_and_the_worst_counts(root: Path) -> None:
    checks = [
        check("well", well),
        check("warned", lambda *_: warning("hm")),
        check("bad", lambda *_: failed("no")),
    ]
    results = list(run_checks(open_engine(root), checks))
    assert {one.name: one.grade for one in results} == {
        "well": Grade.OK,
        "warned": Grade.WARNING,
        "bad": Grade.FAILED,
    }
    assert worst(results) is Grade.FAILED
    assert worst([]) is Grade.NOT_APPLICABLE


def test_an_error_is_a_verdict_and_shows_no_value(root: Path) -> None:
    results = {one.name: one for one in run_checks(open_engine(root), [check("a", broken), check("b", told)])}
    assert results["a"].grade is Grade.FAILED
    assert "ValueError" in results["a"].found
    assert "planted-secret" not in results["a"].found
    assert (results["b"].found, results["b"].fix) == ("It cannot be read.", "Run it as root.")


def test_a_check_that_hangs_holds_nobody(root: Path) -> None:
    release = threading.Event()

    def hanging(_subject: Subject, _deadline: Deadline) -> Verdict:
        release.wait(30)
        return ok("late")

    began = time.monotonic()
    results = list(run_checks(open_engine(root), [check("slow", hanging), check("quick", well)], seconds=0.5))
    release.set()
    assert time.monotonic() - began < 5
    assert [one.name for one in results] == ["quick", "slow"], "what is there comes first"
    assert results[1].grade is Grade.FAILED
    assert "0.5 s" in results[1].found


def test_a_check_is_told_when_its_time_is_up(root: Path) -> None:
    def patient(_subject: Subject, deadline: Deadline) -> Verdict:
        deadline.sleep(60)
        return ok("late")

    (result,) = run_checks(open_engine(root), [check("patient", patient)], seconds=0.3)
    assert result.grade is Grade.FAILED


def test_cancelling_ends_all_at_once(root: Path) -> None:
    cancellation = Cancellation()

    def patient(_subject: Subject, deadline: Deadline) -> Verdict:
        cancellation.cancel()
        deadline.sleep(60)
        return ok("late")

    began = time.monotonic()
    assert list(run_checks(open_engine(root), [check("patient", patient)], cancellation)) == []
    assert time.monotonic() - began < 5


def test_bad_settings_are_told_once(root: Path) -> None:
    engine = open_engine(root)
    engine.paths.settings.parent.mkdir(parents=True)
    engine.paths.settings.write_text("version: 1\nsmtp:\n  prot: 25\n")
    results = {one.name: one for one in run_checks(engine, CHECKS)}
    assert results["settings"].grade is Grade.FAILED
    assert results["names"].grade is Grade.NOT_APPLICABLE
    assert set(results) == {one.name for one in CHECKS}


def test_names_are_chosen_with_a_hint() -> None:
    assert [one.name for one in chosen(CHECKS, ["clock"])] == ["clock"]
    assert chosen(CHECKS, []) == CHECKS
    with pytest.raises(UsageError, match="Meant clock"):
        chosen(CHECKS, ["clok"])
