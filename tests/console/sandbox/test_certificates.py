"""The throw-away authority: what OpenSSL makes of its certificates."""

import subprocess
from pathlib import Path

import pytest

from console.sandbox.certificates import Authority, Pair, fingerprint


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "ca")


def verified(authority: Authority, pair: Pair, *more: str) -> str:
    said = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", str(authority.ca_file), *more, str(pair.cert)],
        capture_output=True,
        text=True,
    )
    return said.stdout + said.stderr


@pytest.mark.parametrize("name", ["mail.example.com", "localhost"])
def test_a_certificate_is_good_for_its_names_alone(authority: Authority, name: str) -> None:
    pair = authority.issue((name, "127.0.0.1"))
    assert ": OK" in verified(authority, pair, "-verify_hostname", name, "-purpose", "sslserver")
    assert ": OK" in verified(authority, pair, "-verify_ip", "127.0.0.1")
    assert "mismatch" in verified(authority, pair, "-verify_hostname", "other.example")


def test_bad_certificates_are_bad_in_the_way_asked_for(authority: Authority) -> None:
    assert "certificate has expired" in verified(authority, authority.issue(("a.example",), expired=True))
    assert "not yet valid" in verified(authority, authority.issue(("a.example",), not_yet=True))
    assert "self-signed" in verified(authority, authority.issue(("a.example",), self_signed=True))


def test_the_key_is_for_its_owner_alone(authority: Authority) -> None:
    assert authority.issue(("a.example",)).key.stat().st_mode & 0o777 == 0o600


def test_the_fingerprint_is_openssls(authority: Authority) -> None:
    pair = authority.issue(("a.example",))
    said = subprocess.run(
        ["openssl", "x509", "-fingerprint", "-sha256", "-noout", "-in", str(pair.cert)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert fingerprint(pair.cert) == said.stdout.strip().split("=")[1].replace(":", "").lower()
