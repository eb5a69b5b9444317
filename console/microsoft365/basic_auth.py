"""When Exchange Online stops taking passwords over SMTP, as data with the day it was looked up.

Source: Exchange Team blog, "Updated Exchange Online SMTP AUTH Basic Authentication Deprecation Timeline",
27 January 2026. OAuth2 over SMTP is not affected.
"""

from datetime import date
from typing import Final

from console.settings.model import Settings, TransportName
from console.values import dataclass


@dataclass(frozen=True, slots=True)
class Milestone:
    """One date of the announcement.

    Attributes:
        day: From when it holds.
        what: What happens, one sentence.
    """

    day: date
    what: str


AS_OF: Final = date(2026, 11, 20)
"""The day the announcement was last looked up; later ones may say otherwise."""

MILESTONES: Final = (
    Milestone(
        date(2026, 12, 31),
        "Exchange Online switches passwords over SMTP off; administrators can switch them on again.",
    ),
    Milestone(
        date(2027, 7, 1),
        "Microsoft names the day on which passwords over SMTP end for good (second half of 2027).",
    ),
)

_HOSTS: Final = (
    "smtp.office365.com",
    "smtp.office365.us",
    "outlook-dod.office365.us",
    "smtp.partner.outlook.cn",
    "partner.outlook.cn",
    "smtp-legacy.office365.com",
    "smtp-legacy.partner.outlook.cn",
    "outlook.office365.com",
)


def applies(settings: Settings) -> bool:
    """Whether these settings sign in at Exchange Online with a password."""
    smtp = settings.smtp
    return (
        settings.mail.transport is TransportName.SMTP
        and smtp.signs_in
        and smtp.host.rstrip(".").casefold() in _HOSTS
    )


def warning(settings: Settings, today: date) -> str:
    """Return the warning that concerns these settings today, or "" where they sign in otherwise."""
    if not applies(settings):
        return ""
    past = [one for one in MILESTONES if one.day <= today]
    coming = [one for one in MILESTONES if one.day > today]
    if past and not coming:
        state = past[-1].what
    else:
        days = (coming[0].day - today).days
        state = f"In {days} {'day' if days == 1 else 'days'}: {coming[0].what}"
    return f"{state} Choose a Microsoft 365 transport. (As of {AS_OF:%d %B %Y}.)"
