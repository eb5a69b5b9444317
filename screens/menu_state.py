"""What the menu says: the verdict in one sentence, warnings, and a state for each item. Pure functions from
the engine's values to words; the menu's worker calls `menu_state`, off the event loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError
from console.hostnames import host_and_port
from console.microsoft365.clouds import CLOUDS
from console.settings.model import DELEGATED, EXCHANGE_SMTP, Settings, TransportName
from console.status import Level, ago, first_problem, missing, status, unsafe
from console.verdict import Result
from screens.theme import Tone

if TYPE_CHECKING:
    from console.engine import Engine
    from console.microsoft365.status import SignInStatus
    from console.sendlog.log import Entry, Summary


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


_TONES: Final = {
    Level.OK: Tone.OK,
    Level.WARNING: Tone.WARNING,
    Level.CRITICAL: Tone.FAILURE,
    Level.UNKNOWN: Tone.WARNING,
}


def menu_state(engine: "Engine", now: datetime | None = None) -> MenuState:
    """Return what the menu shows now. Reads settings, secrets' presence and the log's end; no network."""
    moment = now or datetime.now(UTC)
    try:
        settings = engine.settings.load()
        found = status(engine, moment)
        states = {
            "mail_switch": switch_state(settings),
            "mail_transport": Said(settings.mail.transport.label, Tone.TEXT),
            "mail_host": host_state(engine, settings),
        }
    except ConsoleError as error:
        return _unusable(error)
    states["test_mail"] = test_state(found.log.newest, moment) if found.log else Said("not known")
    states["test_log"] = log_state(found.log) if found.log else Said("cannot be read", Tone.FAILURE)
    states["sign_in"] = sign_in_state(settings, found.sign_in, moment)
    standing = standing_warning(settings)
    others = [one for one in found.warnings if one != unsafe(settings)]
    warnings = [Said(standing, Tone.FAILURE)] if standing else []
    warnings += [Said(f"Warning: {one}", Tone.WARNING) for one in others]
    tone = Tone.OK if found.sentence.startswith("Mail works.") else _TONES[found.level]
    return MenuState(Said(found.sentence, tone), tuple(warnings), states, standing)


def _unusable(error: ConsoleError) -> MenuState:
    """Return the menu of an appliance whose settings cannot be read: one problem, so that all items show.

    Where there are more problems, how to see them all stands in the fix's place.
    """
    said = first_problem(error)
    fix = (Said(error.fix, Tone.FAILURE),) if error.fix and said == error.what else ()
    return MenuState(Said(f"Error: {said}", Tone.FAILURE), fix)


def standing_warning(settings: Settings) -> str:
    """Return what is said on every screen because it makes mail unsafe, or ""."""
    said = unsafe(settings)
    return f"Warning: {said[0].lower()}{said[1:].rstrip('.')}" if said else ""


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
        return host_and_port(settings.smtp.host, settings.smtp.port)
    if settings.mail.transport in EXCHANGE_SMTP:
        host = settings.microsoft365.smtp_host or CLOUDS[settings.microsoft365.cloud].smtp_host
        return host_and_port(host, settings.microsoft365.smtp_port)
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


def sign_in_state(settings: Settings, sign_in: "SignInStatus | None", now: datetime) -> Said:
    """Return who is signed in, and since when."""
    if sign_in is None:
        return Said("not needed for this transport")
    renewed = f", renewed {ago(sign_in.renewed_at, now, short=True)}" if sign_in.renewed_at else ""
    if sign_in.is_signed_in:
        who = sign_in.account or "the app"
        return Said(f"{who}{renewed}", Tone.WARNING if sign_in.warnings else Tone.TEXT)
    if settings.mail.transport in DELEGATED or renewed:
        return Said("not signed in", Tone.WARNING)
    return Said("by itself, with the first mail")
