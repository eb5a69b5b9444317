"""A throw-away certificate authority for the sandbox and the tests: real X.509, trusted by nobody else.

Keys are P-256 and live as long as the sandbox's scratch folder.
"""

import hashlib
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder, GeneralName, Name


class Pair(NamedTuple):
    """Paths of a certificate and its private key, both PEM."""

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class _Signer:
    certificate: "Certificate"
    key: "EllipticCurvePrivateKey"


class Authority:
    """Issues server certificates; make one with `Authority.create`."""

    def __init__(self, folder: Path, signer: _Signer) -> None:
        self.folder = folder
        self._signer = signer
        self._issued = 0

    @classmethod
    def create(cls, folder: Path, name: str = "Mail console sandbox CA") -> "Authority":
        """Make a new authority whose files lie in `folder` (made if missing)."""
        folder.mkdir(parents=True, exist_ok=True)
        key = _new_key()
        issuer = _name(name)
        builder = _builder(issuer, key, *_period(expired=False, not_yet=False))
        certificate = _sign(_as_authority(builder), issuer, key)
        authority = cls(folder, _Signer(certificate, key))
        _write_certificate(authority.ca_file, certificate)
        return authority

    @property
    def ca_file(self) -> Path:
        """PEM file to trust this authority with."""
        return self.folder / "ca.pem"

    def issue(
        self,
        names: Sequence[str],
        *,
        expired: bool = False,
        not_yet: bool = False,
        self_signed: bool = False,
    ) -> Pair:
        """Issue a server certificate.

        Args:
            names: DNS names and IP addresses it is for; the first is the common name as well.
            expired: It ended yesterday.
            not_yet: It begins tomorrow.
            self_signed: Signed by its own key instead of this authority.

        Returns:
            Paths of certificate and key, below this authority's folder.
        """
        key = _new_key()
        subject = _name(names[0])
        builder = _as_server(_builder(subject, key, *_period(expired=expired, not_yet=not_yet)), names)
        if self_signed:
            certificate = _sign(builder, subject, key)
        else:
            certificate = _sign(builder, self._signer.certificate.subject, self._signer.key)
        self._issued += 1
        stem = self.folder / f"server-{self._issued}"
        pair = Pair(stem.with_suffix(".pem"), stem.with_suffix(".key"))
        _write_certificate(pair.cert, certificate)
        _write_key(pair.key, key)
        return pair

    def server_context(self, pair: Pair) -> ssl.SSLContext:
        """Return a context for a server (TLS 1.2 at least) that shows `pair`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(pair.cert, pair.key)
        return context


def fingerprint(cert: Path) -> str:
    """Return the SHA-256 fingerprint of a PEM file's first certificate, lower-case hex without colons."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(cert.read_text("ascii"))).hexdigest()


def _new_key() -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _name(common_name: str) -> "Name":
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name[:64])])


def _period(*, expired: bool, not_yet: bool) -> tuple[datetime, datetime]:
    now = datetime.now(UTC).replace(microsecond=0)
    if expired:
        return now - timedelta(days=30), now - timedelta(days=1)
    if not_yet:
        return now + timedelta(days=1), now + timedelta(days=30)
    return now - timedelta(hours=1), now + timedelta(days=30)


def _builder(
    subject: "Name", key: "EllipticCurvePrivateKey", begins: datetime, ends: datetime
) -> "CertificateBuilder":
    from cryptography import x509

    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    return builder.not_valid_before(begins).not_valid_after(ends)


def _as_authority(builder: "CertificateBuilder") -> "CertificateBuilder":
    from cryptography import x509

    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.add_extension(usage, critical=True)


def _as_server(builder: "CertificateBuilder", names: Sequence[str]) -> "CertificateBuilder":
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    return builder.add_extension(alternatives, False)


def _alternative(name: str) -> "GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _sign(builder: "CertificateBuilder", issuer: "Name", key: "EllipticCurvePrivateKey") -> "Certificate":
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.issuer_name(issuer).add_extension(signer, critical=False).sign(key, SHA256())


def _write_certificate(path: Path, certificate: "Certificate") -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    path.write_bytes(certificate.public_bytes(Encoding.PEM))


def _write_key(path: Path, key: "EllipticCurvePrivateKey") -> None:
    from cryptography.hazmat.primitives import serialization as pem

    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()))
