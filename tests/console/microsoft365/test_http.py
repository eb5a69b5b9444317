"""Our own HTTPS: bounded in time and size, and each way to be cut off told apart."""

import socket
import threading
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from console.deadline import Cancellation, Deadline
from console.diagnosis import diagnose, with_settings
from console.errors import CancelledError, DeadlineError
from console.microsoft365.faults import wire_fault
from console.microsoft365.http import ANSWER_LIMIT, Answer, HttpsClient, Request
from console.microsoft365.wire import WireError
from console.network import Timeouts
from console.sandbox.certificates import Authority
from console.sandbox.https_server import Reply
from console.settings.parsing import fingerprint as spelled
from console.transcript import Recorder, Stage
from console.verdict import SignInError
from tests.support.microsoft365 import Scripted, scripted_world
from tests.support.plain_server import plain_server

WAIT = 20.0


def client(service: Scripted, **more: object) -> HttpsClient:
    return HttpsClient(ca_file=str(service.ca_file), **more)  # type: ignore[arg-type]


def get(service: Scripted, path: str = "/x", **more: object) -> Answer:
    return client(service, **more).exchange(Request("GET", service.base + path), Deadline(WAIT))


def kind_of(caught: pytest.ExceptionInfo[WireError] | pytest.ExceptionInfo[SignInError]) -> str:
    return caught.value.failure.kind


def test_answer_with_its_fields_and_the_servers_clock(service: Scripted) -> None:
    service.on("/x", Reply(200, b"hello", "text/plain", (("X-One", "a"), ("x-one", "b"))))
    answer = get(service)
    assert (answer.status, answer.text) == (200, "hello")
    assert answer.fields["x-one"] == "a, b"
    assert answer.clock_offset is None or abs(answer.clock_offset) < 5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("999999", 3600.0), ("-1", None), ("soon", None), ("", None), ("1e3", None)],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert Answer(429, "", {"retry-after": text}, b"").retry_after == seconds


def test_retry_after_as_a_date() -> None:
    later = Answer(503, "", {"retry-after": formatdate(time.time() + 30, usegmt=True)}, b"").retry_after
    assert later is not None
    assert 25 < later <= 30


def test_an_endless_answer_is_cut(service: Scripted) -> None:
    service.on("/x", Reply(200, b"a" * (ANSWER_LIMIT + 5000)))
    assert len(get(service).body) == ANSWER_LIMIT


def test_the_transcript_tells_addresses_encryption_and_certificate(service: Scripted) -> None:
    recorder = Recorder()
    client(service).open(service.base, Deadline(WAIT), recorder).close()
    look_up, connection, encryption = recorder.transcript().steps
    assert "127.0.0.1" in look_up.facts["addresses"]
    assert connection.subject.endswith(f"port {service.base.rpartition(':')[2]}")
    assert encryption.stage is Stage.TLS
    assert encryption.facts["version"] == "TLSv1.3"
    assert encryption.facts["subject"] == "CN=localhost"
    assert encryption.facts["issuer"] == "CN=Mail console sandbox CA"
    assert encryption.facts["names"] == "localhost"
    assert encryption.facts["expires"].endswith(" UTC")
    assert encryption.facts["fingerprint"] == spelled(encryption.facts["fingerprint"])
    assert encryption.facts["cipher"]


def test_unknown_authority_is_not_trusted(service: Scripted) -> None:
    with pytest.raises(WireError) as caught:
        HttpsClient().exchange(Request("GET", service.base), Deadline(WAIT))
    assert kind_of(caught) in ("tls.untrusted", "tls.self-signed")
    assert service.asked == []


def test_environment_trusts_nobody_unless_asked(service: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(service.ca_file))
    request = Request("GET", service.base + "/x")
    with pytest.raises(WireError):
        HttpsClient().exchange(request, Deadline(WAIT))
    assert HttpsClient(use_environment=True).exchange(request, Deadline(WAIT)).status == 404


def test_ca_file_that_is_none(service: Scripted, tmp_path: Path) -> None:
    for content in (None, b"", b"garbage"):
        path = tmp_path / "ca.pem"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(WireError) as caught:
            HttpsClient(ca_file=str(path)).exchange(Request("GET", service.base), Deadline(WAIT))
        assert kind_of(caught) == "tls.ca-file"


@pytest.mark.parametrize("url", ["http://localhost/", "https://", "ftp://a/", "https://a b/", "https://é/"])
def test_only_https_addresses(url: str) -> None:
    with pytest.raises(WireError):
        HttpsClient().exchange(Request("GET", url), Deadline(WAIT))


@pytest.mark.parametrize(
    ("flaws", "kind"),
    [
        ({"expired": True}, "tls.expired"),
        ({"not_yet": True}, "tls.not-yet-valid"),
        ({"self_signed": True}, "tls.self-signed"),
    ],
)
def test_flawed_certificates_are_told_apart(authority: Authority, flaws: dict[str, bool], kind: str) -> None:
    service = Scripted(authority, ("localhost",), **flaws)
    with pytest.raises(WireError) as caught:
        get(service)
    service.close()
    assert kind_of(caught) == kind


def test_wrong_name(authority: Authority) -> None:
    service = Scripted(authority, ("elsewhere.test",))
    with pytest.raises(WireError) as caught:
        get(service)
    service.close()
    assert kind_of(caught) == "tls.wrong-name"


def test_a_server_without_tls() -> None:
    answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with plain_server(lambda it: it.sendall(answer)) as port, pytest.raises(WireError) as caught:
        HttpsClient().exchange(Request("GET", f"https://127.0.0.1:{port}/"), Deadline(WAIT))
    assert kind_of(caught) == "tls.plain-server"


def test_refused_and_unknown() -> None:
    with plain_server(lambda _: None) as port:
        pass
    for url, kind in (
        (f"https://127.0.0.1:{port}/", "connect.refused"),
        ("https://no.such.invalid/", "dns."),
    ):
        with pytest.raises(WireError) as caught:
            HttpsClient().exchange(Request("GET", url), Deadline(WAIT))
        assert kind_of(caught).startswith(kind)


def test_silence_is_a_timeout_and_the_deadline_ends_all() -> None:
    is_over = threading.Event()

    def keep_silent(_connection: socket.socket) -> None:
        is_over.wait(20)

    with plain_server(keep_silent) as port:
        url = f"https://127.0.0.1:{port}/"
        with pytest.raises(WireError) as caught:
            HttpsClient(timeouts=Timeouts(1, 0.1)).exchange(Request("GET", url), Deadline(WAIT))
        assert kind_of(caught) in ("connect.timeout", "tls.handshake")
        with pytest.raises(DeadlineError):
            HttpsClient().exchange(Request("GET", url), Deadline(0.1))
        cancellation = Cancellation()
        threading.Timer(0.05, cancellation.cancel).start()
        with pytest.raises(CancelledError):
            HttpsClient().exchange(Request("GET", url), Deadline(WAIT, cancellation))
        is_over.set()


def test_one_octet_at_a_time_does_not_outlast_the_deadline(authority: Authority) -> None:
    context = authority.server_context(authority.issue(("localhost",)))
    is_over = threading.Event()

    def drip(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(1000)
            encrypted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not is_over.wait(0.01):
                encrypted.sendall(b"a")

    with plain_server(drip) as port:
        asking = HttpsClient(ca_file=str(authority.ca_file))
        began = time.monotonic()
        with pytest.raises(DeadlineError):
            asking.exchange(Request("GET", f"https://localhost:{port}/"), Deadline(0.4))
        assert time.monotonic() - began < 3
        is_over.set()


@pytest.mark.parametrize(
    "answer", [b"garbage\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"\x00" * 70000]
)
def test_answers_that_are_no_http(authority: Authority, answer: bytes) -> None:
    context = authority.server_context(authority.issue(("localhost",)))

    def speak(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(1000)
            encrypted.sendall(answer)

    with plain_server(speak) as port, pytest.raises(WireError) as caught:
        asking = HttpsClient(ca_file=str(authority.ca_file))
        asking.exchange(Request("GET", f"https://localhost:{port}/"), Deadline(WAIT))
    assert kind_of(caught) == "connect.reset"


def test_captive_portal_is_told_from_a_service(service: Scripted, root: Path) -> None:
    page = "<!DOCTYPE html><html><head><title>Guest network</title></head></html>"
    service.on("/openid-configuration", Reply.html(200, page))
    world = scripted_world(service, root)
    with pytest.raises(SignInError) as caught:
        world.begin()
    assert kind_of(caught) == "oauth.captive-portal"
    assert "Guest network" in caught.value.failure.text
    (finding,) = diagnose(with_settings(caught.value.failure, world.settings))
    port = service.base.rpartition(":")[2]
    assert any(f"reach localhost, TCP port {port}, unchanged" in step for step in finding.fix)


def test_unknown_tenant_is_the_services_own_word(service: Scripted, root: Path) -> None:
    from tests.support.microsoft365 import error

    service.on("/openid-configuration", error("invalid_tenant", 90002))
    with pytest.raises(SignInError) as caught:
        scripted_world(service, root).begin()
    assert caught.value.failure.error_codes == ("90002",)


def test_a_discovery_document_may_move_on_its_own_host_only(service: Scripted, root: Path) -> None:
    service.is_entra()
    real = service._answers.pop("/openid-configuration")
    moved = service.base + "/moved"
    service.on("/openid-configuration", Reply(302, b"", "", (("Location", moved),)))
    service.on("/moved", real)
    assert scripted_world(service, root).begin().seconds_left() > 0
    service.on("/openid-configuration", Reply(302, b"", "", (("Location", "https://portal.test/"),)))
    with pytest.raises(SignInError) as caught:
        scripted_world(service, root).begin()
    assert kind_of(caught) == "oauth.captive-portal"
    assert caught.value.failure.facts["location"] == "portal.test"


def test_tls_inspection_is_told_by_the_issuer(
    authority: Authority, service: Scripted, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Microsoft's own host with a certificate no system trusts: something in between made it."""
    monkeypatch.setattr("console.microsoft365.clouds.Endpoints.is_microsoft", property(lambda _: True))
    world = scripted_world(service, root, network_ca_file="")
    with pytest.raises(SignInError) as caught:
        world.begin()
    assert kind_of(caught) == "oauth.tls-inspection"
    assert "Mail console sandbox CA" in caught.value.failure.facts["issuer"]


def test_untrusted_certificate_of_ones_own_service_is_no_inspection(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root, network_ca_file="")
    with pytest.raises(SignInError) as caught:
        world.begin()
    assert kind_of(caught) == "oauth.tls"


def test_wrong_clock_is_told_by_the_servers(authority: Authority) -> None:
    """The certificate looks expired, and the server's Date says why: our clock is a year ahead of it."""
    context = authority.server_context(authority.issue(("localhost",), expired=True))
    date = formatdate(time.time() - 365 * 86400, usegmt=True).encode()
    heard: list[bytes] = []

    def speak(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            heard.append(encrypted.recv(1000))
            encrypted.sendall(b"HTTP/1.1 404 Not Found\r\nDate: " + date + b"\r\nContent-Length: 0\r\n\r\n")

    asking = HttpsClient(ca_file=str(authority.ca_file))
    with plain_server(speak) as port:
        url = f"https://localhost:{port}/contoso.com/oauth2/v2.0/token"
        with pytest.raises(WireError) as caught:
            asking.exchange(Request("POST", url, {}, b"client_secret=canary"), Deadline(WAIT))
        fault = wire_fault(caught.value, asking, url, Deadline(WAIT), known=True)
    assert fault.failure.kind == "oauth.clock"
    assert fault.failure.facts["clock_offset"].startswith("-3153")
    assert fault.failure.facts["clock"] == "about 365 days ahead"
    assert heard[0].startswith(b"HEAD ")
    assert b"canary" not in b"".join(heard), "nothing secret goes to a server that was not verified"


def test_stopped_during_the_closer_look_is_stopped(authority: Authority) -> None:
    context = authority.server_context(authority.issue(("localhost",), self_signed=True))
    cancellation = Cancellation()
    numbers = iter(range(9))

    def speak(connection: socket.socket) -> None:
        if next(numbers):  # the closer look
            cancellation.cancel()
            connection.recv(1)
        else:
            context.wrap_socket(connection, server_side=True)

    asking, deadline = HttpsClient(), Deadline(WAIT, cancellation)
    with plain_server(speak) as port:
        url = f"https://localhost:{port}/"
        with pytest.raises(WireError) as caught:
            asking.exchange(Request("GET", url), deadline)
        with pytest.raises(CancelledError):
            wire_fault(caught.value, asking, url, deadline, known=True)


def test_really_expired_certificate_is_no_clock_fault(authority: Authority, root: Path) -> None:
    service = Scripted(authority, expired=True)
    with pytest.raises(SignInError) as caught:
        scripted_world(service, root).begin()
    service.close()
    assert kind_of(caught) == "oauth.tls"
    assert caught.value.failure.facts["cause"] == "tls.expired"
