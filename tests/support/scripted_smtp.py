"""A server that plays a script, for everything an orderly SMTP server would never do."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Peer:
    """One connection as the script sees it."""

    def __init__(self, connection: socket.socket, heard: list[bytes]) -> None:
        self.connection = connection
        self._heard = heard
        self._buffer = b""
        self._is_gone = False

    def say(self, *lines: str | bytes) -> None:
        """Send lines."""
        for line in lines:
            self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def send(self, octets: bytes) -> None:
        """Send octets."""
        self.connection.sendall(octets)

    def hear(self) -> bytes:
        """Return the client's next line; b"" when it is gone."""
        while b"\n" not in self._buffer:
            octets = self.connection.recv(65536)
            if not octets:
                self._is_gone = True
                return b""
            self._buffer += octets
        line, _, self._buffer = self._buffer.partition(b"\n")
        self._heard.append(line.rstrip(b"\r"))
        return self._heard[-1]

    def hear_until(self, last: bytes) -> None:
        """Take lines until one is `last`, or the client is gone."""
        while self.hear() != last and not self._is_gone:
            pass

    def wait_until_gone(self) -> None:
        """Stay silent until the client goes."""
        while self.connection.recv(65536):
            pass

    def secure(self, context: ssl.SSLContext) -> None:
        """Go over to TLS as the server."""
        self.connection = context.wrap_socket(self.connection, server_side=True)

    def greet(self, *capabilities: str) -> None:
        """Greet, hear EHLO and answer it."""
        self.say("220 mail.example.com ESMTP")
        self.hear()
        self.offer(*capabilities)

    def offer(self, *capabilities: str) -> None:
        """Answer EHLO."""
        lines = ["mail.example.com", *capabilities]
        self.say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")


class ScriptedSmtp:
    """Plays `script` on each connection; a context manager.

    Attributes:
        port: Where it listens on 127.0.0.1.
        heard: Every line every client said, in order.
        connections: How many there were.
    """

    def __init__(self, script: Callable[[Peer], None], address: str = "127.0.0.1") -> None:
        self._script = script
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family)
        self.port = int(self._listener.getsockname()[1])
        self.heard: list[bytes] = []
        self.connections = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(connection)
            thread = threading.Thread(target=self._play, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, connection: socket.socket) -> None:
        peer = Peer(connection, self.heard)
        with suppress(OSError):  # the client went, or refused the handshake
            self._script(peer)
        peer.connection.close()
        connection.close()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)


def take_mail(peer: Peer, *offers: str) -> None:
    """Play a server that takes whatever comes."""
    peer.greet(*offers)
    take_rest(peer)


def take_rest(peer: Peer) -> None:
    """Play on after EHLO."""
    while line := peer.hear():
        if line == b"DATA":
            peer.say("354 go on")
            peer.hear_until(b".")
        peer.say("221 bye" if line == b"QUIT" else "250 2.0.0 fine")
