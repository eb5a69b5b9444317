"""What the menu says: the verdict in one sentence, warnings, and a state for each item. Pure functions from
the engine's values to words; the menu's worker calls `menu_state`, off the event loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError
from console.settings.model import APP, DELEGATED, EXCHANGE_SMTP, Encryption, Settings, TransportName
from console.verdict import Result
from screens.theme import Tone

if TYPE_CHECKING:
    from console.engine import Engine
    from console.microsoft365.tokens import SignInStatus
    from console.sendlog import Entry, Summary

SHOWN_AS: Final[Mapping[TransportName, str]] = {
    TransportName.SMTP: "SMTP",
    TransportName.MICROSOFT365: "Microsoft 365 (sign in with a code)",
    TransportName.OFFICE365_APP: "SMTP Office 365 (OAuth2, app)",
    TransportName.GRAPH_APP: "Exchange Online (Graph API, app)",
    TransportName.GRAPH: "Exchange Online (Graph API, sign in with a code)",
}
"""The transports in people's words."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text with what it is."""

    text: str
    tone: Tone = Tone.MUTED


@dataclass(frozen=True, slots=True)
class MenuState:
    """What the menu shows.

    Attributes:
        verdict: Does mail work? One sentence.
        warnings: What needs a hand, worst first.
        states: By the row's key.
        standing: Warning to be said on every screen, or "".
    """

    verdict: Said
    warnings: tuple[Said, ...] = ()
    states: Mapping[str, Said] = field(default_factory=dict)
    standing: str = ""


def menu_state(engine: "Engine", now: datetime | None = None) -> MenuState:
    """Return what the menu shows now. Reads settings, secrets' presence and the log's end; no network."""
    moment = now or datetime.now(UTC)
    try:
        settings = engine.settings.load()
        gaps = missing(engine, settings)
        sign_in = _sign_in(engine, settings)
    except ConsoleError as error:
        return _unusable(error)
    if sign_in is not None and settings.mail.transport in DELEGATED and not sign_in.is_signed_in and not gaps:
        gaps = ("the Microsoft 365 sign-in",)
    newest, log_said = _log(engine)
    states = {
        "mail_switch": switch_state(settings),
        "mail_transport": Said(SHOWN_AS[settings.mail.transport], Tone.TEXT),
        "mail_host": host_state(engine, settings),
        "test_mail": test_state(newest, moment),
        "test_log": log_said,
    }
    if sign_in is not None:
        states["sign_in"] = sign_in_state(settings, sign_in, moment)
    standing = standing_warning(settings)
    warnings = [Said(standing, Tone.FAILURE)] if standing else []
    if sign_in is not None and sign_in.is_signed_in and settings.mail.transport in DELEGATED:
        warnings += [Said(f"Warning: {one}", Tone.WARNING) for one in sign_in.warnings]
    return MenuState(verdict(settings, gaps, newest, moment), tuple(warnings), states, standing)


def _log(engine: "Engine") -> "tuple[Entry | None, Said]":
    try:
        summary = engine.log.summary()
    except ConsoleError as error:
        return None, Said(f"Error: {error.what}", Tone.FAILURE)
    return summary.newest, log_state(summary)


def _unusable(error: ConsoleError) -> MenuState:
    """Return the menu of an appliance whose settings cannot be read."""
    problems = [f"{one.key}: {one.what}" for one in getattr(error, "problems", ())] or [error.fix]
    return MenuState(
        Said(f"Error: {error.what}", Tone.FAILURE),
        tuple(Said(problem, Tone.FAILURE) for problem in problems[:3] if problem),
    )


def verdict(settings: Settings, gaps: tuple[str, ...], newest: "Entry | None", now: datetime) -> Said:
    """Return in one sentence whether mail works."""
    if not settings.mail.enabled:
        return Said("Outgoing mail is off. Nothing is sent.", Tone.WARNING)
    if gaps:
        return Said(f"Mail is not set up yet. Missing: {', '.join(gaps)}.", Tone.WARNING)
    if newest is None:
        return Said("Mail is set up, and has not been tried yet. Send a test mail.", Tone.WARNING)
    what = "test" if newest.purpose == "test" else "mail"
    when = ago(newest.at, now)
    if newest.result is Result.ACCEPTED:
        return Said(f"Mail works. Last {what} accepted by {newest.server} {when}.", Tone.OK)
    if newest.result is Result.PARTLY:
        return Said(f"Mail works in part. Last {what} was refused for some recipients {when}.", Tone.WARNING)
    if newest.result is Result.CANCELLED:
        return Said(f"Mail is set up. The last {what} was stopped {when}.", Tone.WARNING)
    cause = f": {newest.cause.rstrip('.')}" if newest.cause else ""
    return Said(f"Mail does not work. Last {what} failed {when}{cause}.", Tone.FAILURE)


def missing(engine: "Engine", settings: Settings) -> tuple[str, ...]:
    """Return what the chosen transport still needs, in people's words."""
    gaps: list[str] = []
    if not settings.mail.sender:
        gaps.append("the From address")
    if settings.mail.transport is TransportName.SMTP:
        if not settings.smtp.host:
            gaps.append("the mail server")
        if settings.smtp.user and not engine.secrets.has("smtp.password"):
            gaps.append("the password")
        return tuple(gaps)
    if not settings.microsoft365.tenant:
        gaps.append("the tenant")
    if not settings.microsoft365.client_id:
        gaps.append("the client ID")
    uses_secret = settings.mail.transport in APP and settings.microsoft365.credential == "secret"
    if uses_secret and not engine.secrets.has("microsoft365.client_secret"):
        gaps.append("the client secret")
    return tuple(gaps)


def standing_warning(settings: Settings) -> str:
    """Return what is said on every screen because it makes mail unsafe, or ""."""
    if settings.mail.transport is not TransportName.SMTP or settings.smtp.encryption is Encryption.NONE:
        if (
            settings.mail.transport is TransportName.SMTP
            and settings.smtp.user
            and settings.smtp.allow_plaintext_password
        ):
            return "Warning: the password crosses the network readable by anybody"
        return ""
    return "" if settings.smtp.verify else "Warning: the mail server's certificate is not verified"


def switch_state(settings: Settings) -> Said:
    """Return whether mail is on."""
    return Said("on", Tone.OK) if settings.mail.enabled else Said("off", Tone.WARNING)


def host_state(engine: "Engine", settings: Settings) -> Said:
    """Return where mail goes and from whom."""
    gaps = missing(engine, settings)
    if gaps:
        return Said(f"missing: {', '.join(one.removeprefix('the ') for one in gaps)}", Tone.WARNING)
    return Said(f"{where(settings)}, {settings.mail.sender}", Tone.TEXT)


def where(settings: Settings) -> str:
    """Return the server mail goes to, as ``host:port`` or in words."""
    if settings.mail.transport is TransportName.SMTP:
        return f"{settings.smtp.host}:{settings.smtp.port}"
    if settings.mail.transport in EXCHANGE_SMTP:
        host = settings.microsoft365.smtp_host or "smtp.office365.com"
        return f"{host}:{settings.microsoft365.smtp_port}"
    return "Graph"


def test_state(newest: "Entry | None", now: datetime) -> Said:
    """Return how the last delivery ended."""
    if newest is None:
        return Said("never sent")
    tone = {Result.ACCEPTED: Tone.OK, Result.FAILED: Tone.FAILURE}.get(newest.result, Tone.WARNING)
    return Said(f"{newest.result} {ago(newest.at, now, short=True)}", tone)


def log_state(summary: "Summary") -> Said:
    """Return how many mails the log holds and how many failed."""
    if not summary.mails:
        return Said("empty")
    more = "more than " if summary.is_capped else ""
    mails = f"{more}{summary.mails} mail{'' if summary.mails == 1 else 's'}"
    if not summary.failed:
        return Said(mails, Tone.TEXT)
    return Said(f"{mails}, {summary.failed} failed", Tone.WARNING)


def _sign_in(engine: "Engine", settings: Settings) -> "SignInStatus | None":
    try:
        from console.microsoft365.tokens import sign_in_status
    except ModuleNotFoundError:
        return None
    return sign_in_status(engine, settings)


def sign_in_state(settings: Settings, status: "SignInStatus", now: datetime) -> Said:
    """Return who is signed in, and since when."""
    if settings.mail.transport not in DELEGATED:
        return Said("not needed for this transport")
    if not status.is_signed_in:
        return Said("not signed in", Tone.WARNING)
    renewed = f", renewed {ago(status.renewed_at, now, short=True)}" if status.renewed_at else ""
    return Said(f"{status.account}{renewed}", Tone.WARNING if status.warnings else Tone.TEXT)


_UNITS: Final = ((86400, "day", "d"), (3600, "hour", "h"), (60, "minute", "min"))


def ago(moment: datetime, now: datetime, *, short: bool = False) -> str:
    """Return how long ago `moment` was, in words."""
    seconds = (now - moment).total_seconds()
    for size, word, letters in _UNITS:
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {letters} ago" if short else f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"
