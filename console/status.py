"""Does mail work? One sentence, a level for monitoring, and what needs a hand. Reads settings, the secrets'
presence and the end of the send log; no network.
"""

from contextlib import suppress
from datetime import UTC, date, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError
from console.hostnames import host_and_port
from console.secret import OWN_KEY
from console.settings.model import (
    APP,
    DELEGATED,
    FIELDS,
    MICROSOFT,
    Encryption,
    Settings,
    TransportName,
)
from console.settings.needs import needed_keys, uses_client_secret
from console.settings.problems import SettingsError
from console.values import dataclass
from console.verdict import Result

if TYPE_CHECKING:
    from console.engine import Engine
    from console.microsoft365.status import SignInStatus
    from console.sendlog.log import Entry, Summary


KEY_PAIR: Final = "the app's key pair"

_GAPS: Final = {
    "mail.sender": "the From address",
    "smtp.host": "the mail server",
    "smtp.password": "the password",
    "microsoft365.tenant": "the tenant",
    "microsoft365.client_id": "the client ID",
    "microsoft365.client_secret": "the client secret",
}
"""What a person reads of each key that a transport may need."""


class Level(IntEnum):
    """How bad it is, in the order and with the numbers that monitoring systems use."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Status:
    """Whether mail works.

    Attributes:
        level: For monitoring.
        sentence: The verdict in one sentence.
        warnings: What else needs a hand, worst first.
        settings: The settings, or None when they cannot be read.
        log: The log in a few words, or None when it cannot be read.
        sign_in: Where the Microsoft 365 sign-in stands, or None when the transport needs none.
    """

    level: Level
    sentence: str
    warnings: tuple[str, ...] = ()
    settings: Settings | None = None
    log: "Summary | None" = None
    sign_in: "SignInStatus | None" = None


def status(engine: "Engine", now: datetime | None = None) -> Status:
    """Return whether mail works, as far as one can know without sending any.

    Args:
        engine: Settings, secrets, log.
        now: The moment "ago" counts from (UTC, aware); the clock's when left out.
    """
    moment = now or datetime.now(UTC)
    try:
        settings = engine.settings.load()
    except ConsoleError as error:
        return Status(Level.UNKNOWN, f"Settings cannot be used: {first_problem(error)}")
    try:
        sign_in = _sign_in(engine, settings)
        gaps = missing(engine, settings)
    except ConsoleError as error:  # this user may not look, or a secret is unreadable: nothing is known then
        return Status(Level.UNKNOWN, f"Nothing can be said: {error.what}", settings=settings)
    warnings = _warnings(settings, moment.date())
    if sign_in is not None:
        if settings.mail.transport in DELEGATED and not sign_in.is_signed_in and not gaps:
            gaps = ("the Microsoft 365 sign-in",)
        # An app's secret or certificate expires whether or not the app was checked already.
        is_said = sign_in.is_signed_in or settings.mail.transport in APP
        warnings += sign_in.warnings if is_said else ()
    try:
        summary = engine.log.summary()
    except ConsoleError as error:
        warnings.append(error.what)
        summary = None
    newest = summary.newest if summary else None
    level, sentence = verdict(settings, gaps, summary, moment)
    failed_at = newest.at if newest is not None and level is Level.CRITICAL and not gaps else None
    if failed_at is not None and _changed_since(engine, sign_in, failed_at):
        level = Level.UNKNOWN
        sentence = f"Changed since the last mail failed {ago(failed_at, moment)}. Send a test mail."
    if level is Level.OK and warnings:
        level = Level.WARNING
    return Status(level, sentence, tuple(warnings), settings, summary, sign_in)


def verdict(
    settings: Settings, gaps: tuple[str, ...], log: "Summary | None", now: datetime
) -> tuple[Level, str]:
    """Return level and sentence.

    Args:
        settings: What was chosen.
        gaps: What the transport still needs (see `missing`).
        log: The send log in a few words; None when it cannot be read.
        now: The moment "ago" counts from.
    """
    if not settings.mail.enabled:
        return Level.WARNING, "Outgoing mail is off. Nothing is sent."
    if gaps:
        return Level.CRITICAL, f"Mail is not set up yet. Missing: {', '.join(gaps)}."
    if log is None:
        return Level.UNKNOWN, "Mail is set up. Whether it works is not known: the log cannot be read."
    newest = log.newest
    if newest is None:
        return Level.UNKNOWN, "Mail is set up, and has not been tried yet. Send a test mail."
    if not _is_tried(settings, newest):
        return Level.UNKNOWN, "Mail is set up, and has not been tried this way yet. Send a test mail."
    what = "test" if newest.purpose == "test" else "mail"
    when = ago(newest.at, now)
    if newest.result is Result.ACCEPTED:
        return Level.OK, f"Mail works. Last {what} accepted by {newest.server} {when}."
    if newest.result is Result.PARTLY:
        return Level.WARNING, f"Mail works in part. Last {what} was refused for some recipients {when}."
    if newest.result is Result.CANCELLED:
        return Level.UNKNOWN, f"Mail is set up. The last {what} was cancelled {when}."
    cause = f": {newest.cause.rstrip('.')}" if newest.cause else ""
    return Level.CRITICAL, f"Mail does not work. Last {what} failed {when}{cause}."


def first_problem(error: ConsoleError) -> str:
    """Return what is wrong in one line: the first problem, and how to see the others."""
    if not isinstance(error, SettingsError) or len(error.problems) < 2:
        return error.what
    return f"{error.problems[0]} And {len(error.problems) - 1} more: mail-console settings check"


def _changed_since(engine: "Engine", sign_in: "SignInStatus | None", at: datetime) -> bool:
    """Whether somebody changed settings or a secret, or signed in, after `at`.

    A token that was merely renewed is no change.
    """
    if sign_in is not None and sign_in.signed_in_at is not None and sign_in.signed_in_at > at:
        return True
    keys = [key for key, field in FIELDS.items() if field.secret]
    secrets = (engine.secrets.path(key) for key in (*keys, OWN_KEY))
    for place in (engine.paths.settings, *secrets):
        with suppress(OSError):
            if place.stat().st_mtime > at.timestamp():
                return True
    return False


def _is_tried(settings: Settings, newest: "Entry") -> bool:
    """Return whether the newest mail went the way that is set up now: by this transport, to this server."""
    if newest.transport != settings.mail.transport:
        return False
    if settings.mail.transport is not TransportName.SMTP:
        return True
    return newest.server == host_and_port(settings.smtp.host, settings.smtp.port)


def missing(engine: "Engine", settings: Settings) -> tuple[str, ...]:
    """Return what the chosen transport still needs before it can send, in people's words."""
    gaps = [_GAPS[key] for key in needed_keys(settings) if not _is_there(engine, settings, key)]
    return (*gaps, KEY_PAIR) if _lacks_pair(engine, settings) else tuple(gaps)


def _is_there(engine: "Engine", settings: Settings, key: str) -> bool:
    return engine.secrets.has(key) if FIELDS[key].secret else bool(settings.value(key))


def _lacks_pair(engine: "Engine", settings: Settings) -> bool:
    if settings.mail.transport not in APP or uses_client_secret(settings):
        return False
    return not (settings.microsoft365.certificate_file or engine.secrets.has(OWN_KEY))


def unsafe(settings: Settings) -> str:
    """Return what makes mail unsafe with these settings, to be said everywhere, or ""."""
    if settings.mail.transport is not TransportName.SMTP:
        return ""
    smtp = settings.smtp
    if smtp.encryption is Encryption.NONE:
        is_bare = bool(smtp.user) and smtp.allow_plaintext_password
        return "The password crosses the network readable by anybody." if is_bare else ""
    return "" if smtp.verify else "The mail server's certificate is not verified."


def _warnings(settings: Settings, today: date) -> list[str]:
    found = [unsafe(settings)]
    if settings.smtp.user:  # without one nothing of Microsoft's is asked for a password
        from console.microsoft365 import basic_auth

        found.append(basic_auth.warning(settings, today))
    return [one for one in found if one]


def _sign_in(engine: "Engine", settings: Settings) -> "SignInStatus | None":
    if settings.mail.transport not in MICROSOFT:
        return None
    from console.microsoft365.status import sign_in_status

    return sign_in_status(engine, settings)


_UNITS: Final = ((86400, "day", "d"), (3600, "hour", "h"), (60, "minute", "min"))


def ago(moment: datetime, now: datetime, *, short: bool = False) -> str:
    """Return how long before `now` a moment was, in words: ``2 minutes ago``, short ``2 min ago``."""
    seconds = (now - moment).total_seconds()
    for size, word, letters in _UNITS:
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {letters} ago" if short else f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"
