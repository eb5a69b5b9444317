"""Through a web proxy: with and without password, refused, not there, the environment's only when asked."""

import base64
import socket
import threading
from pathlib import Path

import pytest

from console.deadline import Deadline
from console.diagnosis import diagnose, with_settings
from console.microsoft365.http import Request, https_client
from console.sandbox.https_server import Reply
from console.secret import Secret
from console.verdict import SignInError
from tests.support.microsoft365 import Scripted, scripted_world, with_locals
from tests.support.plain_server import plain_server

WAIT = 20.0


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
    assert caught.value.failure.kind == "oauth.proxy"
    assert "proxy-canary" not in with_locals(caught.value)
    assert base64.b64encode(b"me:proxy-canary").decode() not in with_locals(caught.value)
    assert caught.value.failure.reply_code == status
    assert caught.value.failure.facts["proxy"] == f"127.0.0.1:{port}"
    beyond = service.base.rpartition(":")[2]
    (finding,) = diagnose(with_settings(caught.value.failure, world.settings))
    assert any(f"CONNECT to localhost, port {beyond}." in step for step in finding.fix)


def test_a_proxy_that_is_not_there(service: Scripted, root: Path) -> None:
    with plain_server(lambda _: None) as port:
        pass
    world = scripted_world(service, root, network_proxy=f"http://127.0.0.1:{port}")
    with pytest.raises(SignInError) as caught:
        world.begin()
    assert caught.value.failure.kind == "oauth.proxy"


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
