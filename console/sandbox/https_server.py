"""A small, strictly bounded HTTPS server (HTTP/1.1, RFC 9112) for the sandbox's stand-ins.

It knows requests and replies, nothing of what they mean: an application is a function from one to the other.
Every bound is on purpose: connections, header, body and time a silent client may take.
"""

import json
import ssl
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, SO_REUSEADDR, SOL_SOCKET, socket
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

HOST: Final = "127.0.0.1"
BODY_KEPT: Final = 4 * 1024 * 1024 + 64 * 1024
"""Octets of a body that an application gets to see; of a longer one only its size."""
BODY_READ: Final = 64 * 1024 * 1024
"""Octets of a body read at all, so that the client hears the answer; beyond, the connection is cut."""
CONNECTIONS: Final = 64
PATIENCE: Final = 30.0
"""Seconds a client may be silent."""
FIELDS: Final = 40


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked.

    Attributes:
        method: ``GET`` or ``POST``.
        path: Decoded path, without the query.
        query: Query fields; of a repeated one the last.
        headers: Header fields, names in lower case; of a repeated one the last.
        body: The content; empty when `size` is above `BODY_KEPT`.
        size: Octets of the content as sent.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    size: int = 0

    def form(self) -> dict[str, str]:
        """Return the fields of an ``application/x-www-form-urlencoded`` body; {} when it is none."""
        return _fields(self.body.decode("utf-8", "replace"))

    def cookie(self, name: str) -> str:
        """Return the value of a cookie, or ""."""
        for one in self.headers.get("cookie", "").split(";"):
            key, _, value = one.strip().partition("=")
            if key == name:
                return value
        return ""


def _fields(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError:  # more fields than any of ours has
        return {}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client is answered."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def json(cls, status: int, value: object, headers: Sequence[tuple[str, str]] = ()) -> "Reply":
        """Return a JSON reply, as Entra ID and Graph send it."""
        body = json.dumps(value, separators=(",", ":")).encode()
        return cls(status, body, "application/json; charset=utf-8", tuple(headers))

    @classmethod
    def html(cls, status: int, page: str, headers: Sequence[tuple[str, str]] = ()) -> "Reply":
        """Return a page."""
        return cls(status, page.encode(), "text/html; charset=utf-8", tuple(headers))


Application = Callable[[Request], Reply]


class HttpsServer:
    """Serves an application on loopback in threads of its own; `close` ends them all.

    Args:
        application: Called for every request, from several threads at once.
        context: The server's certificate.
        port: Port wanted; any free one when it is taken or 0.
    """

    def __init__(self, application: Application, context: ssl.SSLContext, port: int = 0) -> None:
        try:
            self._server = _Server(application, context, port)
        except OSError:
            self._server = _Server(application, context, 0)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve, name="sandbox-https", daemon=True)
        self._thread.start()

    @property
    def crashes(self) -> Sequence[BaseException]:
        """What the application failed with, if it did: always a mistake of ours, shown by tests."""
        return self._server.crashes

    def close(self) -> None:
        """Stop listening, cut every connection, wait for the threads; safe to call twice."""
        self._server.stop()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = CONNECTIONS

    def __init__(self, application: Application, context: ssl.SSLContext, port: int) -> None:
        self.application = application
        self.crashes: list[BaseException] = []
        self._context = context
        self._stopping = False
        self._changed = threading.Condition()
        self._open: set[socket] = set()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without the reverse look-up of the base class, which may wait for a name server."""
        self.socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  # connections of the last run may still linger
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def serve(self) -> None:
        """Accept until stopped; waits without waking up."""
        while not self._stopping:
            self.handle_request()

    def stop(self) -> None:
        """End accepting (shutting a listener down wakes it) and cut what is open."""
        self._stopping = True
        with suppress(OSError):
            self.socket.shutdown(SHUT_RDWR)
        with self._changed:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, 2)
        self.server_close()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the base's names
        """Refuse what is beyond the number of connections."""
        return not self._stopping and len(self._open) < CONNECTIONS

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection, TLS handshake included, in its own thread."""
        request.settimeout(PATIENCE)
        with self._context.wrap_socket(request, server_side=True, do_handshake_on_connect=False) as tls:
            with self._changed:
                self._open.add(tls)
            try:
                if not self._stopping:
                    tls.do_handshake()
                    _Handler(tls, client_address, self)
            finally:
                with self._changed:
                    self._open.discard(tls)
                    self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base's names
        """Keep our mistakes for the tests; a client that goes away is none. Nothing goes to stderr."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.crashes.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    timeout = PATIENCE
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing: the screens own the terminal."""

    def _answer(self) -> None:
        if "transfer-encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
            return
        claimed = self.headers.get("content-length", "0")
        if not (claimed.isascii() and claimed.isdigit() and len(claimed) < 12):
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        request = self._request(int(claimed))
        if request is None:
            self.close_connection = True
            return
        try:
            reply = self.server.application(request)
        except Exception as error:  # noqa: BLE001
            # Boundary: one request's mistake must not end the connection without an answer.
            self.server.crashes.append(error)
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
            return
        self._send(reply)

    def _request(self, size: int) -> Request | None:
        if size > BODY_READ:
            return None
        body = self.rfile.read(size) if size <= BODY_KEPT else b""
        left = 0 if size <= BODY_KEPT else size
        while left and (chunk := self.rfile.read(min(left, 65536))):
            left -= len(chunk)
        if left or (size <= BODY_KEPT and len(body) != size):
            return None  # the client went away in the middle
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = unquote(parts.path, errors="replace")
        return Request(self.command, path, _fields(parts.query), headers, body, size)

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(Reply(status, f"{status.phrase}\n".encode(), "text/plain", (("Connection", "close"),)))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.content_type:
            self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()
