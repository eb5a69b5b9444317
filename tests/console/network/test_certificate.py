"""What a certificate says, the same by OpenSSL and by cryptography; of a hostile one its fingerprint."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

from console.deadline import Deadline
from console.network import Remote
from console.network.certificate import NAMES_SHOWN, facts_of, facts_of_verified
from console.network.dial import dial
from console.network.tls import secure, trusting_context
from console.sandbox.certificates import Authority, fingerprint
from console.settings.parsing import fingerprint as spelled
from console.transcript import Recorder, Stage
from tests.support.plain_server import plain_server
from tests.support.smtp_world import authority

__all__ = ["authority"]

NAMES = ("localhost", "127.0.0.1", "2001:db8::25", "mail.example.com")


def test_both_readers_say_the_same(authority: Authority) -> None:
    pair = authority.issue(NAMES)
    context = authority.server_context(pair)
    with plain_server(lambda it: context.wrap_socket(it, server_side=True).close()) as port:
        remote, recorder = Remote("localhost", port), Recorder()
        stream, _ = dial(remote, recorder, Deadline(5))
        with recorder.step(Stage.TLS) as step:
            verified = secure(stream, remote, trusting_context(str(authority.ca_file)), step, Deadline(5))
        stream.close()
    parsed = facts_of(ssl.PEM_cert_to_DER_cert(pair.cert.read_text()))
    assert verified["names"] == "localhost, 127.0.0.1, 2001:db8::25, mail.example.com"
    assert verified["fingerprint"] == spelled(fingerprint(pair.cert))
    assert parsed.pop("begins").endswith(" UTC")
    assert parsed == verified
    assert verified.items() <= recorder.transcript().steps[-1].facts.items()


def made(name: str, *extensions: x509.ExtensionType) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=1))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_control_characters_are_spelled_out_and_names_counted() -> None:
    names = [x509.DNSName(f"{number}.example.com") for number in range(NAMES_SHOWN + 5)]
    facts = facts_of(made("evil\x1b[2J", x509.SubjectAlternativeName(names)))
    assert "\x1b" not in facts["subject"]
    assert facts["names"].endswith(" and 5 more")
    assert facts["expires"] == "2026-01-02 00:00:00 UTC"


def test_without_names_there_are_none() -> None:
    assert facts_of(made("mail.example.com"))["names"] == ""


def doubled() -> bytes:
    """A certificate with one extension twice, which no honest tool makes."""
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.99"), b"0\x00")
    octets = made("a.example", x509.SubjectAlternativeName([x509.DNSName("a.example")]), unknown)
    return octets.replace(b"\x06\x03\x55\x1d\x63", b"\x06\x03\x55\x1d\x11")


@pytest.mark.parametrize("octets", [b"", b"garbage", b"\x30\x82\xff\xff", doubled()])
def test_a_malformed_certificate_still_has_its_fingerprint(octets: bytes) -> None:
    facts = facts_of(octets)
    assert facts["fingerprint"] == spelled(facts["fingerprint"])
    assert "names" not in facts


def test_a_name_of_a_directory_among_the_names_is_told_in_its_parts() -> None:
    directory = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")]))
    names = x509.SubjectAlternativeName([x509.DNSName("a.example"), directory])
    assert facts_of(made("a.example", names))["names"] == "a.example, CN=mail"
    parsed = {"subjectAltName": (("DNS", "a.example"), ("DirName", ((("commonName", "mail"),),)))}
    assert facts_of_verified(parsed, b"")["names"] == "a.example, CN=mail"  # as ssl.getpeercert() has it
