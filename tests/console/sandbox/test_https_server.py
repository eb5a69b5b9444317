"""The web server's bounds, over raw sockets with real TLS."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from console.sandbox.certificates import Authority
from console.sandbox.https_server import BODY_KEPT, BODY_READ, CONNECTIONS, HttpsServer, Reply, Request


def echo(request: Request) -> Reply:
    """Tell what was asked."""
    if request.path == "/crash":
        raise ZeroDivisionError
    return Reply.json(
        200, [request.method, request.path, dict(request.query), request.size, len(request.body)]
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def server(authority: Authority) -> Iterator[HttpsServer]:
    with HttpsServer(echo, authority.server_context(authority.issue(("localhost",)))) as running:
        yield running


Said = Callable[[bytes], bytes]


@pytest.fixture
def said(server: HttpsServer, authority: Authority) -> Said:
    """Send octets on a new connection, and return all that comes until the server ends it."""

    def ask(octets: bytes) -> bytes:
        with connected(server, authority) as tls:
            tls.sendall(octets)
            got = b""
            try:
                while chunk := tls.recv(65536):
                    got += chunk
            except ssl.SSLError:  # ended without close_notify
                pass
            return got

    return ask


def connected(server: HttpsServer, authority: Authority) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=authority.ca_file)
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    return context.wrap_socket(plain, server_hostname="localhost")


CLOSE = b"Connection: close\r\n"


def test_request_is_taken_apart(said: Said) -> None:
    answer = said(b"GET /a%20b?x=1&x=2&y=%C3%BC HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b'["GET","/a b",{"x":"2","y":"\\u00fc"},0,0]')


def test_two_requests_on_one_connection(said: Said) -> None:
    one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    two = b"GET /2 HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n"
    answer = said(one + two)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b'["POST","/",{},3,3]' in answer


@pytest.mark.parametrize("length", [b"-1", b"x", b"1e3", b"9" * 12, b"\xb2"])
def test_impossible_length(said: Said, length: bytes) -> None:
    answer = said(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_chunked_body_is_refused(said: Said) -> None:
    answer = said(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 411 ")


def test_long_body_is_counted_not_kept(said: Said) -> None:
    size = BODY_KEPT + 1
    head = f"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n".encode()
    assert said(head + bytes(size)).endswith(f'["POST","/",{{}},{size},0]'.encode())


def test_enormous_body_is_not_read(said: Said) -> None:
    assert said(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {BODY_READ + 1}\r\n\r\n".encode()) == b""


@pytest.mark.parametrize(
    "octets",
    [b"GET " + b"/x" * 40_000 + b" HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n"],
)
def test_long_header_is_refused(said: Said, octets: bytes) -> None:
    assert said(octets).startswith((b"HTTP/1.1 414", b"HTTP/1.1 431"))


@pytest.mark.parametrize(
    "octets", [b"\x00\xff\r\n\r\n", b"EHLO x\r\n\r\n", b"DELETE / HTTP/1.1\r\n\r\n", b"\r\n\r\n"]
)
def test_what_is_no_request_ends_the_connection(said: Said, octets: bytes, server: HttpsServer) -> None:
    answer = said(octets)
    assert answer == b"" or b" 400 " in answer or b" 501 " in answer
    assert not server.crashes


def test_mistake_of_ours_is_answered_and_kept(said: Said, server: HttpsServer) -> None:
    assert said(b"GET /crash HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 500 ")
    assert isinstance(server.crashes[0], ZeroDivisionError)


def test_plain_text_on_the_port_does_no_harm(server: HttpsServer, said: Said) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with suppress(ConnectionError):
            assert b"200" not in plain.recv(100)
    assert b" 200 " in said(b"GET / HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    assert not server.crashes


def test_silent_client_holds_nobody_up(server: HttpsServer, said: Said) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10):
        assert b" 200 " in said(b"GET / HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")


def test_connections_are_bounded(server: HttpsServer, authority: Authority) -> None:
    many = [connected(server, authority) for _ in range(CONNECTIONS)]
    try:
        with pytest.raises(OSError):  # reset or end of file, as the kernel likes
            connected(server, authority)
    finally:
        for one in many:
            one.close()


def test_taken_port_gives_another(server: HttpsServer, authority: Authority) -> None:
    context = authority.server_context(authority.issue(("localhost",)))
    with HttpsServer(echo, context, server.port) as second:
        assert second.port != server.port


def test_port_can_be_had_again_at_once(authority: Authority) -> None:
    context = authority.server_context(authority.issue(("localhost",)))
    first = HttpsServer(echo, context)
    with connected(first, authority) as tls:
        tls.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in tls.recv(4096)
        first.close()  # closes first, so its end of the connection lingers (TIME_WAIT)
    with HttpsServer(echo, context, first.port) as second:
        assert second.port == first.port


def test_close_is_quick_with_connections_open(authority: Authority) -> None:
    server = HttpsServer(echo, authority.server_context(authority.issue(("localhost",))))
    before = {thread for thread in threading.enumerate() if "sandbox-https" in thread.name}
    assert before
    with connected(server, authority), socket.create_connection(("127.0.0.1", server.port)):
        began = time.monotonic()
        server.close()
        assert time.monotonic() - began < 1
    server.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port))


def test_cookie() -> None:
    request = Request("GET", "/", headers={"cookie": "a=1; sandbox=x=y; b"})
    assert (request.cookie("sandbox"), request.cookie("a"), request.cookie("c")) == ("x=y", "1", "")
