"""Transcripts: every stage and line timed, bounded, printable, and clean of every known secret."""

import base64
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import CancelledError
from console.secret import Secret
from console.transcript import LINES_KEPT, Direction, Event, Line, Outcome, Recorder, Stage, Step


class Clock:
    """A clock that ticks a quarter of a second a look."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


def test_steps_are_timed_and_end_as_their_block_ends() -> None:
    recorder = Recorder(clock=Clock())
    with recorder.step(Stage.DNS, "mail.example.com") as step:
        step.fact("addresses", "192.0.2.1")
    with pytest.raises(OSError, match="refused"), recorder.step(Stage.CONNECT):
        raise OSError("refused")
    with pytest.raises(CancelledError), recorder.step(Stage.TLS):
        raise CancelledError
    with recorder.step(Stage.RECIPIENT, "a@b.example") as step:
        step.end(Outcome.WARNING)
    steps = recorder.transcript().steps
    assert [one.outcome for one in steps] == [Outcome.OK, Outcome.FAILED, Outcome.CANCELLED, Outcome.WARNING]
    assert [one.number for one in steps] == [0, 1, 2, 3]
    assert steps[0].facts == {"addresses": "192.0.2.1"}
    assert all(one.duration is not None and one.duration > 0 for one in steps)
    assert [one.at for one in steps] == sorted(one.at for one in steps)


def test_lines_belong_to_the_stage_one_is_in() -> None:
    recorder = Recorder()
    recorder.note("before")
    with recorder.step(Stage.EHLO):
        recorder.sent("EHLO a")
        recorder.received(b"250 b\r\n")
    assert [(one.stage, one.direction, one.text) for one in recorder.transcript().lines] == [
        (Stage.LOCAL, Direction.NOTE, "before"),
        (Stage.EHLO, Direction.SENT, "EHLO a"),
        (Stage.EHLO, Direction.RECEIVED, "250 b"),
    ]


def test_a_subscriber_sees_all_as_it_comes() -> None:
    recorder = Recorder()
    seen: list[Event] = []
    recorder.subscribe(seen.append)
    with recorder.step(Stage.AUTH, "PLAIN") as step:
        recorder.sent("AUTH PLAIN ***")
        step.fact("user", "a")
    assert [type(one) for one in seen] == [Step, Line, Step, Step]
    assert isinstance(seen[-1], Step)
    assert seen[-1].outcome is Outcome.OK
    assert seen[-1] == recorder.transcript().steps[0]


def test_what_the_other_side_echoes_is_clean_of_secrets() -> None:
    recorder = Recorder()
    recorder.conceal(Secret("canary-pass-word"))
    blob = base64.b64encode(b"\0alerts@example.com\0canary-pass-word").decode()
    with recorder.step(Stage.AUTH, "canary-pass-word") as step:
        recorder.received(f"535 bad canary-pass-word {blob}".encode())
        recorder.sent("canary-pass-word")
        recorder.note("canary-pass-word")
        step.fact("said", "canary-pass-word")
    assert "canary" not in repr(recorder.transcript())
    assert "Y2FuYXJ5" not in repr(recorder.transcript())
    # Read at each of base64's three alignments, no run of the secret is left.
    for line in recorder.transcript().lines:
        assert blob[len(blob) // 2 :] not in line.text


@given(st.binary(max_size=200), st.integers(0, 1200))
def test_a_secret_survives_no_cut_and_no_spelling(noise: bytes, before: int) -> None:
    recorder = Recorder()
    recorder.conceal(Secret("canary\u00fcwith\x1bescape"))
    recorder.received(b"x" * before + "canary\u00fcwith\x1bescape".encode() + noise)
    recorder.received(noise)
    text = recorder.transcript().lines[0].text
    assert "canary" not in text
    assert "escape" not in text


@pytest.mark.parametrize("before", [0, 985, 990, 994, 998, 999, 1000])
def test_a_secret_is_taken_out_before_the_line_is_cut(before: int) -> None:
    recorder = Recorder()
    recorder.conceal(Secret("canary-17"))
    recorder.received(b"x" * before + b"canary-17" + b"y" * 300)
    assert "can" not in recorder.transcript().lines[0].text


def test_hostile_lines_are_printable_and_bounded() -> None:
    recorder = Recorder()
    recorder.received(b"250 \x1b]52;c;ZXZpbA==\x07" + b"A" * 100_000)
    (line,) = recorder.transcript().lines
    assert "\x1b" not in line.text
    assert len(line.text) < 1100


def test_a_flood_is_counted_and_not_kept() -> None:
    recorder = Recorder()
    for _ in range(LINES_KEPT + 7):
        recorder.received(b"250-more")
    transcript = recorder.transcript()
    assert len(transcript.lines) == LINES_KEPT
    assert transcript.dropped == 7


def test_a_transcript_stays_as_it_was_taken() -> None:
    recorder = Recorder()
    recorder.note("one")
    taken = recorder.transcript()
    recorder.note("two")
    assert [one.text for one in taken.lines] == ["one"]
    assert taken.started.tzinfo is not None


def test_threads_record_side_by_side() -> None:
    recorder = Recorder()

    def record() -> None:
        for _ in range(100):
            with recorder.step(Stage.CONNECT):
                recorder.note("x")

    threads = [threading.Thread(target=record) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    transcript = recorder.transcript()
    assert [one.number for one in transcript.steps] == list(range(400))
    assert len(transcript.lines) == 400
    assert all(one.outcome is Outcome.OK for one in transcript.steps)


def test_what_is_held_is_timed_at_once_and_written_down_later() -> None:
    recorder = Recorder(clock=Clock())
    seen: list[Event] = []
    recorder.subscribe(seen.append)
    with recorder.held():
        with recorder.step(Stage.SENDER, "a@b.example") as step:
            recorder.sent("MAIL FROM:<a@b.example>")
            step.fact("reply", "250 fine")
        assert seen == []
        before = recorder.elapsed()
        recorder.catch_up()
        assert [type(one) for one in seen] == [Step, Line, Step, Step]
        recorder.note("later")
    assert len(seen) == 4
    transcript = recorder.transcript()
    assert len(seen) == 5
    assert [one.text for one in transcript.lines] == ["MAIL FROM:<a@b.example>", "later"]
    assert transcript.steps == (seen[3],)
    first = seen[0]
    assert isinstance(first, Step)
    assert (first.outcome, first.facts) == (Outcome.RUNNING, {})
    assert transcript.lines[0].at < before < transcript.lines[1].at


def test_what_was_held_comes_before_what_is_recorded_afterwards() -> None:
    recorder = Recorder()
    with pytest.raises(OSError, match="gone"), recorder.held():
        recorder.note("one")
        raise OSError("gone")
    recorder.note("two")
    assert [one.text for one in recorder.transcript().lines] == ["one", "two"]
