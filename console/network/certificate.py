"""What a server's certificate says, as facts for people: subject, issuer, names, expiry, fingerprint."""

import hashlib
from collections.abc import Iterable, Mapping
from socket import AF_INET6, inet_ntop, inet_pton

from console.annotations import TYPE_CHECKING, Any, Final
from console.text import one_line

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SHORT: Final = {
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "countryName": "C",
}
NAMES_SHOWN: Final = 20


def facts_of_verified(parsed: Mapping[str, Any], octets: bytes) -> dict[str, str]:
    """Return the facts of a verified certificate, as ``SSLSocket.getpeercert`` parsed it."""
    facts = {
        "subject": _distinguished(parsed.get("subject", ())),
        "issuer": _distinguished(parsed.get("issuer", ())),
        "names": _listed(_alternative(*name) for name in parsed.get("subjectAltName", ())),
        "expires": _utc(str(parsed.get("notAfter", ""))),
    }
    return _finished(facts, octets)


def facts_of(octets: bytes) -> dict[str, str]:
    """Return the facts of any certificate (DER); only its fingerprint when it cannot be parsed."""
    from cryptography import x509  # costs 25 ms; needed only where nothing was verified

    try:
        certificate = x509.load_der_x509_certificate(octets)
        facts = {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "names": _alternatives(certificate),
            "begins": f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%S} UTC",
            "expires": f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC",
        }
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        facts = {}  # a malformed certificate: its fingerprint still tells which
    return _finished(facts, octets)


def _finished(facts: Mapping[str, str], octets: bytes) -> dict[str, str]:
    clean = {key: one_line(value) for key, value in facts.items()}
    # Spelled as OpenSSL and the settings spell it: it is compared by eye.
    return {**clean, "fingerprint": hashlib.sha256(octets).digest().hex(":")}


def _alternatives(certificate: "Certificate") -> str:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ""
    return _listed(
        name.value.rfc4514_string() if isinstance(name, x509.DirectoryName) else str(name.value)
        for name in found.value
    )


def _alternative(kind: str, value: str | tuple[Any, ...]) -> str:
    """Return one alternative name: OpenSSL has a directory's in parts, an IPv6 address with every zero."""
    if not isinstance(value, str):
        return _distinguished(value)
    if kind != "IP Address" or ":" not in value:
        return value
    try:
        return inet_ntop(AF_INET6, inet_pton(AF_INET6, value.strip()))
    except OSError:
        return value


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - NAMES_SHOWN} more" if len(every) > NAMES_SHOWN else ""
    return ", ".join(every[:NAMES_SHOWN]) + more


def _distinguished(name: Iterable[Iterable[tuple[str, str]]]) -> str:
    return ", ".join(f"{_SHORT.get(key, key)}={value}" for part in name for key, value in part)


def _utc(text: str) -> str:
    """Return OpenSSL's ``Nov  1 06:23:25 2026 GMT`` as ``2026-11-01 06:23:25 UTC``."""
    words = text.split()
    if len(words) != 5 or words[0] not in _MONTHS:  # month, day, time, year, zone
        return text
    return f"{words[3]}-{_MONTHS.index(words[0]) + 1:02}-{int(words[1]):02} {words[2]} UTC"
