"""A connection as octets: a non-blocking socket, with or without TLS; every wait goes through a deadline."""

import errno
import os
import re
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from console.annotations import TYPE_CHECKING, Final
from console.deadline import Deadline
from console.errors import DeadlineError
from console.network import NetworkError, Remote, failed, out_of_time
from console.network.resolve import Address, resolve
from console.transcript import Recorder, Stage

if TYPE_CHECKING:
    import ssl

_CHUNK: Final = 256 * 1024
_PEEKED: Final = 512
_AT_ONCE: Final = 0.0002
"""Seconds; about what it takes to go to sleep and to be woken."""

_TEXT: Final = rb"[\t\r\n -~]{4,}"

_KINDS: Final = {
    errno.ECONNREFUSED: "connect.refused",
    errno.ETIMEDOUT: "connect.timeout",
    errno.ENETUNREACH: "connect.unreachable",
    errno.EHOSTUNREACH: "connect.unreachable",
    errno.EADDRNOTAVAIL: "connect.unreachable",
    errno.EAFNOSUPPORT: "connect.unreachable",
    errno.EACCES: "connect.unreachable",  # ICMPv6 "administratively prohibited", as firewalld answers
    errno.EPERM: "connect.unreachable",  # a firewall on this appliance
    errno.ECONNRESET: "connect.reset",
}


class NotTlsError(Exception):
    """The other side answered a TLS handshake in plain text; stays between this package and its clients.

    Attributes:
        heard: The first octets of it.
    """

    def __init__(self, heard: bytes) -> None:
        super().__init__("no TLS")
        self.heard = heard


class Stream:
    """An open connection; the owner must `close` it.

    Args:
        connected: A connected, non-blocking socket; belongs to the stream from now on.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._is_brisk = False
        self.tls: ssl.SSLSocket | None = None

    @property
    def own_address(self) -> str:
        """Our end's IP address, without zone."""
        return str(self._socket.getsockname()[0]).partition("%")[0]

    def fileno(self) -> int:
        """File descriptor, for waiting."""
        return self._socket.fileno()

    def wrap(self, context: "ssl.SSLContext", name: str) -> None:
        """Go on over TLS; nothing is sent before `shake_hands`.

        Raises:
            OSError: The connection is gone already.
        """
        _raise_problem(self._socket)  # else Python would leave it half wrapped, and open
        # The name as octets: see resolve._addresses.
        self.tls = context.wrap_socket(
            self._socket, server_hostname=name.encode("ascii"), do_handshake_on_connect=False
        )
        self._socket = self.tls

    def shake_hands(self, deadline: Deadline) -> None:
        """Do the TLS handshake.

        Raises:
            NotTlsError: What the other side said first is no TLS.
            OSError: It failed (``ssl.SSLError`` is one).
            CancelledError, DeadlineError: See `Deadline.wait_for`.
        """
        assert self.tls is not None  # noqa: S101 - wrap comes before
        looks = 2  # before the first word of ours, and at the first answer to it
        while True:
            deadline.check()
            if looks:
                self._refuse_plain_text(is_answer=looks == 1)
                looks -= 1
            try:
                self.tls.do_handshake()
                return
            except OSError as error:
                deadline.wait_for(self, write=self._wants_to_write(error, write=False))

    def _refuse_plain_text(self, *, is_answer: bool) -> None:
        """Raise when what comes is no TLS; in an answer of which OpenSSL may have a part already, when it
        is readable text."""
        try:  # past the SSL layer, without taking anything out
            heard = socket.socket.recv(self._socket, _PEEKED, socket.MSG_PEEK)
        except BlockingIOError:
            return
        is_tls = not heard or heard[0] in (0x15, 0x16)  # alert, handshake (RFC 8446 §5.1)
        if not is_tls and (not is_answer or re.fullmatch(_TEXT, heard)):
            raise NotTlsError(heard)

    def receive(
        self, deadline: Deadline, limit: int = _CHUNK, *, meanwhile: Callable[[], None] | None = None
    ) -> bytes:
        """Return what comes next, `limit` octets at most; b"" when the other side closed.

        Args:
            deadline: The whole action's.
            limit: Octets.
            meanwhile: Called when nothing has come yet, before one waits.

        Raises:
            OSError: The connection broke (``ssl.SSLError`` is one).
            CancelledError, DeadlineError: See `Deadline.wait_for`.
        """
        while True:
            deadline.check()
            try:
                return self._socket.recv(limit)
            except OSError as error:
                wants_to_write = self._wants_to_write(error, write=False)
            if meanwhile is not None:
                meanwhile()
                meanwhile = None
            self._wait(deadline, write=wants_to_write)

    def send(self, octets: bytes, deadline: Deadline, silence: float) -> None:
        """Send all of `octets`, in as few writes as the system takes.

        Args:
            octets: What to send.
            deadline: The whole action's.
            silence: Seconds the other side may take nothing.

        Raises:
            OSError, CancelledError, DeadlineError: As in `receive`.
        """
        rest = memoryview(octets)
        while rest:
            deadline.check()
            try:
                rest = rest[self._socket.send(rest[:_CHUNK]) :]
            except OSError as error:
                deadline.at_most(silence).wait_for(self, write=self._wants_to_write(error, write=True))

    def _wait(self, deadline: Deadline, *, write: bool) -> None:
        """Wait to be able to go on.

        A server on this machine answers sooner than the system puts us to sleep and wakes us again. So where
        the last answer came at once, the next one is looked for that long before we go to sleep.
        """
        if self._is_brisk and not write and self._comes_at_once():
            return
        began = time.monotonic()
        deadline.wait_for(self, write=write)
        self._is_brisk = time.monotonic() - began < _AT_ONCE

    def _comes_at_once(self) -> bool:
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        until = time.monotonic() + _AT_ONCE
        while time.monotonic() < until:
            if poll.poll(0):
                return True
            os.sched_yield()  # where there is but one processor, the server needs it
        return False

    def is_quiet(self) -> bool:
        """Whether nothing is waiting to be read: no word, no end of the connection."""
        poll = select.poll()  # select() itself knows no descriptor above 1023
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Close at once, without a word; safe any number of times."""
        with suppress(OSError):
            self._socket.close()

    def _wants_to_write(self, error: OSError, *, write: bool) -> bool:
        """Return what to wait for; raises `error` when it is a real one."""
        if isinstance(error, BlockingIOError):
            return write
        if self.tls is not None:
            import ssl  # loaded already, as there is a TLS connection

            if isinstance(error, ssl.SSLWantReadError | ssl.SSLWantWriteError):
                return isinstance(error, ssl.SSLWantWriteError)
        raise error


def dial(remote: Remote, recorder: Recorder, deadline: Deadline) -> tuple[Stream, Address]:
    """Connect to the first address of `remote` that answers.

    Returns:
        The connection and the address it goes to.

    Raises:
        NetworkError: ``dns.*``; ``connect.*`` of the address that told most; ``deadline``.
        CancelledError: The operator stopped it.
    """
    problems: list[NetworkError] = []
    for address in resolve(remote, recorder, deadline):
        try:
            with recorder.step(Stage.CONNECT, f"{address.text} port {remote.port}"):
                return _connected(remote, address, deadline), address
        except NetworkError as error:
            if error.failure.kind == "deadline":
                raise
            problems.append(error)
    telling = [one for one in problems if one.failure.kind != "connect.unreachable"]
    raise (telling or problems)[0]


def _connected(remote: Remote, address: Address, deadline: Deadline) -> Stream:
    facts = {**remote.facts, "address": address.text}
    try:
        return open_stream(address, deadline.at_most(remote.timeouts.connect))
    except DeadlineError:
        facts["limit"] = f"{remote.timeouts.connect:g} s"
        raise NetworkError(out_of_time(Stage.CONNECT, "connect.timeout", deadline, facts)) from None
    except OSError as error:
        kind = _KINDS.get(error.errno or 0, "connect.failed")
        raise failed(Stage.CONNECT, kind, error.strerror or str(error), facts) from None


def open_stream(address: Address, deadline: Deadline) -> Stream:
    """Connect to `address`.

    Raises:
        OSError: It did not come about.
        CancelledError, DeadlineError: See `Deadline.wait_for`.
    """
    near = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        near.setblocking(False)
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(BlockingIOError):
            near.connect(address.target)
        deadline.wait_for(near, write=True)
        _raise_problem(near)
    except BaseException:  # passed on; only the socket must not be left open
        near.close()
        raise
    return Stream(near)


def _raise_problem(connected: socket.socket) -> None:
    if problem := connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(problem, os.strerror(problem))
