"""Mail servers to send to, in a process of their own: ``python -m benchmarks.sink [CERTIFICATE KEY] [--quick]``
prints a port.

The ordinary one is aiosmtpd. With ``--quick`` it is one that does as little as it can and acknowledges every
segment at once (TCP_QUICKACK): who waits for acknowledgements between small writes is not slowed by it.
"""

import logging
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.pty_program import PROJECT, PYTHON

_REPLIES = {b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"RSET": b"250 ok\r\n", b"NOOP": b"250 ok\r\n"}


def main() -> int:
    """Serve until stdin ends."""
    is_quick = "--quick" in sys.argv
    files = [one for one in sys.argv[1:] if not one.startswith("--")]
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[0], files[1])
    if is_quick:
        server = socket.create_server(("127.0.0.1", 0), backlog=128)
        print(server.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(server, context), daemon=True).start()
    else:
        print(_ordinary(context), flush=True)
    sys.stdin.read()
    return 0


def _ordinary(context: ssl.SSLContext | None) -> int:
    """Start aiosmtpd and return its port."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink
    from aiosmtpd.smtp import AuthResult

    logging.getLogger("mail.log").addFilter(_is_worth_saying)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    Controller(
        Sink(),
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        auth_require_tls=True,
        authenticator=lambda *_: AuthResult(success=True),
    ).start()
    return port


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Leave out what aiosmtpd says of its own attribute at every sign-in; nobody here uses it."""
    return not record.getMessage().startswith("Session.login_data is deprecated")


def _accept(server: socket.socket, context: ssl.SSLContext | None) -> None:
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_serve, args=(connection, context), daemon=True).start()


def _serve(connection: socket.socket, context: ssl.SSLContext | None) -> None:
    with connection:
        try:
            _talk(connection, context)
        except OSError:
            return


def _talk(connection: socket.socket, context: ssl.SSLContext | None) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(b"220 sink\r\n")
    is_secure = context is None
    for line in (lines := _lines(connection)):
        verb = line[:4].upper()
        if verb in (b"EHLO", b"HELO"):
            more = (
                b"" if is_secure and context is None else (b"AUTH PLAIN LOGIN" if is_secure else b"STARTTLS")
            )
            connection.sendall(
                b"250-sink\r\n250-SIZE 99999999\r\n"
                + (b"250-%b\r\n" % more if more else b"")
                + b"250 8BITMIME\r\n"
            )
        elif verb == b"STAR" and context is not None:
            connection.sendall(b"220 go\r\n")
            _talk_secure(context.wrap_socket(connection, server_side=True))
            return
        elif not _answer(connection, verb, line, lines):
            return


def _talk_secure(connection: socket.socket) -> None:
    for line in (lines := _lines(connection)):
        verb = line[:4].upper()
        if verb == b"EHLO":
            connection.sendall(b"250-sink\r\n250-SIZE 99999999\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n")
        elif not _answer(connection, verb, line, lines):
            return


def _answer(connection: socket.socket, verb: bytes, line: bytes, lines: Iterator[bytes]) -> bool:
    """Answer a command; False when the conversation is over."""
    if verb == b"QUIT":
        connection.sendall(b"221 bye\r\n")
        return False
    if verb == b"AUTH":
        if line[5:10].upper() == b"LOGIN":
            connection.sendall(b"334 VXNlcm5hbWU6\r\n")
            next(lines)
            connection.sendall(b"334 UGFzc3dvcmQ6\r\n")
            next(lines)
        elif len(line.split()) == 2:
            connection.sendall(b"334 \r\n")
            next(lines)
        connection.sendall(b"235 ok\r\n")
    elif verb == b"DATA":
        connection.sendall(b"354 go\r\n")
        while next(lines) != b".\r\n":
            pass
        connection.sendall(b"250 taken\r\n")
    else:
        connection.sendall(_REPLIES.get(verb, b"502 no\r\n"))
    return True


def _lines(connection: socket.socket) -> Iterator[bytes]:
    waiting = b""
    while True:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        block = connection.recv(65536)
        if not block:
            return
        waiting += block
        while (end := waiting.find(b"\n")) >= 0:
            line, waiting = waiting[: end + 1], waiting[end + 1 :]
            yield line


@contextmanager
def running_sink(files: Sequence[Path] = (), *, is_quick: bool = False) -> Iterator[int]:
    """Start a sink and give its port."""
    words = [PYTHON, "-m", "benchmarks.sink", *map(str, files), *(["--quick"] if is_quick else [])]
    sink = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    with sink:
        assert sink.stdout is not None
        assert sink.stdin is not None
        yield int(sink.stdout.readline())
        sink.stdin.close()


if __name__ == "__main__":
    sys.exit(main())
