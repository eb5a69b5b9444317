"""A connection through a web proxy (CONNECT, RFC 9110 §9.3.6), with user name and password where it wants
them (Basic, RFC 7617)."""

import base64
import http.client

from console.deadline import Deadline
from console.hostnames import host_and_port
from console.microsoft365.http import Proxy
from console.microsoft365.wire import HttpStream, WireError, dial
from console.network import Remote
from console.text import decoded, one_line
from console.transcript import Recorder, Stage
from console.verdict import Failure


def open_tunnel(proxy: Proxy, remote: Remote, recorder: Recorder, deadline: Deadline) -> HttpStream:
    """Return a connection to `remote` through the proxy, which has as much time as the service itself.

    Raises:
        WireError: The proxy is not there, or refuses (kind ``oauth.proxy``; `reply_code` its status).
        DeadlineError, CancelledError: The time is used up, or it was stopped.
    """
    try:
        stream = dial(Remote(proxy.host, proxy.port, remote.timeouts), recorder, deadline)
    except WireError as error:
        raise WireError(
            _failure(proxy, remote, f"The web proxy is not there: {error.failure.text}")
        ) from error
    try:
        with recorder.step(Stage.CONNECT, f"{remote.host} port {remote.port} through the web proxy"):
            _ask(stream, proxy, remote)
    except BaseException:  # closed and passed on, whatever it is
        stream.close()
        raise
    return stream


def _ask(stream: HttpStream, proxy: Proxy, remote: Remote) -> None:
    try:
        stream.sendall(_request(proxy, remote))
        # a reader of one octet: what follows the answer belongs to the tunnel
        response = http.client.HTTPResponse(_Unbuffered(stream), method="CONNECT")  # type: ignore[arg-type]
        response.begin()
    except (http.client.HTTPException, OSError) as error:
        said = f"The web proxy gave no proper answer ({type(error).__name__})."
        raise WireError(_failure(proxy, remote, said)) from None  # the cause's frames hold the password
    if response.status != 200:
        reason = decoded(response.reason.encode("utf-8", "surrogateescape"), 100)
        raise WireError(
            _failure(proxy, remote, f"The web proxy refused: {response.status} {reason}", response.status)
        )


class _Unbuffered:
    """Stands in for a socket: reads octet by octet, so that nothing of the tunnel is read ahead."""

    def __init__(self, stream: HttpStream) -> None:
        self._stream = stream

    def makefile(self, _mode: str) -> "_Unbuffered":
        return self

    def readline(self, limit: int = -1) -> bytes:
        line, octet = bytearray(), bytearray(1)
        while not line.endswith(b"\n") and (limit < 0 or len(line) < limit):
            if not self._stream.receive_into(octet):
                break
            line += octet
        return bytes(line)

    def close(self) -> None:
        """The stream goes on as the tunnel."""

    def flush(self) -> None:
        """Nothing is kept back."""


def _request(proxy: Proxy, remote: Remote) -> bytes:
    target = host_and_port(remote.host, remote.port)
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.user or proxy.password:
        lines.append(f"Proxy-Authorization: Basic {_credentials(proxy)}")
    return "\r\n".join([*lines, "", ""]).encode()


def _credentials(proxy: Proxy) -> str:
    password = proxy.password.reveal() if proxy.password else ""
    return base64.b64encode(f"{proxy.user}:{password}".encode()).decode()


def _failure(proxy: Proxy, remote: Remote, text: str, status: int | None = None) -> Failure:
    facts = {**remote.facts, "proxy": proxy.label, "user": proxy.user}
    return Failure(Stage.CONNECT, "oauth.proxy", one_line(text), reply_code=status, facts=facts)
