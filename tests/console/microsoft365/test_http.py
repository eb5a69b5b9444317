"""Our own HTTPS: bounded in time and size, through proxies, and each way to be cut off told apart."""

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

from console.deadline import Cancellation, Deadline
from console.errors import CancelledError, DeadlineError
from console.microsoft365.faults import wire_fault
from console.microsoft365.http import ANSWER_LIMIT, Answer, HttpsClient, Request, https_client
from console.microsoft365.wire import WireError
from console.network import Timeouts
from console.sandbox.certificates import Authority
from console.sandbox.https_server import Reply
from console.secret import Secret
from console.verdict import SignInError
from tests.support.microsoft365 import Scripted, scripted_world, with_locals

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


@contextmanager
def plain_server(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """Yield the port of a server that treats each connection so, in a thread of its own."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=treat, args=(connection,), daemon=True).start()

    def treat(connection: socket.socket) -> None:
        with connection:
            try:
                speak(connection)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


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


class WebProxy:
    """A proxy that connects through, or refuses with a status line."""

    def __init__(self, refusal: bytes = b"", wants: str = "") -> None:
        self.heard: list[bytes] = []
        self._refusal = refusal
        self._wants = wants

    def __call__(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        self.heard.append(request)
        credentials = base64.b64encode(self._wants.encode())
        if self._refusal or (self._wants and b"Basic " + credentials not in request):
            refusal = self._refusal or b"HTTP/1.1 407 Proxy Authentication Required"
            connection.sendall(refusal + b"\r\nContent-Length: 2\r\n\r\nno")
            return
        host, _, port = request.split()[1].decode().rpartition(":")
        with socket.create_connection((host, int(port))) as beyond:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            one = threading.Thread(target=pump, args=(connection, beyond), daemon=True)
            one.start()
            pump(beyond, connection)
            one.join(5)


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_through_a_proxy_without_and_with_password(service: Scripted, root: Path) -> None:
    service.on("/x", Reply(200, b"through"))
    for user, password in (("", ""), ("user", "proxy:pass word")):
        proxy = WebProxy(wants=f"{user}:{password}" if user else "")
        with plain_server(proxy) as port:
            world = scripted_world(service, root)
            at = f"{user}@" if user else ""
            world.set(network_proxy=f"http://{at}127.0.0.1:{port}")
            if password:
                world.engine.secrets.put("network.proxy_password", Secret(password))
            asking = https_client(world.engine, world.settings)
            assert "proxy:pass" not in repr(asking)
            assert asking.exchange(Request("GET", service.base + "/x"), Deadline(WAIT)).text == "through"
        assert proxy.heard[0].startswith(
            f"CONNECT localhost:{service.base.rpartition(':')[2]} HTTP/1.1".encode()
        )


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required", 407),
        (b"HTTP/1.0 403 Forbidden", 403),
        (b"nonsense", None),
    ],
)
def test_a_proxy_that_refuses_is_named(
    service: Scripted, root: Path, refusal: bytes, status: int | None
) -> None:
    with plain_server(WebProxy(refusal)) as port:
        world = scripted_world(service, root, network_proxy=f"http://me@127.0.0.1:{port}")
        world.engine.secrets.put("network.proxy_password", Secret("proxy-canary"))
        with pytest.raises(SignInError) as caught:
            world.begin()
    assert kind_of(caught) == "oauth.proxy"
    assert "proxy-canary" not in with_locals(caught.value)
    assert base64.b64encode(b"me:proxy-canary").decode() not in with_locals(caught.value)
    assert caught.value.failure.reply_code == status
    assert caught.value.failure.facts["proxy"] == f"127.0.0.1:{port}"


def test_a_proxy_that_is_not_there(service: Scripted, root: Path) -> None:
    with plain_server(lambda _: None) as port:
        pass
    world = scripted_world(service, root, network_proxy=f"http://127.0.0.1:{port}")
    with pytest.raises(SignInError) as caught:
        world.begin()
    assert kind_of(caught) == "oauth.proxy"


def test_environment_proxy_only_when_asked_for(
    service: Scripted, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.on("/x", Reply(200, b"ok"))
    proxy = WebProxy()
    with plain_server(proxy) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        world = scripted_world(service, root)
        request = Request("GET", service.base + "/x")
        assert https_client(world.engine, world.settings).exchange(request, Deadline(WAIT)).text == "ok"
        assert proxy.heard == []
        world.set(network_use_environment="true")
        assert https_client(world.engine, world.settings).exchange(request, Deadline(WAIT)).text == "ok"
        assert len(proxy.heard) == 1
        monkeypatch.setenv("NO_PROXY", "localhost")
        https_client(world.engine, world.settings).exchange(request, Deadline(WAIT))
        assert len(proxy.heard) == 1


def test_captive_portal_is_told_from_a_service(service: Scripted, root: Path) -> None:
    page = "<!DOCTYPE html><html><head><title>Guest network</title></head></html>"
    service.on("/openid-configuration", Reply.html(200, page))
    with pytest.raises(SignInError) as caught:
        scripted_world(service, root).begin()
    assert kind_of(caught) == "oauth.captive-portal"
    assert "Guest network" in caught.value.failure.text


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
    assert heard[0].startswith(b"HEAD ")
    assert b"canary" not in b"".join(heard), "nothing secret goes to a server that was not verified"


def test_really_expired_certificate_is_no_clock_fault(authority: Authority, root: Path) -> None:
    service = Scripted(authority, expired=True)
    with pytest.raises(SignInError) as caught:
        scripted_world(service, root).begin()
    service.close()
    assert kind_of(caught) == "oauth.tls"
    assert caught.value.failure.facts["cause"] == "tls.expired"
