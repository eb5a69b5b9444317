"""A sign-in in words: how it stands, how the wait goes, why it ended."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from console.microsoft365.states import Slowed, State, Unreachable
from console.microsoft365.status import SignInStatus, sign_in_status
from console.settings.model import Settings
from console.verdict import Finding
from screens.theme import Tone
from screens.widgets.report import BLANK, Paragraph, finding_report

if TYPE_CHECKING:
    from console.engine import Engine


KEYS_OF_SIGN_IN: Final = (
    ("F4", "sign out, when signed in"),
    ("F5", "new code, or sign in again"),
    ("F6", "large code, plain code"),
    ("F7", "picture: address, code, off"),
    ("F9", "picture of full blocks"),
    ("Esc", "cancel, back"),
)
"""Every key of the sign-in's screen, for its help; the key bar shows those of the moment."""


def signed_in_report(engine: "Engine", settings: Settings) -> tuple[Paragraph, ...]:
    """Return account, permissions and times of the sign-in; empty when there is none."""
    status = sign_in_status(engine, settings)
    return tuple(_lines(status)) if status.is_signed_in and status.account else ()


def _lines(status: SignInStatus) -> Iterator[Paragraph]:
    yield Paragraph("ok", f"Signed in: {status.account}", Tone.STRONG, Tone.OK)
    yield Paragraph("", f"Granted: {' '.join(status.scopes) or 'unknown'}")
    for name, moment in (("Since", status.signed_in_at), ("Last renewed", status.renewed_at)):
        if moment is not None:
            yield Paragraph("", f"{name}: {_text(moment)}", Tone.MUTED)
    if status.lapses_at is not None:
        left = f"{_text(status.lapses_at)}, {status.lapses_in}"
        yield Paragraph("", f"Lapses, unless something renews it: {left}", Tone.MUTED)
    yield BLANK
    for warning in status.warnings:
        yield Paragraph("warning", warning, Tone.TEXT, Tone.WARNING)
    yield Paragraph("", "F5 signs in again, with any account; the old sign-in holds until then.")


def _text(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def findings_report(findings: Sequence[Finding]) -> tuple[Paragraph, ...]:
    """Return cause and fix of each finding."""
    return tuple(one for finding in findings for one in (*finding_report(finding), BLANK))


def other_transport_report(settings: Settings) -> tuple[Paragraph, ...]:
    """Return why there is nothing to sign in with the transport chosen."""
    said = f"The transport chosen, {settings.mail.transport.label}, needs no sign-in."
    fix = "For a sign-in with a code choose such a transport in Mail transport: menu item 2."
    return Paragraph("", said, Tone.STRONG), Paragraph("Fix", fix)


def words_of(state: State) -> tuple[str, Tone, str]:
    """Return a waiting state in words, their tone, and more about it."""
    if isinstance(state, Unreachable):
        return "No answer; trying again by itself", Tone.WARNING, state.failure.text
    if isinstance(state, Slowed):
        return "Waiting for you", Tone.STRONG, f"The service wants to be asked every {state.interval:.0f} s."
    return "Waiting for you", Tone.STRONG, ""
