"""A delivery as one line of the send log, and back."""

import json

from console.delivery_json import delivery_of, delivery_values
from console.sendlog.files import LONGEST_LINE
from console.values import replace
from console.verdict import Delivery


def line_of(delivery: Delivery) -> bytes:
    """Return `delivery` as a line that readers take: of a flood only beginning and end are kept."""
    line = _json(delivery)
    for kept in (500, 50, 0):
        if len(line) <= LONGEST_LINE:
            break
        line = _json(_shortened(delivery, kept))
    return line


def _json(delivery: Delivery) -> bytes:
    values = delivery_values(delivery)
    line = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A lone surrogate, which UTF-8 has not, becomes the JSON escape for it.
    return line.encode("utf-8", "backslashreplace")


def _shortened(delivery: Delivery, kept: int) -> Delivery:
    """Return `delivery` with at most twice `kept` lines, and `kept` stages, recipients and findings."""
    transcript = delivery.transcript
    lines = transcript.lines
    if len(lines) > 2 * kept:
        lines = lines[:kept] + lines[len(lines) - kept :]
    dropped = transcript.dropped + len(transcript.lines) - len(lines)
    return replace(
        delivery,
        recipients=delivery.recipients[: max(kept, 1)],
        findings=delivery.findings[: max(kept, 1)],
        transcript=replace(transcript, steps=transcript.steps[:kept], lines=lines, dropped=dropped),
    )


def delivery_in(line: bytes) -> Delivery | None:
    """Return the delivery that a line holds, or None when it is none of ours."""
    try:
        return delivery_of(json.loads(line))
    except (ValueError, RecursionError):
        return None
