"""The sign-in as it stands, in one small file of our own: the access token and what is known about it.

It is what a live `send` needs, read without MSAL; the refresh token is not in it
(`console.microsoft365.cache`). Root alone can read it, and it is replaced whole. An account's sign-in and an
app's have a file each, so that one can switch to and fro.
"""

import json
import time
from collections.abc import Mapping
from typing import Final

from console.errors import ConsoleError
from console.microsoft365.claims import Grant
from console.microsoft365.clouds import Endpoints
from console.secret import Secret
from console.secret_store import SecretStore
from console.settings.model import APP, Settings
from console.values import dataclass, fields

KEYS: Final = {"delegated": "access-token", "app": "access-token.app"}
VERSION: Final = 1
LEAST_LIFE: Final = 300.0
"""Seconds a token must still live to be used as it is; of a short-lived one, half its life."""

_UNKNOWN_LIFE: Final = 600.0
"""Seconds a token is taken to live whose answer does not say (RFC 6749 §5.1 only recommends it)."""

_LONGEST_LIFE: Final = 100_800.0
"""Seconds; 28 hours is the longest of Entra ID. Renewing is what keeps a refresh token from lapsing."""

_CLOCK_STEP: Final = 60.0
"""Seconds the clock may have been put back before a token's age means nothing."""


@dataclass(frozen=True, slots=True)
class Record:
    """One sign-in and its current access token.

    Attributes:
        token: The access token.
        kind: ``delegated`` or ``app``.
        authority: Where it came from, with tenant.
        client_id: The app's ID.
        scope: What was asked for, space separated.
        account: Who signed in, or "".
        names: Every name the account is known by, lower case.
        tenant: Tenant ID as the token tells it, or "".
        audience: Who the token is for, or "".
        scopes: Delegated permissions granted.
        roles: Application permissions.
        signed_in_at: Unix time of the sign-in (of the first token for an app).
        renewed_at: Unix time of the last renewal.
        expires_at: Unix time the access token ends at.
        credential_expires: Last day of secret or certificate (``2028-05-31``), or "".
        credential: What the app proved itself with (``secret``, ``certificate``), or "" for an account, or
            when it is not known.
    """

    token: Secret
    kind: str
    authority: str
    client_id: str
    scope: str
    account: str
    names: tuple[str, ...]
    tenant: str
    audience: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    signed_in_at: float
    renewed_at: float
    expires_at: float
    credential_expires: str = ""
    credential: str = ""

    def is_for(self, endpoints: Endpoints, client_id: str) -> bool:
        """Whether it is a sign-in at this authority with this app, for whatever scope."""
        return self.authority == endpoints.authority and self.client_id == client_id

    def lives(self, least: float = LEAST_LIFE, now: float | None = None) -> bool:
        """Whether the token can be used for `least` seconds more, by a clock that may have been set.

        A token from the future (the clock was put back) is not trusted to live.
        """
        time_now = time.time() if now is None else now
        enough = min(least, (self.expires_at - self.renewed_at) / 2)
        return self.renewed_at - _CLOCK_STEP <= time_now < self.expires_at - enough


def record_of(
    answer: Mapping[str, object],
    grant: Grant,
    endpoints: Endpoints,
    client_id: str,
    *,
    kind: str,
    credential_expires: str = "",
    credential: str = "",
    earlier: Record | None = None,
) -> Record:
    """Return the record of a token answer.

    Args:
        answer: The answer's fields.
        grant: What `console.microsoft365.claims.read_grant` made of it.
        endpoints: Where it was asked for.
        client_id: The app's ID.
        kind: ``delegated`` or ``app``.
        credential_expires: Last day of secret or certificate, or "".
        credential: What the app proved itself with, or "".
        earlier: The record it replaces when a token is renewed: a renewal need not repeat who signed in.
    """
    now = time.time()
    return Record(
        token=Secret(str(answer["access_token"])),
        kind=kind,
        authority=endpoints.authority,
        client_id=client_id,
        scope=" ".join(endpoints.scopes),
        account=grant.account or (earlier.account if earlier else ""),
        names=grant.names or (earlier.names if earlier else ()),
        tenant=grant.tenant or (earlier.tenant if earlier else ""),
        audience=grant.audience,
        scopes=grant.scopes,
        roles=grant.roles,
        signed_in_at=earlier.signed_in_at if earlier else now,
        renewed_at=now,
        expires_at=now + (min(grant.lifetime, _LONGEST_LIFE) if grant.lifetime > 0 else _UNKNOWN_LIFE),
        credential_expires=credential_expires,
        credential=credential,
    )


def kind_of(settings: Settings) -> str:
    """Return whether the transport's sign-in is an account's (``delegated``) or an ``app``'s."""
    return "app" if settings.mail.transport in APP else "delegated"


def read_record(secrets: SecretStore, kind: str) -> Record | None:
    """Return the record on disk; None when there is none, or none that can be read: it can be made anew.

    Args:
        secrets: Where it lies.
        kind: ``delegated`` or ``app``.
    """
    try:
        kept = secrets.get(KEYS[kind])
        shape = json.loads(kept.reveal()) if kept else None
    except (ValueError, RecursionError, ConsoleError):
        return None
    if not isinstance(shape, dict) or shape.get("version") != VERSION:
        return None
    record = _parsed(shape)
    return record if record is not None and record.kind == kind else None


def write_record(secrets: SecretStore, record: Record) -> None:
    """Put the record on disk in place of the older one.

    Raises:
        FileError: It cannot be written; the older one is still there.
    """
    shape: dict[str, object] = {"version": VERSION}
    for one in fields(record):
        value = getattr(record, one.name)
        shape[one.name] = value.reveal() if isinstance(value, Secret) else value
    secrets.put(KEYS[record.kind], Secret(json.dumps(shape, indent=1)))


def _parsed(shape: Mapping[str, object]) -> Record | None:
    values: dict[str, object] = {}
    for one in fields(Record):
        value = shape.get(one.name, "" if one.name in _LATER else None)
        kind = _KINDS[one.name]
        if kind is tuple:
            if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
                return None
            values[one.name] = tuple(value)
        elif kind is float:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return None
            values[one.name] = float(value)
        elif isinstance(value, str):
            values[one.name] = Secret(value) if kind is Secret else value
        else:
            return None
    return Record(**values)  # type: ignore[arg-type]  # each was just checked


_LATER: Final = frozenset({"credential"})
"""Fields that a record of an earlier release does not have: its sign-in holds all the same."""

_KINDS: Final[Mapping[str, type]] = {
    "token": Secret,
    **dict.fromkeys(("names", "scopes", "roles"), tuple),
    **dict.fromkeys(("signed_in_at", "renewed_at", "expires_at"), float),
    **dict.fromkeys(
        (
            "kind",
            "authority",
            "client_id",
            "scope",
            "account",
            "tenant",
            "audience",
            "credential_expires",
            "credential",
        ),
        str,
    ),
}
