"""What became of a delivery or sign-in, in words: the verdict, the cause, what to do, who can do it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from console.grade import Grade
from console.transcript_text import duration_text
from console.verdict import Delivery, Finding, Result
from screens.drawing import Piece, wrapped
from screens.theme import Tone

GRADE_TONES: Final = {
    Grade.OK: Tone.OK,
    Grade.WARNING: Tone.WARNING,
    Grade.FAILED: Tone.FAILURE,
    Grade.NOT_APPLICABLE: Tone.MUTED,
}
RESULT_TONES: Final = {
    Result.ACCEPTED: Tone.OK,
    Result.PARTLY: Tone.WARNING,
    Result.FAILED: Tone.FAILURE,
    Result.CANCELLED: Tone.WARNING,
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text with a word before it that says what it is; wrapped lines hang below the text.

    Attributes:
        label: ``Cause``, ``1.`` …, or "".
        text: Any text; made printable where it is drawn.
        tone: Of the text.
        label_tone: Of the label.
    """

    label: str
    text: str
    tone: Tone = Tone.TEXT
    label_tone: Tone = Tone.MUTED


BLANK: Final = Paragraph("", "")
_LABEL_WIDTH: Final = 10
_NARROW: Final = 50


def rows_of_paragraphs(paragraphs: Iterable[Paragraph], width: int) -> list[tuple[Piece, ...]]:
    """Return `paragraphs` as rows of at most `width` cells; labels stand in a column of their own."""
    paragraphs = tuple(paragraphs)
    widest = max((len(paragraph.label) for paragraph in paragraphs), default=0)
    rows: list[tuple[Piece, ...]] = []
    for paragraph in paragraphs:
        column = max(_LABEL_WIDTH, widest + 2) if widest else 1
        if width < _NARROW:
            column = len(paragraph.label) + 2 if paragraph.label else 1
        lines = wrapped(paragraph.text, max(8, width - column - 1)) or [""]
        for index, line in enumerate(lines):
            label = f" {paragraph.label}" if index == 0 else ""
            rows.append(((f"{label:<{column}}", paragraph.label_tone), (line, paragraph.tone)))
    return rows


def delivery_report(delivery: Delivery) -> tuple[Paragraph, ...]:
    """Return the verdict of `delivery`, then each finding, then a blank row."""
    paragraphs = [_verdict(delivery)]
    if delivery.reply and delivery.result is not Result.CANCELLED:
        label = "Server" if delivery.reply[:3].isdigit() else "Error"
        paragraphs.append(Paragraph(label, delivery.reply, Tone.MUTED))
    for finding in delivery.findings:
        paragraphs.extend(finding_report(finding, delivery.reply))
    return (*paragraphs, BLANK)


def finding_report(finding: Finding, already_said: str = "") -> tuple[Paragraph, ...]:
    """Return cause, fix step by step, and who can do it; what the other side said unless it stands there."""
    said = finding.said if finding.said not in already_said else ""
    steps = (
        [Paragraph("Fix", finding.fix[0], Tone.STRONG)]
        if len(finding.fix) == 1
        else [
            Paragraph(f"Fix {n}." if n == 1 else f"    {n}.", step, Tone.STRONG)
            for n, step in enumerate(finding.fix, 1)
        ]
    )
    return (
        Paragraph("Cause", finding.cause),
        *steps,
        Paragraph("Who", f"{finding.who}", Tone.MUTED),
        *((Paragraph("Said", said, Tone.MUTED),) if said else ()),
    )


def _verdict(delivery: Delivery) -> Paragraph:
    tone = RESULT_TONES[delivery.result]
    return Paragraph(_VERDICT_WORDS[delivery.result], _sentence(delivery), Tone.STRONG, tone)


_VERDICT_WORDS: Final = {
    Result.ACCEPTED: "Accepted",
    Result.PARTLY: "Partly",
    Result.FAILED: "Failed",
    Result.CANCELLED: "Cancelled",
}


def _sentence(delivery: Delivery) -> str:
    server = delivery.server or "the mail server"
    took = duration_text(delivery.seconds)
    if delivery.result is Result.ACCEPTED:
        return f"{server} took the mail in {took}. That is accepted, not yet delivered."
    if delivery.result is Result.PARTLY:
        refused = ", ".join(one.address for one in delivery.recipients if not one.accepted)
        return f"{server} took the mail, but not for {refused}."
    if delivery.may_be_sent:
        return f"{server} did not answer at the end: it may have been sent."
    if delivery.result is Result.CANCELLED:
        return f"You cancelled it after {took}. Nothing more is sent."
    stage = delivery.findings[0].stage.label if delivery.findings else ""
    return f"{stage}: the mail was not sent." if stage else "The mail was not sent."


def offer_of(findings: Sequence[Finding]) -> str:
    """Return the first thing the console can do at once about `findings`, or ""."""
    from screens.offers import LABELS

    return next((finding.offer for finding in findings if finding.offer in LABELS), "")


def details_report(delivery: Delivery) -> tuple[Paragraph, ...]:
    """Return what was sent when and to whom, then the heading of the transcript."""
    recipients = [
        Paragraph(
            "To", f"{one.address}: {'accepted' if one.accepted else 'not accepted'} {one.reply}".rstrip()
        )
        for one in delivery.recipients
    ]
    began = f"{delivery.at.astimezone():%Y-%m-%d %H:%M:%S}, took {duration_text(delivery.seconds)}"
    return (
        Paragraph("When", began),
        Paragraph("From", delivery.sender),
        *recipients,
        Paragraph("Subject", delivery.subject),
        Paragraph("By", f"{delivery.transport}, {delivery.server}, for: {delivery.purpose}"),
        Paragraph("Message", f"{delivery.message_id}, {delivery.size} octets"),
        BLANK,
    )
