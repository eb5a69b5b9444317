"""A delivery as one line of the send log, and back."""

import json

from console.annotations import Final
from console.delivery_json import delivery_of, delivery_values
from console.sendlog.rotation import LONGEST_LINE
from console.values import replace
from console.verdict import Delivery

# No circles: the values are made here. To look for them would take a fifth of the time.
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False
)


def line_of(delivery: Delivery) -> bytes:
    """Return `delivery` as a line that readers take: of a flood only beginning and end are kept."""
    line = _json(delivery)
    for kept in (500, 50, 0):
        if len(line) <= LONGEST_LINE:
            break
        line = _json(_shortened(delivery, kept))
    return line


def _json(delivery: Delivery) -> bytes:
    # A lone surrogate, which UTF-8 has not, becomes the JSON escape for it.
    return _ENCODER.encode(delivery_values(delivery)).encode("utf-8", "backslashreplace")


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
