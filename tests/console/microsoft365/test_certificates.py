"""Certificates: made here, read from PEM and PFX, and every flaw found before any request."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from console.diagnosis import diagnose
from console.microsoft365.certificates import (
    Certificate,
    check_dates,
    load_certificate,
    make_certificate,
    read_certificate_file,
)
from console.secret import Secret
from console.verdict import SignInError

PASS_PHRASE = "pass-phrase-canary-é"


@pytest.fixture(scope="module")
def made() -> Certificate:
    return make_certificate("Mail Services acme-7", bits=2048)


@pytest.fixture(scope="module")
def other() -> Certificate:
    return make_certificate("Other", bits=2048)


def pem(certificate: Certificate, pass_phrase: str = "") -> bytes:
    key = load_pem_private_key(certificate.private_key.reveal().encode(), None)
    how = BestAvailableEncryption(pass_phrase.encode()) if pass_phrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how) + certificate.public_pem.encode()


def pfx(certificate: Certificate, pass_phrase: str = "") -> bytes:
    key = load_pem_private_key(certificate.private_key.reveal().encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    how = BestAvailableEncryption(pass_phrase.encode()) if pass_phrase else NoEncryption()
    public = x509.load_pem_x509_certificate(certificate.public_pem.encode())
    return pkcs12.serialize_key_and_certificates(b"app", key, public, None, how)


def kind_of(content: bytes, pass_phrase: Secret | None = None) -> str:
    with pytest.raises(SignInError) as caught:
        load_certificate(content, pass_phrase, name="app.pem")
    assert caught.value.failure.stage.value == "local"
    return caught.value.failure.kind


def test_a_made_pair_belongs_together_and_holds_two_years(made: Certificate) -> None:
    public = x509.load_pem_x509_certificate(made.public_pem.encode())
    key = load_pem_private_key(made.private_key.reveal().encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert public.public_key() == key.public_key()
    assert made.bits == key.key_size == 2048
    assert public.fingerprint(hashes.SHA1()).hex().upper() == made.thumbprint  # noqa: S303 - as the portal
    assert timedelta(days=729) < made.not_after - datetime.now(UTC) <= timedelta(days=730)
    assert "PRIVATE" not in made.public_pem
    check_dates(made, datetime.now(UTC))


def test_3072_bits_by_default_and_nothing_odd(monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_certificate("x").bits == 3072
    with pytest.raises(ValueError, match="bits"):
        make_certificate("x", bits=1024)


@pytest.mark.parametrize("form", [pem, pfx])
@pytest.mark.parametrize("pass_phrase", ["", PASS_PHRASE])
def test_pem_and_pfx_with_and_without_pass_phrase(form, pass_phrase: str, made: Certificate) -> None:  # type: ignore[no-untyped-def]
    read = load_certificate(form(made, pass_phrase), Secret(pass_phrase) if pass_phrase else None)
    assert read.thumbprint == made.thumbprint
    load_pem_private_key(read.private_key.reveal().encode(), None)


def test_a_pass_phrase_too_many_does_no_harm(made: Certificate) -> None:
    assert load_certificate(pem(made), Secret("unused")).thumbprint == made.thumbprint


def test_a_chain_beside_the_certificate_is_passed_over(made: Certificate, other: Certificate) -> None:
    content = other.public_pem.encode() + pem(made)
    assert load_certificate(content).thumbprint == made.thumbprint


def test_a_pair_that_does_not_match_is_found_here(made: Certificate, other: Certificate) -> None:
    content = made.private_key.reveal().encode() + other.public_pem.encode()
    assert kind_of(content) == "app.certificate-mismatch"


def test_pass_phrase_wrong_or_missing(made: Certificate) -> None:
    for form in (pem, pfx):
        content = form(made, PASS_PHRASE)
        assert kind_of(content) == "app.certificate-pass-phrase"
        assert kind_of(content, Secret("wrong-canary")) == "app.certificate-pass-phrase"


def test_only_rsa_is_taken() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert kind_of(content + certificate.public_bytes(Encoding.PEM)) == "app.certificate-not-rsa"


@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", b"\x30\x82garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"],
)
def test_garbage_is_a_finding_not_a_crash(content: bytes) -> None:
    assert kind_of(content) in ("app.certificate-file", "app.certificate-pass-phrase")


def test_a_certificate_without_key_and_a_key_without_certificate(made: Certificate) -> None:
    assert kind_of(made.public_pem.encode()) == "app.certificate-file"
    assert kind_of(made.private_key.reveal().encode()) == "app.certificate-file"


def test_dates_by_a_clock_that_is_wrong(made: Certificate) -> None:
    for days, kind in ((800, "app.certificate-expired"), (-3, "app.certificate-not-yet-valid")):
        with pytest.raises(SignInError) as caught:
            check_dates(made, datetime.now(UTC) + timedelta(days=days))
        assert caught.value.failure.kind == kind
        assert caught.value.failure.facts["expires"] == f"{made.not_after:%Y-%m-%d}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SignInError, match=r"no certificate file .*app\.pfx") as caught:
        read_certificate_file(tmp_path / "app.pfx")
    found = diagnose(caught.value.failure)[0]
    assert "certificate" in found.cause  # not: a file of the console, whose old content is still there
    assert found.offer == "open-settings"


def test_no_secret_in_repr_or_traceback(made: Certificate) -> None:
    body = made.private_key.reveal().splitlines()[3]
    assert body not in repr(made)
    try:
        load_certificate(pem(made, PASS_PHRASE), Secret("wrong-canary"))
    except SignInError as error:
        assert error.__cause__ is None
        assert "canary" not in f"{error!r} {error} {error.failure}"
