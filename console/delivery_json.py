"""A delivery as JSON values and back: one line of the send log, and what ``--json`` prints.

Fields, in this order: id, at, result, purpose, transport, server, sender, recipients (address, accepted,
reply), subject, message_id, size, seconds, reply, findings (id, stage, cause, fix, who, source, said, offer,
suggested), transcript (see `console.transcript_json`). The transcript comes last: a headline can be read
without it.
"""

from console.annotations import Any
from console.transcript import Stage
from console.transcript_json import (
    listing,
    mapping,
    moment,
    number_of,
    text,
    transcript_of,
    transcript_values,
    whole,
)
from console.verdict import Delivery, Finding, RecipientResult, Result, Who


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    """Return `delivery` as JSON values, in the fixed order of fields."""
    return {
        "id": delivery.id,
        "at": delivery.at.isoformat(),
        "result": str(delivery.result),
        "purpose": delivery.purpose,
        "transport": delivery.transport,
        "server": delivery.server,
        "sender": delivery.sender,
        "recipients": [_recipient_values(one) for one in delivery.recipients],
        "subject": delivery.subject,
        "message_id": delivery.message_id,
        "size": delivery.size,
        "seconds": round(delivery.seconds, 4),
        "reply": delivery.reply,
        "findings": [finding_values(one) for one in delivery.findings],
        "transcript": transcript_values(delivery.transcript),
    }


def finding_values(finding: Finding) -> dict[str, Any]:
    """Return `finding` as JSON values."""
    return {
        "id": finding.id,
        "stage": str(finding.stage),
        "cause": finding.cause,
        "fix": list(finding.fix),
        "who": str(finding.who),
        "source": finding.source,
        "said": finding.said,
        "offer": finding.offer,
        "suggested": dict(finding.suggested),
    }


def delivery_of(values: object) -> Delivery:
    """Return the delivery that `delivery_values` made `values` of.

    Raises:
        ValueError: The shape is another.
    """
    record = mapping(values)
    return Delivery(
        id=text(record.get("id")),
        at=moment(record.get("at")),
        seconds=number_of(record.get("seconds")),
        purpose=text(record.get("purpose")),
        transport=text(record.get("transport")),
        server=text(record.get("server")),
        sender=text(record.get("sender")),
        recipients=tuple(_recipient_of(one) for one in listing(record.get("recipients"))),
        subject=text(record.get("subject")),
        message_id=text(record.get("message_id")),
        size=whole(record.get("size")),
        result=Result(text(record.get("result"))),
        reply=text(record.get("reply")),
        transcript=transcript_of(record.get("transcript")),
        findings=tuple(_finding_of(one) for one in listing(record.get("findings"))),
    )


def _recipient_values(recipient: RecipientResult) -> dict[str, Any]:
    return {"address": recipient.address, "accepted": recipient.accepted, "reply": recipient.reply}


def _recipient_of(values: object) -> RecipientResult:
    record = mapping(values)
    return RecipientResult(
        text(record.get("address")), record.get("accepted") is True, text(record.get("reply"))
    )


def _finding_of(values: object) -> Finding:
    record = mapping(values)
    return Finding(
        id=text(record.get("id")),
        stage=Stage(text(record.get("stage"))),
        cause=text(record.get("cause")),
        fix=tuple(text(step) for step in listing(record.get("fix"))),
        who=Who(text(record.get("who"))),
        source=text(record.get("source")),
        said=text(record.get("said")),
        offer=text(record.get("offer")),
        suggested=tuple((key, text(value)) for key, value in mapping(record.get("suggested", {})).items()),
    )
