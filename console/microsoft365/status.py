"""How the sign-in stands, from disk alone: no network, no MSAL, fast enough for the menu's first paint."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from console.errors import ConsoleError
from console.microsoft365.cache import ASIDE
from console.microsoft365.cache import KEY as CACHE_KEY
from console.microsoft365.clouds import Endpoints, resolve
from console.microsoft365.record import Record, kind_of, read_record
from console.settings.model import APP, MICROSOFT, AppCredential, Settings
from console.values import dataclass

if TYPE_CHECKING:
    from console.engine import Engine

REFRESH_LIFE_DAYS: Final = 90
"""Days after which Entra ID forgets a refresh token nobody redeemed (entra-docs, refresh-tokens)."""

WARN_DAYS: Final = 30
"""Days before secret, certificate or sign-in lapse that a warning begins."""

_DAY: Final = 86400.0


@dataclass(frozen=True, slots=True)
class SignInStatus:
    """How the sign-in stands.

    Attributes:
        is_signed_in: Whether a token can be had, as far as the disk tells.
        kind: ``delegated``, ``app``, or "" for a transport that needs none.
        account: Who signed in, or "".
        tenant: Tenant ID, or what the settings say.
        client_id: The app's ID.
        audience: Who the token is for, or "".
        scopes: Permissions granted to the account.
        roles: Permissions of the app.
        signed_in_at: When it was signed in (UTC, aware), or None.
        renewed_at: When the token was last renewed, or None.
        access_expires_at: When the access token ends; it is renewed before, or None.
        lapses_at: When the sign-in is forgotten if nothing renews it; None for an app or when not known.
        credential_expires: Last day of the app's secret or certificate, or None.
        warnings: What needs a hand, worst first, one plain sentence each.
    """

    is_signed_in: bool
    kind: str = ""
    account: str = ""
    tenant: str = ""
    client_id: str = ""
    audience: str = ""
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    signed_in_at: datetime | None = None
    renewed_at: datetime | None = None
    access_expires_at: datetime | None = None
    lapses_at: datetime | None = None
    credential_expires: date | None = None
    warnings: tuple[str, ...] = ()

    @property
    def days_left(self) -> int | None:
        """Whole days until the sign-in lapses if nothing renews it, or None."""
        if self.lapses_at is None:
            return None
        return int((self.lapses_at.timestamp() - time.time()) // _DAY)

    @property
    def lapses_in(self) -> str:
        """When the sign-in lapses if nothing renews it, in words: ``in 89 days``, ``that is over``, or ""."""
        days = self.days_left
        if days is None:
            return ""
        return f"in {_days(days)}" if days >= 0 else "that is over"


def sign_in_status(engine: "Engine", settings: Settings, now: float | None = None) -> SignInStatus:
    """Return how the sign-in for the settings' transport stands; reads the disk, asks nobody."""
    transport = settings.mail.transport
    if transport not in MICROSOFT:
        return SignInStatus(is_signed_in=False)
    time_now = time.time() if now is None else now
    is_app = transport in APP
    kind = kind_of(settings)
    record = read_record(engine.secrets, kind)
    problems = tuple(_problems(engine, settings, record, kind))
    expires = _credential_day(settings, record) if is_app else None
    warnings = (*problems, *_warnings(settings, record, expires, kind, time_now))
    if record is None:
        return SignInStatus(
            is_signed_in=not problems and not is_app,
            kind=kind,
            tenant=settings.microsoft365.tenant,
            client_id=settings.microsoft365.client_id,
            credential_expires=expires,
            warnings=warnings,
        )
    return SignInStatus(
        is_signed_in=not problems,
        kind=kind,
        account=record.account,
        tenant=record.tenant or settings.microsoft365.tenant,
        client_id=record.client_id,
        audience=record.audience,
        scopes=record.scopes,
        roles=record.roles,
        signed_in_at=_moment(record.signed_in_at),
        renewed_at=_moment(record.renewed_at),
        access_expires_at=_moment(record.expires_at),
        lapses_at=None if is_app else _moment(record.renewed_at + REFRESH_LIFE_DAYS * _DAY),
        credential_expires=expires,
        warnings=warnings,
    )


def invalidated_by(old: Settings, new: Settings) -> tuple[str, ...]:
    """Return what a change of settings does to the sign-in, one plain sentence each; () for nothing."""
    if old.mail.transport not in MICROSOFT or new.mail.transport not in MICROSOFT:
        return ()
    sentences: list[str] = []
    before, after = old.microsoft365, new.microsoft365
    is_app = new.mail.transport in APP
    if (before.cloud, before.authority, before.oidc) != (after.cloud, after.authority, after.oidc):
        sentences.append("Another cloud or authority: the sign-in does not hold there, sign in again.")
    elif before.tenant.casefold() != after.tenant.casefold():
        sentences.append("Another tenant: the sign-in does not hold there, sign in again.")
    if before.client_id.casefold() != after.client_id.casefold():
        sentences.append("Another client ID: tokens belong to the app they were given to, sign in again.")
    if old.mailbox.casefold() != new.mailbox.casefold():
        whose = new.mailbox or "the new mailbox"
        need = f"the app needs the right to send as {whose}" if is_app else f"sign in as {whose}"
        sentences.append(f"Another mailbox: {need}.")
    elif new.mail.sender.casefold() not in (old.mail.sender.casefold(), new.mailbox.casefold()):
        whose = new.mailbox or "the mailbox"
        sentences.append(f"Another From address: {whose} needs the right to send as {new.mail.sender}.")
    if (old.mail.transport in APP) != is_app:
        wanted = "The app signs in as itself" if is_app else "An account signs in with a code"
        sentences.append(f"{wanted} now: the earlier sign-in is not used.")
    return tuple(sentences)


def _problems(engine: "Engine", settings: Settings, record: Record | None, kind: str) -> Iterator[str]:
    """Yield what keeps one from being signed in."""
    try:
        endpoints = resolve(settings)
    except ConsoleError as error:
        yield error.what
        return
    if kind == "app":
        if record is None or not record.is_for(endpoints, _client_id(settings)):
            yield "The app has not signed in yet: menu item 4 checks it."
        return
    yield from _delegated_problems(engine, settings, endpoints, record)


def _delegated_problems(
    engine: "Engine", settings: Settings, endpoints: Endpoints, record: Record | None
) -> Iterator[str]:
    try:
        if not engine.secrets.has(CACHE_KEY):
            damaged = engine.secrets.has(ASIDE)
            yield "The token cache was damaged: sign in again." if damaged else "Nobody has signed in yet."
            return
    except ConsoleError as error:
        yield error.what
        return
    if record is None:
        return
    if not record.is_for(endpoints, _client_id(settings)):
        yield "The sign-in is for another tenant, app or cloud: sign in again."
    elif settings.mailbox and record.names and settings.mailbox.casefold() not in record.names:
        yield f"{record.account} is signed in, but the mailbox is {settings.mailbox}: sign in again."


def _warnings(
    settings: Settings, record: Record | None, expires: date | None, kind: str, now: float
) -> Iterator[str]:
    """Yield what will need a hand."""
    word = "certificate" if settings.microsoft365.credential is AppCredential.CERTIFICATE else "client secret"
    if kind == "app" and record is not None and not _is_of_credential(record, settings):
        yield f"The app has not signed in with its {word} yet: menu item 4 checks it."
    if expires is not None:
        days = (expires - datetime.fromtimestamp(now, UTC).date()).days
        if days < 0:
            yield f"The app's {word} expired on {expires}."
        elif days <= WARN_DAYS:
            yield f"The app's {word} expires in {_days(days)} ({expires})."
    if record is None:
        return
    if record.renewed_at > now + _DAY:
        yield "The clock was put back: the last renewal lies in the future."
    elif kind == "delegated":
        days = int((record.renewed_at + REFRESH_LIFE_DAYS * _DAY - now) // _DAY)
        if days < 0:
            yield "The sign-in has not been renewed for 90 days and has probably lapsed: sign in again."
        elif days <= WARN_DAYS:
            yield f"The sign-in lapses in {_days(days)}: nothing renews it."


def _credential_day(settings: Settings, record: Record | None) -> date | None:
    """Return the last day of the app's credential: the secret's as typed, the certificate's as read."""
    typed = settings.microsoft365.client_secret_expires
    is_secret = settings.microsoft365.credential is AppCredential.SECRET
    read = record.credential_expires if record and _is_of_credential(record, settings) else ""
    text = typed if is_secret else read
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _is_of_credential(record: Record, settings: Settings) -> bool:
    """Whether the token was given for the kind of credential chosen now; one of the other kind still serves,
    but says nothing about whether the next one will be given.
    """
    return record.credential in ("", str(settings.microsoft365.credential))


def _client_id(settings: Settings) -> str:
    return settings.microsoft365.client_id


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _days(days: int) -> str:
    return {0: "less than a day", 1: "1 day"}.get(days, f"{days} days")
