"""The tokens of the sandbox: JWTs signed with a key of its own, and refresh tokens that rotate.

Access tokens are those of Entra ID for Exchange Online and Graph: version 1.0 claims, RS256 (entra-docs
``access-token-claims-reference``). Refresh tokens are opaque; a used one stays good until revoked, as at
Entra ID (entra-docs ``refresh-tokens``).
"""

import base64
import hashlib
import json
import secrets
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from console.sandbox.directory import SERVICE_OBJECT_ID, TENANT_ID, Account, account
from console.sandbox.kept import Kept

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Clock = Callable[[], float]
KEPT: Final = 1000
"""Refresh tokens remembered; the oldest are forgotten first."""
_SHORTEST, _SPREAD = 3600, 1800
"""Access tokens live 60 to 90 minutes, at random (configurable-token-lifetimes.md)."""
_V1_ISSUER: Final = f"https://sts.windows.net/{TENANT_ID}/"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a refresh token stands for.

    Attributes:
        account: Who signed in.
        client_id: The app it was issued to.
        issued: When the sign-in was (seconds since 1970).
    """

    account: Account
    client_id: str
    issued: float


class TokenMint:
    """Signs and checks the tokens of one sandbox.

    Args:
        clock: Seconds since 1970; replaced in tests.
        kept: Where the signing key is kept.
    """

    def __init__(self, clock: Clock = time.time, kept: Kept | None = None) -> None:
        self._clock = clock
        self._ended_at = 0
        self._given_since: set[str] = set()
        self._key = _signing_key(kept or Kept())
        self.key_id = hashlib.sha256(
            _unsigned(self._key.public_key().public_numbers().n).encode()
        ).hexdigest()

    def lifetime(self) -> int:
        """Return how long the next access token lives, in seconds."""
        return _SHORTEST + secrets.randbelow(_SPREAD)

    def for_user(self, account: Account, client_id: str, audience: str, scopes: str, seconds: int) -> str:
        """Return a user's access token (``scp``)."""
        named = {"upn": account.address, "unique_name": account.address, "oid": account.oid}
        return self._access(client_id, audience, seconds, named | {"scp": scopes, "appidacr": "0"})

    def for_app(self, client_id: str, audience: str, roles: list[str], seconds: int, *, proof: str) -> str:
        """Return an app's access token; without any role the claim is left out, as Entra ID does.

        Args:
            client_id: The app.
            audience: The resource.
            roles: Application permissions with consent.
            seconds: How long it lives.
            proof: ``1`` for a secret, ``2`` for a certificate (claim ``appidacr``).
        """
        claims: dict[str, object] = {"appidacr": proof, "idtyp": "app", "oid": SERVICE_OBJECT_ID}
        if roles:
            claims["roles"] = roles
        return self._access(client_id, audience, seconds, claims)

    def id_token(self, account: Account, client_id: str, issuer: str) -> str:
        """Return an ID token (version 2.0 claims, OpenID Connect Core §2)."""
        claims = {
            "aud": client_id,
            "iss": issuer,
            "name": account.name,
            "oid": account.oid,
            "preferred_username": account.address,
            "sub": _pairwise(account.oid, client_id),
            "ver": "2.0",
        }
        return self._sign(claims, 3600)

    def checked(self, token: str) -> Mapping[str, Any]:
        """Return the claims of one of our own tokens, its signature and times checked, the audience not.

        Raises:
            ValueError: It is not ours, changed, not yet valid or expired (the text says which).
        """
        import jwt

        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise ValueError(f"invalid token: {error}") from error
        was_ended = claims["iat"] <= self._ended_at and claims["uti"] not in self._given_since
        if was_ended or claims["exp"] <= self._clock():
            raise ValueError("Lifetime validation failed, the token is expired.")
        return claims

    def end_given(self) -> None:
        """Let the time of every token given until now be over, as if its hour had passed."""
        self._given_since.clear()
        self._ended_at = int(self._clock())

    def keys(self) -> dict[str, object]:
        """Return the signing key as a JSON Web Key Set (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "n": _unsigned(numbers.n),
            "e": _unsigned(numbers.e),
        }
        return {"keys": [key]}

    def _access(self, client_id: str, audience: str, seconds: int, claims: Mapping[str, object]) -> str:
        common = {"aud": audience, "iss": _V1_ISSUER, "appid": client_id, "ver": "1.0"}
        return self._sign({**common, **claims}, seconds)

    def _sign(self, claims: Mapping[str, object], seconds: int) -> str:
        import jwt

        now, token_id = int(self._clock()), secrets.token_urlsafe(16)
        if now <= self._ended_at:  # given in the very second in which the earlier ones ended
            self._given_since.add(token_id)
        common = {"tid": TENANT_ID, "iat": now, "nbf": now, "exp": now + seconds, "uti": token_id}
        headers = {"kid": self.key_id}
        return jwt.encode({**common, **claims}, self._key, algorithm="RS256", headers=headers)


class RefreshTokens:
    """The refresh tokens issued, bounded; safe from any thread."""

    def __init__(self, clock: Clock = time.time, kept: Kept | None = None) -> None:
        self._clock = clock
        self._kept = kept or Kept()
        self._lock = threading.Lock()
        self._grants: OrderedDict[str, Grant] = OrderedDict(_grants_of(self._kept.get("refresh-tokens")))
        self._valid_from: dict[str, float] = {}

    def issue(self, grant: Grant) -> str:
        """Return a new token for `grant`; older ones stay good."""
        token = f"1.{secrets.token_urlsafe(96)}"
        with self._lock:
            self._grants[token] = grant
            while len(self._grants) > KEPT:
                self._grants.popitem(last=False)
            self._keep()
        return token

    def find(self, token: str) -> Grant | None:
        """Return what a token stands for, or None when it was never issued."""
        with self._lock:
            return self._grants.get(token)

    def is_revoked(self, grant: Grant) -> bool:
        """Whether the account's sessions were revoked after the sign-in."""
        with self._lock:
            return grant.issued < self._valid_from.get(grant.account.oid, 0.0)

    def revoke(self, account: Account) -> None:
        """Revoke all sessions of an account, as an administrator does (``revokeSignInSessions``)."""
        with self._lock:
            self._valid_from[account.oid] = self._clock()

    def _keep(self) -> None:
        rows = {token: (one.account.oid, one.client_id, one.issued) for token, one in self._grants.items()}
        self._kept.put("refresh-tokens", rows)


def client_info(account: Account) -> str:
    """Return the ``client_info`` that MSAL names its accounts after: object ID and tenant, base64url."""
    return _base64url(json.dumps({"uid": account.oid, "utid": TENANT_ID}).encode())


def _signing_key(kept: Kept) -> "RSAPrivateKey":
    from cryptography.hazmat.primitives import serialization as pem
    from cryptography.hazmat.primitives.asymmetric import rsa

    with suppress(ValueError, TypeError, AttributeError):  # nothing kept, or damaged: a new one
        key = pem.load_pem_private_key(str(kept.get("signing-key")).encode(), None)
        if isinstance(key, rsa.RSAPrivateKey):
            return key
    new = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = new.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    kept.put("signing-key", text.decode())
    return new


def _grants_of(rows: object) -> dict[str, Grant]:
    found = {}
    with suppress(ValueError, TypeError, AttributeError):  # nothing kept, or damaged
        for token, (oid, client_id, issued) in rows.items():  # type: ignore[attr-defined]
            if (who := account(oid)) is not None:
                found[str(token)] = Grant(who, str(client_id), float(issued))
    return found


def _pairwise(oid: str, client_id: str) -> str:
    return _base64url(uuid.uuid5(uuid.UUID(oid), client_id).bytes * 2)


def _unsigned(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
