"""A transcript as JSON values and back, for the send log and for ``--json``.

Shape (field order is part of it)::

    {"started": "2026-11-21T06:19:00.123456+00:00",
     "steps": [{"stage": "dns", "subject": "mail.example.com", "at": 0.001, "seconds": 0.012,
                "outcome": "ok", "facts": {"addresses": "192.0.2.1"}}],
     "lines": [[0.034, "greeting", "<", "220 mail.example.com ESMTP"]],
     "dropped": 0}
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from console.annotations import Any, Final
from console.text import one_line
from console.transcript import LINES_KEPT, Direction, Line, Outcome, Stage, Step, Transcript

TEXT_LIMIT: Final = 1200
"""Characters read back of one text: a full line and the note that says how much was cut."""


def transcript_values(transcript: Transcript) -> dict[str, Any]:
    """Return `transcript` as JSON values."""
    return {
        "started": transcript.started.isoformat(),
        "steps": [_step_values(step) for step in transcript.steps],
        "lines": [
            [round(line.at, 4), str(line.stage), str(line.direction), line.text] for line in transcript.lines
        ],
        "dropped": transcript.dropped,
    }


def transcript_of(values: object) -> Transcript:
    """Return the transcript that `transcript_values` made `values` of.

    What was written is outside content by the time it is read again: every text is bounded and made
    printable once more.

    Raises:
        ValueError: The shape is another.
    """
    record = mapping(values)
    lines = listing(record.get("lines"))
    return Transcript(
        started=moment(record.get("started")),
        steps=tuple(_step_of(number, step) for number, step in enumerate(listing(record.get("steps")))),
        lines=tuple(_line_of(line) for line in lines[:LINES_KEPT]),
        dropped=whole(record.get("dropped")) + max(0, len(lines) - LINES_KEPT),
    )


def _step_values(step: Step) -> dict[str, Any]:
    return {
        "stage": str(step.stage),
        "subject": step.subject,
        "at": round(step.at, 4),
        "seconds": None if step.duration is None else round(step.duration, 4),
        "outcome": str(step.outcome),
        "facts": dict(step.facts),
    }


def _step_of(number: int, values: object) -> Step:
    record = mapping(values)
    seconds = record.get("seconds")
    return Step(
        number=number,
        stage=Stage(text(record.get("stage"))),
        subject=text(record.get("subject")),
        at=number_of(record.get("at")),
        duration=None if seconds is None else number_of(seconds),
        outcome=Outcome(text(record.get("outcome"))),
        facts={text(name): text(value) for name, value in mapping(record.get("facts")).items()},
    )


def _line_of(values: object) -> Line:
    fields = listing(values)
    if len(fields) != 4:
        raise ValueError("a line of a transcript has four fields")
    return Line(number_of(fields[0]), Stage(fields[1]), Direction(fields[2]), text(fields[3]))


def mapping(value: object) -> Mapping[str, Any]:
    """Return `value`, a JSON object; ValueError when it is none."""
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a bad shape is a bad value here
    return value


def listing(value: object) -> list[Any]:
    """Return `value`, a JSON array; ValueError when it is none."""
    if not isinstance(value, list):
        raise ValueError("not an array")  # noqa: TRY004 - a bad shape is a bad value here
    return value


def text(value: object) -> str:
    """Return `value`, a JSON string, as one printable line; ValueError when it is none."""
    if not isinstance(value, str):
        raise ValueError("not a text")  # noqa: TRY004 - a bad shape is a bad value here
    return one_line(value, TEXT_LIMIT)


def number_of(value: object) -> float:
    """Return `value`, a finite JSON number; ValueError when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a number")
    return float(value)


def whole(value: object) -> int:
    """Return `value`, a JSON whole number of 0 or more; ValueError when it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a whole number")
    return value


def moment(value: object) -> datetime:
    """Return the time that the ISO 8601 text `value` names, in UTC; ValueError when it names none."""
    found = datetime.fromisoformat(text(value))
    if found.tzinfo is None:
        raise ValueError("a time without its zone")
    return found.astimezone(UTC)
