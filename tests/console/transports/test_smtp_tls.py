"""TLS: whom it trusts, what exactly is wrong when it fails, that nothing is said to whom was not checked."""

import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.diagnosis import diagnose
from console.network import tls
from console.sandbox.certificates import Authority, fingerprint
from console.settings.model import Encryption
from console.settings.parsing import fingerprint as spelled
from console.transcript import Outcome, Stage, Step
from tests.support.scripted_smtp import Peer, ScriptedSmtp
from tests.support.smtp_world import (
    Attempt,
    SmtpWorld,
    attempt,
    authority,
    bearer,
    password,
    plain_server,
    smtp_world,
)

__all__ = ["authority", "smtp_world"]

OVER_TLS = [Encryption.STARTTLS, Encryption.TLS]


def tls_step(done: Attempt) -> Step:
    return next(
        step for step in done.transcript.steps if step.stage is Stage.TLS and step.subject != "STARTTLS"
    )


@pytest.mark.parametrize("encryption", OVER_TLS)
def test_the_certificate_is_described(smtp_world: SmtpWorld, encryption: Encryption) -> None:
    facts = tls_step(attempt(smtp_world.server(encryption), password())).facts
    assert facts["version"] == "TLSv1.3"
    assert facts["subject"] == "CN=localhost"
    assert facts["issuer"] == "CN=Mail console sandbox CA"
    assert facts["names"].startswith("localhost, 127.0.0.1")
    assert facts["expires"].endswith(" UTC")
    assert facts["fingerprint"] == spelled(facts["fingerprint"])


@pytest.mark.parametrize("encryption", OVER_TLS)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("tls-expired", "tls.expired"),
        ("tls-not-yet-valid", "tls.not-yet-valid"),
        ("tls-wrong-name", "tls.wrong-name"),
        ("tls-self-signed", "tls.self-signed"),
        ("tls-unknown-ca", "tls.untrusted"),
    ],
)
def test_a_bad_certificate_is_named_with_its_facts(
    smtp_world: SmtpWorld, encryption: Encryption, fault: str, kind: str
) -> None:
    smtp_world.stand_in.set_fault(fault)
    done = attempt(smtp_world.server(encryption), bearer())
    assert (done.failure.stage, done.failure.kind) == (Stage.TLS, kind)
    assert done.failure.text
    assert done.failure.facts["fingerprint"] == spelled(done.failure.facts["fingerprint"])
    assert {"subject", "issuer", "names", "expires", "host", "port"} <= done.failure.facts.keys()
    assert any(done.failure.facts["fingerprint"] in line for line in done.said)
    assert not any("AUTH" in line for line in done.said)
    assert tls_step(done).outcome is Outcome.FAILED
    assert smtp_world.mailbox.mails() == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_names_and_ip_addresses_are_checked(smtp_world: SmtpWorld, host: str) -> None:
    assert attempt(smtp_world.server(Encryption.TLS, host=host)).sent is not None


def test_without_the_ca_file_a_private_authority_is_not_trusted(smtp_world: SmtpWorld) -> None:
    assert attempt(smtp_world.server(ca_file="")).failure.kind == "tls.untrusted"


def test_the_servers_own_certificate_may_be_the_ca_file(smtp_world: SmtpWorld) -> None:
    pair = smtp_world.authority.issue(("localhost",))
    smtp_world.stand_in.state.contexts[""] = smtp_world.authority.server_context(pair)
    assert attempt(smtp_world.server(Encryption.TLS, ca_file=str(pair.cert))).sent is not None


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff" * 100])
def test_a_ca_file_of_no_use_is_named_before_anything_is_tried(
    smtp_world: SmtpWorld, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    done = attempt(smtp_world.server(ca_file=str(file)))
    assert done.failure.kind == "tls.ca-file"
    assert done.failure.facts["file"] == str(file)
    assert smtp_world.stand_in.state.connections == 0


@pytest.mark.parametrize("is_spelled", [True, False])
def test_a_pinned_certificate_is_trusted_whatever_else_is_wrong(
    smtp_world: SmtpWorld, is_spelled: bool
) -> None:
    pair = smtp_world.authority.issue(("other.example",), self_signed=True, expired=True)
    smtp_world.stand_in.state.contexts[""] = smtp_world.authority.server_context(pair)
    pin = fingerprint(pair.cert)
    pin = spelled(pin).upper() if is_spelled else pin
    done = attempt(smtp_world.server(Encryption.TLS, fingerprint=pin), password())
    assert done.sent is not None
    assert tls_step(done).outcome is Outcome.OK
    assert tls_step(done).facts["names"] == "other.example"


@pytest.mark.parametrize("verify", [True, False])
def test_another_certificate_than_the_pinned_one_is_refused(smtp_world: SmtpWorld, verify: bool) -> None:
    done = attempt(smtp_world.server(fingerprint="00" * 32, verify=verify), password())
    assert done.failure.kind == "tls.fingerprint"
    assert done.failure.facts["fingerprint"] != spelled("00" * 32)
    assert not any("AUTH" in line for line in done.said if line.startswith(">"))


def test_verification_switched_off_is_a_warning_in_the_transcript(smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("tls-self-signed")
    done = attempt(smtp_world.server(Encryption.TLS, verify=False, ca_file=""))
    assert done.sent is not None
    assert tls_step(done).outcome is Outcome.WARNING
    assert any("NOT verified" in line for line in done.said)
    assert tls_step(done).facts["fingerprint"] == spelled(tls_step(done).facts["fingerprint"])


@pytest.fixture
def old_tls(authority: Authority) -> Iterator[ScriptedSmtp]:
    """A server that knows TLS 1.1 at most, and says so with an alert."""
    context = authority.server_context(authority.issue(("localhost",)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with ScriptedSmtp(lambda peer: peer.secure(context)) as server:
        yield server


def test_tls_1_1_is_not_enough(old_tls: ScriptedSmtp) -> None:
    done = attempt(plain_server(old_tls.port, encryption=Encryption.TLS))
    assert done.failure.kind == "tls.version"
    assert done.failure.facts["version"] == "TLSv1.1"


def test_a_server_that_wants_our_certificate_is_told_apart(authority: Authority) -> None:
    context = authority.server_context(authority.issue(("localhost",)))
    context.verify_mode = ssl.CERT_REQUIRED
    with ScriptedSmtp(lambda peer: peer.secure(context)) as server:
        done = attempt(
            plain_server(
                server.port, host="localhost", encryption=Encryption.TLS, ca_file=str(authority.ca_file)
            )
        )
    assert done.failure.text == "tlsv13 alert certificate required"
    assert [one.id for one in diagnose(done.failure)] == ["client-certificate-wanted"]


@pytest.mark.parametrize("greeting", ["220 mail.example.com ESMTP", "HTTP/1.1 200 OK"])
def test_a_plain_server_on_a_tls_port_is_recognised_at_once(greeting: str) -> None:
    def script(peer: Peer) -> None:
        peer.say(greeting)
        peer.wait_until_gone()

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, encryption=Encryption.TLS))
    assert done.failure.kind == "tls.plain-server"
    assert done.failure.text in (greeting, "The server answered in plain text.")
    assert done.seconds < 0.5


def test_a_tls_server_on_a_plain_port_is_recognised_before_the_timeout(smtp_world: SmtpWorld) -> None:
    port = smtp_world.stand_in.port("tls")
    done = attempt(smtp_world.server(port=port, read_timeout=1.0))
    assert done.failure.kind == "smtp.tls-server"
    assert done.seconds < 0.9


def test_a_server_that_is_merely_slow_to_greet_is_waited_for() -> None:
    def script(peer: Peer) -> None:
        peer.connection.settimeout(0.3)
        try:
            peer.hear()
        except TimeoutError:
            peer.connection.settimeout(None)
            peer.say("421 4.3.2 later")

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, read_timeout=0.5))
    assert done.failure.reply_code == 421


@pytest.mark.parametrize(
    "after", [b"", b"garbage\r\n", b"\x15\x03\x01\x00\x02\x02\x28", b"\x16\x03\x01\xff\xffxx"]
)
def test_what_is_no_handshake_after_starttls_is_a_quick_failure(after: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.greet("STARTTLS")
        peer.hear()
        peer.say("220 go")
        peer.connection.recv(1)
        peer.send(after)

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, encryption=Encryption.STARTTLS))
    assert (done.failure.stage, done.failure.kind) == (Stage.TLS, "tls.handshake")
    assert done.seconds < 1


def test_plain_text_smuggled_behind_starttls_is_refused(smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("starttls-injected")
    done = attempt(smtp_world.server(), bearer())
    assert done.failure.kind == "tls.handshake"
    assert "STARTTLS" in done.failure.text
    assert not any("AUTH" in line for line in done.said)


def test_the_directory_of_certificates_comes_before_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smtp_world: SmtpWorld
) -> None:
    import subprocess

    ca = smtp_world.authority.ca_file
    said = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", str(ca)], capture_output=True, text=True, check=True
    )
    (tmp_path / f"{said.stdout.strip()}.0").symlink_to(ca)
    monkeypatch.setattr(tls, "SYSTEM_DIRECTORY", tmp_path)
    assert attempt(smtp_world.server(Encryption.TLS, ca_file="")).sent is not None


def test_a_directory_without_hashed_links_falls_back_to_the_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smtp_world: SmtpWorld
) -> None:
    monkeypatch.setattr(tls, "SYSTEM_DIRECTORY", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(smtp_world.authority.ca_file))  # where OpenSSL looks by itself
    assert attempt(smtp_world.server(Encryption.TLS, ca_file="")).sent is not None
