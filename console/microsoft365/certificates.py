"""The certificate an app proves itself with: made here, or read from a PEM pair or PFX file.

Whatever is wrong with it is found before any request (kinds ``app.certificate-*``): MSAL notices a pair that
does not match not at all, and other faults only as a signature that Entra ID refuses.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from console.files import read_bounded
from console.secret import Secret
from console.text import one_line
from console.transcript import Stage
from console.values import dataclass
from console.verdict import Failure, SignInError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

FILE_LIMIT: Final = 256 * 1024
KEY_SIZES: Final = (2048, 3072)
VALID_DAYS: Final = 730
"""How long a certificate made here holds: as long as the longest client secret."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its private key, fit to be used.

    Attributes:
        private_key: PEM (PKCS #8), not encrypted.
        public_pem: The certificate alone, PEM: what is uploaded to the app registration.
        subject: Printable.
        thumbprint: SHA-1, upper-case hexadecimal, as the portal shows it.
        fingerprint: SHA-256, lower-case hexadecimal.
        not_before, not_after: Between them it holds (UTC, aware).
        bits: Size of the key.
    """

    private_key: Secret
    public_pem: str
    subject: str
    thumbprint: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    bits: int


def make_certificate(
    name: str, *, bits: int = 3072, days: int = VALID_DAYS, now: datetime | None = None
) -> Certificate:
    """Make a key pair and a self-signed certificate for it.

    Args:
        name: Common name, shown in the portal; cut to 64 characters (RFC 5280 ub-common-name).
        bits: 2048 or 3072.
        days: How long it holds.
        now: When it begins to hold; a day earlier in truth, for clocks that are behind.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    if bits not in KEY_SIZES:
        raise ValueError(f"a key has one of {KEY_SIZES} bits")
    began = now or datetime.now(UTC)
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one_line(name, 60)[:64] or "mail-console")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began - timedelta(days=1))
        .not_valid_after(began + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _joined(key, certificate)


def load_certificate(content: bytes, pass_phrase: Secret | None = None, *, name: str = "") -> Certificate:
    """Return the pair in a PEM or PFX file's content.

    Args:
        content: One private key and its certificate; others (a chain) may be there too.
        pass_phrase: Of the private key, or of the PFX; ignored when the key is not encrypted.
        name: The file's name, for the error.

    Raises:
        SignInError: It cannot be used (``app.certificate-…``).
    """
    if b"-----BEGIN" in content:
        key, certificates = _read_pem(content, pass_phrase, name)
    else:
        key, certificates = _read_pfx(content, pass_phrase, name)
    _must_be_rsa(key, name)
    spki = _public_octets(key.public_key())
    for certificate in certificates:
        if _public_octets(certificate.public_key()) == spki:
            return _joined(key, certificate)
    raise _fault(
        "app.certificate-mismatch", "The private key does not belong to the certificate beside it.", name
    )


def read_certificate_file(path: Path, pass_phrase: Secret | None = None) -> Certificate:
    """Return the pair in a file.

    Raises:
        SignInError: As `load_certificate`; also when there is no such file.
        FileError: It cannot be read.
    """
    try:
        content = read_bounded(path, FILE_LIMIT)
    except FileNotFoundError as error:
        raise _fault("app.certificate-file", f"There is no certificate file {path}.", str(path)) from error
    return load_certificate(content, pass_phrase, name=str(path))


def check_dates(certificate: Certificate, now: datetime) -> None:
    """Make sure the certificate holds now.

    Raises:
        SignInError: It has expired, or does not hold yet.
    """
    begins, ends = f"{certificate.not_before:%Y-%m-%d}", f"{certificate.not_after:%Y-%m-%d}"
    facts = {"not_before": begins, "expires": ends}
    if now >= certificate.not_after:
        text = f"The certificate expired on {ends}."
        raise _fault("app.certificate-expired", text, facts=facts)
    if now < certificate.not_before:
        text = f"The certificate holds only from {begins}; this appliance's clock says {now:%Y-%m-%d}."
        raise _fault("app.certificate-not-yet-valid", text, facts=facts)


def _read_pem(
    content: bytes, pass_phrase: Secret | None, name: str
) -> "tuple[PrivateKeyTypes, list[x509.Certificate]]":
    from cryptography import x509

    try:
        certificates = x509.load_pem_x509_certificates(content)
    except ValueError:
        raise _fault(
            "app.certificate-file", f"{name or 'The file'} holds no readable certificate.", name
        ) from None
    return _read_pem_key(content, pass_phrase, name), certificates


def _read_pem_key(content: bytes, pass_phrase: Secret | None, name: str) -> "PrivateKeyTypes":
    """Return the private key; none of the errors raised here has a frame in it that holds the pass phrase."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    is_encrypted = b"ENCRYPTED" in content
    if b"PRIVATE KEY-----" not in content:
        raise _fault("app.certificate-file", f"{name or 'The file'} holds no private key.", name)
    if is_encrypted and not pass_phrase:
        raise _fault("app.certificate-pass-phrase", "The private key wants a pass phrase.", name)
    try:
        secret = pass_phrase.reveal().encode() if pass_phrase and is_encrypted else None
        return load_pem_private_key(content, secret)
    except UnsupportedAlgorithm:
        raise _fault("app.certificate-not-rsa", "The private key is of a kind not supported.", name) from None
    except (ValueError, TypeError):
        kind = "app.certificate-pass-phrase" if is_encrypted else "app.certificate-file"
        text = (
            "The pass phrase is wrong."
            if is_encrypted
            else f"{name or 'The file'} holds a broken private key."
        )
        raise _fault(kind, text, name) from None


def _read_pfx(
    content: bytes, pass_phrase: Secret | None, name: str
) -> "tuple[PrivateKeyTypes, list[x509.Certificate]]":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    if not content.startswith(b"\x30"):
        raise _fault("app.certificate-file", f"{name or 'The file'} is neither PEM nor PFX.", name)
    try:
        secret = pass_phrase.reveal().encode() if pass_phrase else None
        key, certificate, others = load_key_and_certificates(content, secret)
    except (ValueError, UnsupportedAlgorithm):
        text = (
            "The pass phrase is wrong, or the PFX file is broken."
            if pass_phrase
            else ("The PFX file wants a pass phrase, or is broken.")
        )
        raise _fault("app.certificate-pass-phrase", text, name) from None
    if key is None or certificate is None:
        raise _fault("app.certificate-file", "The PFX file holds no private key with its certificate.", name)
    return key, [certificate, *others]


def _must_be_rsa(key: "PrivateKeyTypes", name: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if not isinstance(key, RSAPrivateKey):
        raise _fault(
            "app.certificate-not-rsa", "The private key is not RSA, the only kind Entra ID takes.", name
        )


def _public_octets(key: "object") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]


def _joined(key: "PrivateKeyTypes", certificate: "x509.Certificate") -> Certificate:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Certificate(
        private_key=Secret(pem),
        public_pem=certificate.public_bytes(Encoding.PEM).decode(),
        subject=one_line(certificate.subject.rfc4514_string(), 200),
        thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303 - what the portal shows
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        bits=getattr(key, "key_size", 0),
    )


def _fault(kind: str, text: str, name: str = "", *, facts: dict[str, str] | None = None) -> SignInError:
    found = {**({"file": one_line(name, 255)} if name else {}), **(facts or {})}
    return SignInError(Failure(Stage.LOCAL, kind, one_line(text), facts=found), one_line(text))
