"""Deliveries to write to a send log, without a mail server."""

from datetime import UTC, datetime, timedelta

from console.delivery import new_id
from console.transcript import Direction, Line, Outcome, Stage, Step, Transcript
from console.verdict import Delivery, Finding, RecipientResult, Result, Who

BEGAN = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=1)
"""Not long ago: a send log closes files whose first mail is old."""


def made_transcript(*texts: str) -> Transcript:
    """Return a transcript of two stages whose lines say `texts`."""
    steps = (
        Step(0, Stage.DNS, "mail.example.com", 0.001, 0.012, Outcome.OK, {"addresses": "192.0.2.1"}),
        Step(1, Stage.GREETING, "mail.example.com", 0.014, 0.2, Outcome.OK, {}),
    )
    lines = tuple(
        Line(round(0.015 + number / 100, 4), Stage.GREETING, Direction.RECEIVED, text)
        for number, text in enumerate(texts or ("220 mail.example.com ESMTP",))
    )
    return Transcript(BEGAN, steps, lines)


def made_delivery(
    number: int = 0,
    *texts: str,
    result: Result = Result.ACCEPTED,
    subject: str = "",
    at: datetime | None = None,
) -> Delivery:
    """Return a delivery; `number` sets its time and subject, `texts` its transcript's lines."""
    began = at or BEGAN + timedelta(seconds=number)
    finding = Finding("greylisting", Stage.RECIPIENT, "Come back later.", ("Wait.",), Who.NOBODY, "RFC 6647")
    return Delivery(
        id=new_id(began),
        at=began,
        seconds=0.5,
        purpose="test",
        transport="smtp",
        server="mail.example.com:587",
        sender="alerts@example.com",
        recipients=(RecipientResult("admin@example.com", result is not Result.FAILED, "250 2.1.5 Ok"),),
        subject=subject or f"Report {number}",
        message_id=f"<{number}@example.com>",
        size=1234,
        result=result,
        reply="250 2.0.0 Ok",
        transcript=made_transcript(*texts),
        findings=(finding,) if result is Result.FAILED else (),
    )
