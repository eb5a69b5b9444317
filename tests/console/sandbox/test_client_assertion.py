"""Apps that prove themselves by certificate: the real client library, and forged proofs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from console.errors import UsageError
from console.sandbox.client_assertion import KIND, Certificates
from console.sandbox.directory import CLIENT_ID, TENANT_ID
from console.sandbox.entra_errors import RefusedError
from tests.support.sandbox import Client

SCOPE = "https://outlook.office365.com/.default"


class App:
    """A key with its certificate."""

    def __init__(self, days: int = 30) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail console")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
        builder = builder.public_key(self.key.public_key())
        ends = now + timedelta(days=days)
        builder = builder.not_valid_before(min(now, ends) - timedelta(days=1)).not_valid_after(ends)
        self.certificate = builder.sign(self.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        self.key_pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.thumbprint = self.certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - a name, not a proof

    def signed(self, audience: str, **changed: Any) -> str:
        """Return an assertion, with claims changed (None leaves one out)."""
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": CLIENT_ID,
            "sub": CLIENT_ID,
            "nbf": now,
            "exp": now + 600,
            **changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        x5t = jwt.utils.base64url_encode(bytes.fromhex(self.thumbprint)).decode()
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"x5t": x5t})


@pytest.fixture(scope="module")
def app() -> App:
    return App()


@pytest.fixture(scope="module")
def stranger() -> App:
    return App()


def asked(client: Client, assertion: str) -> tuple[int, list[int]]:
    """Ask for a token with an assertion; return status and AADSTS numbers."""
    answer = client.token(
        "client_credentials", client_assertion=assertion, client_assertion_type=KIND, scope=SCOPE
    )
    return answer.status_code, answer.json().get("error_codes", [])


def endpoint(client: Client) -> str:
    return f"{client.base}/contoso.com/oauth2/v2.0/token"


def test_uploaded_certificate_proves_the_app(client: Client, app: App) -> None:
    assert client.box.entra.certificates.upload(app.pem) == app.thumbprint.upper()
    answer = client.token(
        "client_credentials",
        client_assertion=app.signed(endpoint(client)),
        client_assertion_type=KIND,
        scope=SCOPE,
    )
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert (claims["appidacr"], claims["roles"]) == ("2", ["SMTP.SendAsApp"])


@pytest.mark.parametrize(
    "credential",
    [
        lambda app: {"private_key": app.key_pem, "public_certificate": app.pem.decode()},  # PS256, x5t#S256
        lambda app: {"private_key": app.key_pem, "thumbprint": app.thumbprint},  # RS256, x5t
    ],
)
def test_msal_with_certificate(client: Client, app: App, credential: Callable[[App], dict[str, str]]) -> None:
    import msal

    client.box.entra.certificates.upload(app.pem)
    given = credential(app)
    confidential = msal.ConfidentialClientApplication(
        CLIENT_ID,
        client_credential=given,
        authority=f"{client.base}/{TENANT_ID}",
        instance_discovery=False,
        http_client=client.http,
    )
    assert "access_token" in confidential.acquire_token_for_client([SCOPE])


def test_certificate_that_was_not_uploaded(client: Client, stranger: App) -> None:
    assert asked(client, stranger.signed(endpoint(client))) == (401, [700027])


def test_key_of_another_pair_behind_a_known_thumbprint(client: Client, app: App, stranger: App) -> None:
    client.box.entra.certificates.upload(app.pem)
    x5t = jwt.get_unverified_header(app.signed("x"))["x5t"]
    claims = jwt.decode(app.signed(endpoint(client)), options={"verify_signature": False})
    forged = jwt.encode(claims, stranger.key, algorithm="RS256", headers={"x5t": x5t})
    assert asked(client, forged) == (401, [700027])


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"exp": int(time.time()) - 3600}, (401, [700024])),
        ({"nbf": int(time.time()) + 3600}, (401, [700024])),
        ({"exp": "soon"}, (400, [50027])),
        ({"exp": None}, (401, [700024])),
        ({"iss": "somebody"}, (401, [700021])),
        ({"sub": "somebody"}, (401, [700021])),
        ({"aud": "https://example.com/token"}, (400, [50027])),
        ({"aud": ["https://example.com/token"]}, (400, [50027])),
        ({"aud": None}, (400, [50027])),
    ],
)
def test_wrong_claims(
    client: Client, app: App, changed: dict[str, Any], wanted: tuple[int, list[int]]
) -> None:
    client.box.entra.certificates.upload(app.pem)
    assert asked(client, app.signed(endpoint(client), **changed)) == wanted


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_nonsense(client: Client, assertion: str) -> None:
    status, numbers = asked(client, assertion)
    assert (status, numbers) in [(400, [50027]), (401, [700027])]


def test_unsigned_assertion_with_known_thumbprint(client: Client, app: App) -> None:
    client.box.entra.certificates.upload(app.pem)
    x5t = jwt.get_unverified_header(app.signed("x"))["x5t"]
    claims = jwt.decode(app.signed(endpoint(client)), options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"x5t": x5t})
    assert asked(client, unsigned) == (400, [50027])


def test_expired_certificate_proves_nothing() -> None:
    old = App(days=-2)
    certificates = Certificates()
    certificates.upload(old.pem)
    with pytest.raises(RefusedError) as caught:
        certificates.check(old.signed("https://x/token"), CLIENT_ID, frozenset({"https://x/token"}))
    assert caught.value.refusal.number == 700027
    assert "The key used is expired." in caught.value.refusal.words


def test_der_is_taken_too(app: App) -> None:
    der = app.certificate.public_bytes(serialization.Encoding.DER)
    assert Certificates().upload(der) == app.thumbprint.upper()


@pytest.mark.parametrize("pem", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_what_is_no_certificate(pem: bytes) -> None:
    with pytest.raises(UsageError, match="no certificate"):
        Certificates().upload(pem)
