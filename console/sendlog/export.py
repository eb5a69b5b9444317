"""A delivery as text that can be handed on: to a colleague, a provider, an issue thread.

Secrets never were in it (the transcript is redacted by construction); addresses can be masked too.
"""

import re
from typing import Final

from console.transcript_text import duration_text, render
from console.verdict import Delivery, Finding, RecipientResult, Who

_ADDRESS: Final = re.compile(
    r"[^\s<>()\[\]\"',;:=*]{1,64}@((?:[\w-]{1,63}\.){1,8}[\w-]{1,63}|\[[0-9A-Fa-f:.]{2,45}\])"
)


def export_text(delivery: Delivery, *, mask_addresses: bool = False) -> str:
    """Return head, findings and transcript of `delivery`, a line feed at the end of each line."""
    parts = [_head(delivery), *(finding_text(one) for one in delivery.findings), render(delivery.transcript)]
    whole = "\n".join(parts)
    return masked(whole) if mask_addresses else whole


def finding_text(finding: Finding) -> str:
    """Return cause, fix and who can fix it as plain lines."""
    steps = "".join(f"  {number}. {step}\n" for number, step in enumerate(finding.fix, start=1))
    said = f"Said:      {finding.said}\n" if finding.said else ""
    source = f"Source:    {finding.source}\n" if finding.source else ""
    return (
        f"Stage:     {finding.stage.label}\n"
        f"Cause:     {finding.cause}\n"
        f"{said}"
        f"{_who(finding.who)}\n{steps}"
        f"{source}"
        f"Entry:     {finding.id}\n"
    )


def _who(who: Who) -> str:
    return "Fix (it passes by itself):" if who is Who.NOBODY else f"Fix, by the {who}:"


def masked(text: str) -> str:
    """Return `text` with every mail address replaced, the same one always by the same words."""
    users: dict[str, str] = {}
    domains: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        user = users.setdefault(match[0].casefold(), f"user{len(users) + 1}")
        domain = domains.setdefault(match[1].casefold(), f"domain{len(domains) + 1}.example")
        return f"{user}@{domain}"

    return _ADDRESS.sub(replace, text)


def _head(delivery: Delivery) -> str:
    recipients = "".join(_recipient_line(one) for one in delivery.recipients)
    return (
        f"Mail {delivery.id}: {delivery.result}\n"
        f"Began:     {delivery.at:%Y-%m-%d %H:%M:%S} UTC, took {duration_text(delivery.seconds)}\n"
        f"Purpose:   {delivery.purpose}\n"
        f"Transport: {delivery.transport}, {delivery.server}\n"
        f"From:      {delivery.sender}\n"
        f"{recipients}"
        f"Subject:   {delivery.subject}\n"
        f"Message:   {delivery.message_id}, {delivery.size} octets\n"
        f"Reply:     {delivery.reply}\n"
    )


def _recipient_line(recipient: RecipientResult) -> str:
    verdict = "accepted" if recipient.accepted else "not accepted"
    return f"To:        {recipient.address}: {verdict} {recipient.reply}".rstrip() + "\n"
