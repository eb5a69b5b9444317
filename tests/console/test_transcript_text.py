"""Transcripts and deliveries as people read them, and as JSON."""

import copy
from typing import Any

import pytest

from console.delivery_json import delivery_of, delivery_values
from console.transcript import Direction, Line, Outcome, Recorder, Stage, Step, Transcript
from console.transcript_json import transcript_of, transcript_values
from console.transcript_text import duration_text, in_order, line_text, render, step_text
from console.verdict import Result
from tests.support.deliveries import BEGAN, made_delivery, made_transcript


def test_stages_and_lines_come_in_their_order() -> None:
    assert render(made_transcript("220 mail.example.com ESMTP", "250 Ok")) == (
        "  0.001  Name look-up  mail.example.com: ok, 12 ms\n"
        "             addresses: 192.0.2.1\n"
        "  0.014  Greeting  mail.example.com: ok, 200 ms\n"
        "  0.015 < 220 mail.example.com ESMTP\n"
        "  0.025 < 250 Ok\n"
    )


def test_each_line_stands_below_its_own_stage_however_near_the_server_is() -> None:
    stages = (Stage.SENDER, Stage.RECIPIENT, Stage.RECIPIENT, Stage.DATA)
    steps = tuple(Step(number, stage, str(number), 0.0112, 0.0) for number, stage in enumerate(stages))
    said = [
        (Stage.SENDER, "MAIL"),
        (Stage.RECIPIENT, "RCPT 1"),
        (Stage.RECIPIENT, "RCPT 2"),
        (Stage.DATA, "DATA"),
    ]
    lines = [
        Line(0.0112, stage, direction, f"{text} {direction}")
        for stage, text in said
        for direction in (Direction.SENT, Direction.RECEIVED)
    ]
    shown = in_order(Transcript(BEGAN, steps, tuple(lines)))
    assert shown == [
        *(steps[0], lines[0], lines[1]),
        *(steps[1], lines[2], lines[3]),
        *(steps[2], lines[4], lines[5]),
        *(steps[3], lines[6], lines[7]),
    ]


def test_stages_without_lines_keep_their_place() -> None:
    steps = (
        Step(0, Stage.DNS, "mail.example.com", 0.0, 0.0, Outcome.OK),
        Step(1, Stage.CONNECT, "192.0.2.1", 0.0, 0.0, Outcome.FAILED),
        Step(2, Stage.CONNECT, "192.0.2.2", 0.0, 0.0, Outcome.OK),
        Step(3, Stage.GREETING, "", 0.0, 0.0, Outcome.OK),
        Step(4, Stage.EHLO, "", 0.2, 0.0, Outcome.CANCELLED),
    )
    line = Line(0.0, Stage.GREETING, Direction.RECEIVED, "220 mail.example.com")
    assert in_order(Transcript(BEGAN, steps, (line,))) == [*steps[:4], line, steps[4]]


def test_what_the_servers_own_lines_say_is_not_said_twice() -> None:
    recorder = Recorder()
    with recorder.step(Stage.DATA) as step:
        recorder.received(b"250 2.0.0 taken")
        step.fact("size", 17)
        step.fact("reply", "250 2.0.0 taken")
    assert render(recorder.transcript()).count("250 2.0.0 taken") == 1
    assert "size: 17" in render(recorder.transcript())
    assert recorder.transcript().steps[0].facts["reply"] == "250 2.0.0 taken"


def test_what_is_not_finished_or_not_kept_is_said() -> None:
    running = Step(0, Stage.CONNECT, "192.0.2.1", 0.5)
    text = render(Transcript(BEGAN, (running,), (), dropped=7))
    assert "Connection  192.0.2.1: running" in text
    assert "7 more lines were not kept" in text
    assert "not finished" in text


def test_one_line_and_one_stage() -> None:
    assert (
        line_text(Line(12.3456, Stage.AUTH, Direction.SENT, "AUTH PLAIN ***")) == " 12.346 > AUTH PLAIN ***"
    )
    step = Step(0, Stage.AUTH, "", 1.0, 2.5, Outcome.FAILED)
    assert step_text(step) == "  1.000  Authentication: failed, 2.5 s"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.0124, "12 ms"), (0.9996, "1.0 s"), (59.94, "59.9 s"), (125.2, "2 min 5 s")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_recorded_transcript_survives_json() -> None:
    recorder = Recorder(clock=iter(range(100)).__next__)
    with recorder.step(Stage.DNS, "mail.example.com") as step:
        step.fact("addresses", "192.0.2.1")
        recorder.received(b"220 \x1b[2J\xff")
    transcript = recorder.transcript()
    assert transcript_of(transcript_values(transcript)) == transcript


@pytest.mark.parametrize("result", list(Result))
def test_a_delivery_survives_json(result: Result) -> None:
    delivery = made_delivery(3, "250 Grüße", result=result)
    assert delivery_of(delivery_values(delivery)) == delivery


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), None),
        (("at",), "2026-11-21T06:00:00"),
        (("at",), 5),
        (("result",), "odd"),
        (("seconds",), float("nan")),
        (("seconds",), True),
        (("size",), -1),
        (("recipients",), {}),
        (("recipients", 0), "a@b.c"),
        (("findings",), [1]),
        (("transcript",), None),
        (("transcript", "lines", 0), [0, "dns", "<"]),
        (("transcript", "lines", 0), [0, "nowhere", "<", "x"]),
        (("transcript", "lines", 0), [0, "dns", "!", "x"]),
        (("transcript", "steps", 0, "facts"), {"a": 1}),
        (("transcript", "steps", 0, "stage"), "nowhere"),
        (("transcript", "dropped"), 1.5),
    ],
)
def test_another_shape_is_refused(path: tuple[Any, ...], value: object) -> None:
    values: Any = copy.deepcopy(delivery_values(made_delivery()))
    place = values
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ValueError):
        delivery_of(values)
