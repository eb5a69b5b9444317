"""Checks a client assertion: the JWT with which an app proves itself by certificate (RFC 7523 §2.2).

Entra ID finds the certificate by its thumbprint, ``x5t`` (SHA-1) or ``x5t#S256``, checks signature, times,
audience and names (learn.microsoft.com/entra/identity-platform/certificate-credentials).
"""

import base64
import binascii
import hashlib
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from console.errors import UsageError
from console.sandbox.entra_errors import Aadsts, refuse
from console.sandbox.kept import Kept

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

KIND: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS: Final = ("RS256", "PS256")
_SKEW: Final = 300.0
"""Seconds the clocks may differ."""
_KEPT: Final = 10


class Certificates:
    """The certificates uploaded to the app registration; safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.time, kept: Kept | None = None) -> None:
        self._clock = clock
        self._kept = kept or Kept()
        self._lock = threading.Lock()
        self._certificates: list[Certificate] = _certificates_of(self._kept.get("certificates"))

    def upload(self, pem: bytes) -> str:
        """Take a certificate (PEM or DER) and return its SHA-1 thumbprint, as the portal shows it.

        Raises:
            UsageError: It is no certificate.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives.hashes import SHA1

        load = x509.load_pem_x509_certificate if b"-----BEGIN" in pem else x509.load_der_x509_certificate
        try:
            certificate = load(pem)
        except ValueError as error:
            fix = "Upload the .pem or .cer file, not the key."
            raise UsageError("This is no certificate.", fix) from error
        with self._lock:
            self._certificates = [*self._certificates, certificate][-_KEPT:]
            self._kept.put("certificates", [_pem(one) for one in self._certificates])
        return certificate.fingerprint(SHA1()).hex().upper()  # noqa: S303 - a name, not a proof

    def check(self, assertion: str, client_id: str, audiences: frozenset[str]) -> None:
        """Return when `assertion` proves the app; answers with a refusal when not.

        Args:
            assertion: The JWT, compact form.
            client_id: Who it must come from (``iss`` and ``sub``).
            audiences: Whom it may be for (``aud``): the token endpoint.
        """
        import jwt

        try:
            header = jwt.get_unverified_header(assertion)
        except jwt.PyJWTError:
            refuse(Aadsts.ASSERTION_MALFORMED)
        certificate = self._named(header)
        facts = {"client_id": client_id, "thumbprint": _thumbprint(header)}
        if certificate is None:
            refuse(Aadsts.ASSERTION_UNSIGNED, reason="The key was not found.", **facts)
        if certificate.not_valid_after_utc.timestamp() < self._clock():
            refuse(Aadsts.ASSERTION_UNSIGNED, reason="The key used is expired.", **facts)
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion,
                certificate.public_key(),  # type: ignore[arg-type]  # a wrong kind of key is a PyJWTError
                algorithms=_ALGORITHMS,
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.InvalidSignatureError:
            reason = "The provided signature value did not match the expected signature value."
            refuse(Aadsts.ASSERTION_UNSIGNED, reason=reason, **facts)
        except jwt.PyJWTError:
            refuse(Aadsts.ASSERTION_MALFORMED)
        self._check_claims(claims, client_id, audiences)

    def _named(self, header: dict[str, Any]) -> "Certificate | None":
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256

        with self._lock:
            known = list(self._certificates)
        for certificate in known:
            short = certificate.fingerprint(SHA1())  # noqa: S303 - a name, not a proof
            if _unpadded(header.get("x5t#S256")) == _base64url(certificate.fingerprint(SHA256())):
                return certificate
            if _unpadded(header.get("x5t")) == _base64url(short):
                return certificate
        return None

    def _check_claims(self, claims: dict[str, Any], client_id: str, audiences: frozenset[str]) -> None:
        now, begins, ends = self._clock(), claims.get("nbf", 0), claims.get("exp", 0)
        if not (isinstance(ends, int | float) and isinstance(begins, int | float)):
            refuse(Aadsts.ASSERTION_MALFORMED)
        if ends < now - _SKEW or begins > now + _SKEW:
            refuse(Aadsts.ASSERTION_TIME, now=_moment(now), expires=_moment(ends))
        if claims.get("iss") != client_id or claims.get("sub") != client_id:
            refuse(Aadsts.ASSERTION_NAME)
        audience = claims.get("aud")
        if not isinstance(audience, str) or audience not in audiences:
            refuse(Aadsts.ASSERTION_MALFORMED)


def _pem(certificate: "Certificate") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


def _certificates_of(texts: object) -> "list[Certificate]":
    from cryptography import x509

    try:
        return [x509.load_pem_x509_certificate(text.encode()) for text in texts]  # type: ignore[attr-defined]
    except (ValueError, TypeError, AttributeError):  # nothing kept, or damaged
        return []


def _thumbprint(header: dict[str, Any]) -> str:
    named = _unpadded(header.get("x5t"))
    try:
        return base64.urlsafe_b64decode(named + "=" * (-len(named) % 4)).hex().upper()
    except (ValueError, binascii.Error):
        return hashlib.sha1(named.encode()).hexdigest().upper()  # noqa: S324 - a name, not a proof


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
    except (OverflowError, ValueError, OSError):
        return "unknown"


def _unpadded(named: object) -> str:
    """Return a thumbprint as RFC 7515 §4.1.7 wants it; MSAL leaves padding on, and Entra ID takes that."""
    return named.rstrip("=") if isinstance(named, str) else ""


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
