"""How the sign-in stands, for a person who opens its screen although the appliance is signed in already."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from console.microsoft365.status import SignInStatus, sign_in_status
from console.settings.model import Settings
from screens.theme import Tone
from screens.widgets.report import BLANK, Paragraph

if TYPE_CHECKING:
    from console.engine import Engine


def signed_in_report(engine: "Engine", settings: Settings) -> tuple[Paragraph, ...]:
    """Return account, permissions and times of the sign-in; empty when there is none."""
    status = sign_in_status(engine, settings)
    return tuple(_lines(status)) if status.is_signed_in and status.account else ()


def _lines(status: SignInStatus) -> Iterator[Paragraph]:
    yield Paragraph("ok", f"Signed in: {status.account}", Tone.STRONG, Tone.OK)
    yield Paragraph("", f"Granted: {' '.join(status.scopes) or 'unknown'}")
    for name, moment in (("Signed in", status.signed_in_at), ("Last renewed", status.renewed_at)):
        if moment is not None:
            yield Paragraph("", f"{name}: {_text(moment)}", Tone.MUTED)
    if status.days_left is not None and status.lapses_at is not None:
        left = f"{_text(status.lapses_at)}, in {status.days_left} days"
        yield Paragraph("", f"Lapses, unless something renews it: {left}", Tone.MUTED)
    yield BLANK
    for warning in status.warnings:
        yield Paragraph("warning", warning, Tone.TEXT, Tone.WARNING)
    yield Paragraph(
        "", "F5 signs in again, with the same account or another. The old sign-in holds until then."
    )


def _text(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
