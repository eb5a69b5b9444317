"""What a token answer says about itself: account, tenant, audience, permissions, lifetime. Hints only.

Microsoft asks clients to treat access tokens as opaque, and tokens of other services need not be JWTs, so
what cannot be read is unknown, never an error. Nothing here checks a signature; nothing here decides who may
do what (fact: access-token-claims-reference, "Do not use … for authorization").
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Final

from console.text import one_line
from console.values import dataclass

_TOKEN_LIMIT: Final = 64 * 1024
_ADMINISTRATOR_ROLES: Final = frozenset(
    {
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
        "29232cdf-9323-42fd-ade2-1d097af3e4de",  # Exchange Administrator
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
        "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
        "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
    }
)
"""Role template IDs of the ``wids`` claim (learn.microsoft.com, Microsoft Entra built-in roles)."""

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted, as far as it can be read; printable, no secrets. Unknown is "" or empty or None.

    Attributes:
        account: The account that signed in (``preferred_username`` or ``upn``); "" for an app.
        names: Every name and address the account is known by, lower case.
        display_name: The account's name for people.
        tenant: Tenant ID.
        client_id: The app's ID.
        audience: Who the access token is for (``aud``).
        scopes: Delegated permissions, as the answer or the token names them.
        roles: Application permissions.
        lifetime: Seconds the access token lives.
        issued_at: Unix time by the server's clock.
        is_readable: Whether the access token could be read at all.
        is_administrator: Whether the account holds an administrator role.
    """

    account: str = ""
    names: tuple[str, ...] = ()
    display_name: str = ""
    tenant: str = ""
    client_id: str = ""
    audience: str = ""
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    lifetime: float = 0.0
    issued_at: float | None = None
    is_readable: bool = False
    is_administrator: bool = False


def decode_claims(token: str) -> dict[str, object]:
    """Return the payload of a JWT (RFC 7519 §3), or {} when it is not one."""
    parts = token.split(".")
    if len(token) > _TOKEN_LIMIT or len(parts) != 3:
        return {}
    payload = parts[1]
    try:
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        claims = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def read_grant(answer: Mapping[str, object], asked: tuple[str, ...], *, is_app: bool) -> Grant:
    """Return what a token answer (RFC 6749 §5.1) grants.

    Args:
        answer: The answer's fields; `access_token` and `id_token` are decoded where they can be.
        asked: The scopes asked for; they hold when the answer names none (RFC 6749 §5.1).
        is_app: Whether an app asked for itself: then there is no account.
    """
    access = decode_claims(_text(answer, "access_token", _TOKEN_LIMIT))
    identity = {} if is_app else decode_claims(_text(answer, "id_token", _TOKEN_LIMIT))
    names = () if is_app else tuple(dict.fromkeys(_names(identity, access)))
    return Grant(
        account=names[0] if names else "",
        names=tuple(dict.fromkeys(name.casefold() for name in names)),
        display_name="" if is_app else _first("name", identity, access),
        tenant=_first("tid", access, identity),
        client_id=_first("appid", access) or _first("azp", access),
        audience=_first("aud", access),
        scopes=() if is_app else _scopes(answer, access, asked),
        roles=_strings(access.get("roles")),
        lifetime=_number(answer.get("expires_in")) or 0.0,
        issued_at=_number(access.get("iat")),
        is_readable=bool(access),
        is_administrator=not _ADMINISTRATOR_ROLES.isdisjoint(
            {*_strings(identity.get("wids")), *_strings(access.get("wids"))}
        ),
    )


def _scopes(answer: Mapping[str, object], access: Claims, asked: tuple[str, ...]) -> tuple[str, ...]:
    named = _text(answer, "scope", 4000).split() or _text(access, "scp", 4000).split() or list(asked)
    return tuple(one_line(scope, 200) for scope in named[:50])


def _names(identity: Claims, access: Claims) -> Iterator[str]:
    for claims in (identity, access):
        for key in ("preferred_username", "upn", "unique_name", "email", "verified_primary_email"):
            value = claims.get(key)
            for name in _strings(value) if isinstance(value, list) else (_text(claims, key, 320),):
                if name:
                    yield name


def _first(key: str, *sources: Claims) -> str:
    return next((found for source in sources if (found := _text(source, key, 320))), "")


def _text(source: Mapping[str, object], key: str, limit: int) -> str:
    value = source.get(key)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return ""
    return value if limit >= _TOKEN_LIMIT else one_line(value, limit)


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(one_line(one, 320) for one in value[:50] if isinstance(one, str))


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)  # some services send numbers as text
    if isinstance(value, int | float) and -1e15 < value < 1e15:
        return float(value)
    return None
