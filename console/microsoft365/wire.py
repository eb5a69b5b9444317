"""A TLS connection to a web service, directly or through a proxy, every wait under one deadline.

Nothing here blocks beyond the deadline or after a cancellation: not the name look-up (in a thread of its
own), not a server that sends an octet every few seconds, not a proxy that accepts and falls silent. What the
system says stops here and goes on as a `WireError` with the failure kinds that SMTP uses too.
"""

import io
import os
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from console.deadline import Deadline
from console.errors import DeadlineError
from console.text import one_line
from console.transcript import Recorder, Stage, StepRecorder
from console.values import dataclass
from console.verdict import AttemptError, Failure

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

T = TypeVar("T")
_ADDRESS_LIMIT: Final = 8
_Address = tuple[socket.AddressFamily, tuple[Any, ...]]


class WireError(AttemptError):
    """A web service could not be reached; its failure's kind is ``dns.*``, ``connect.*`` or ``tls.*``."""

    code = "wire"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: for each address, and for each silence."""

    connect: float = 10.0
    read: float = 30.0


class Stream:
    """A connected socket that `http.client` can use and whose every wait obeys a deadline.

    Args:
        plain: A connected socket; made non-blocking here.
        deadline: For the whole use of the stream.
        silence: Seconds the other side may be silent.
    """

    def __init__(self, plain: socket.socket, deadline: Deadline, silence: float) -> None:
        plain.setblocking(False)
        self._socket = plain
        self._deadline = deadline
        self._silence = silence

    def start_tls(self, context: ssl.SSLContext, host: str) -> ssl.SSLSocket:
        """Shake hands and go on encrypted.

        Raises:
            OSError: As the system says (`ssl.SSLError` is one).
            DeadlineError, CancelledError: It took too long, or was stopped.
        """
        wrapped = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        self._socket = wrapped
        self._patiently(wrapped.do_handshake, write=False)
        return wrapped

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def receive_into(self, buffer: "WriteableBuffer") -> int:
        """Read what there is into `buffer`, waiting for the first octet; 0 when the other side closed."""
        return self._patiently(lambda: self._socket.recv_into(buffer), write=False)

    def sendall(self, octets: bytes) -> None:
        """Send all of it (called by `http.client`)."""
        rest = memoryview(octets)
        while rest:
            sent = self._patiently(lambda rest=rest: self._socket.send(rest), write=True)  # type: ignore[misc]
            rest = rest[sent:]

    def makefile(self, *_arguments: object) -> io.BufferedReader:
        """Return a reader of this stream (called by `http.client`); closing it leaves the stream open."""
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Close the socket; safe any number of times."""
        with suppress(OSError):
            self._socket.close()

    def _patiently(self, act: Callable[[], T], *, write: bool) -> T:
        silence = self._deadline.at_most(self._silence)
        while True:
            try:
                return act()
            except ssl.SSLWantReadError:
                self._wait(silence, write=False)
            except ssl.SSLWantWriteError:
                self._wait(silence, write=True)
            except BlockingIOError:
                self._wait(silence, write=write)

    def _wait(self, silence: Deadline, *, write: bool) -> None:
        try:
            silence.wait_for(self._socket, write=write)
        except DeadlineError as error:
            self._deadline.check()
            raise TimeoutError(f"no answer for {self._silence:g} s") from error


class _Reader(io.RawIOBase):
    """What `io.BufferedReader` wants to read from."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._stream.receive_into(buffer)


def dial(host: str, port: int, timeouts: Timeouts, recorder: Recorder, deadline: Deadline) -> Stream:
    """Connect to the first address of `host` that answers.

    Raises:
        WireError: The name is not known, or no address answers.
        DeadlineError, CancelledError: The time is used up, or it was stopped.
    """
    with recorder.step(Stage.DNS, host) as step:
        addresses = _look_up(host, port, timeouts, deadline)
        step.fact("addresses", ", ".join(str(address[0]) for _, address in addresses))
    for number, (family, address) in enumerate(addresses, 1):
        try:
            with recorder.step(Stage.CONNECT, f"{address[0]} port {port}"):
                return Stream(_connect(family, address, host, timeouts, deadline), deadline, timeouts.read)
        except WireError:
            if number == len(addresses):
                raise
    raise AssertionError("a name has at least one address")  # _look_up raises when it has none


def secure(stream: Stream, host: str, context: ssl.SSLContext, step: StepRecorder) -> ssl.SSLSocket:
    """Go on encrypted, the certificate verified as `context` says; return the encrypted socket.

    Raises:
        WireError: The certificate is not trusted, or the handshake failed (kinds ``tls.*``).
        DeadlineError, CancelledError: The time is used up, or it was stopped.
    """
    try:
        encrypted = stream.start_tls(context, host)
    except (ssl.SSLError, ssl.CertificateError) as error:
        raise WireError(_tls_failure(error, host)) from error
    except OSError as error:
        text = one_line(f"The handshake broke off: {error.strerror or error}")
        raise WireError(Failure(Stage.TLS, "tls.handshake", text, facts={"host": host})) from error
    step.fact("version", encrypted.version() or "")
    cipher = encrypted.cipher()
    step.fact("cipher", cipher[0] if cipher else "")
    return encrypted


def _look_up(host: str, port: int, timeouts: Timeouts, deadline: Deadline) -> list[_Address]:
    """Ask the system's resolver in a thread: it cannot be stopped, only left behind."""
    ready, done = os.pipe2(os.O_CLOEXEC)
    answer: list[list[_Address] | OSError | UnicodeError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses: list[_Address] = [(family, address) for family, *_, address in found]
            answer.append(addresses[:_ADDRESS_LIMIT])
        except (OSError, UnicodeError) as error:
            answer.append(error)
        finally:
            os.close(done)

    threading.Thread(target=ask, name="name look-up", daemon=True).start()
    with open(ready, "rb", buffering=0) as end:  # noqa: PTH123 - a descriptor, not a path
        try:
            deadline.at_most(timeouts.connect).wait_for(end)
        except DeadlineError as error:
            deadline.check()
            raise WireError(_dns_failure(host, "dns.timeout", "no answer in time")) from error
    return _addresses(answer[0], host)


def _addresses(answer: list[_Address] | OSError | UnicodeError, host: str) -> list[_Address]:
    if isinstance(answer, socket.gaierror):
        unknown = answer.errno in (socket.EAI_NONAME, socket.EAI_NODATA)
        kind = "dns.not-found" if unknown else "dns.failed"
        raise WireError(_dns_failure(host, kind, answer.strerror or "")) from answer
    if isinstance(answer, OSError | UnicodeError):
        raise WireError(_dns_failure(host, "dns.failed", str(answer))) from answer
    return answer


def _dns_failure(host: str, kind: str, said: str) -> Failure:
    return Failure(Stage.DNS, kind, one_line(f"{host}: {said}"), facts={"host": one_line(host, 255)})


def _connect(
    family: socket.AddressFamily,
    address: tuple[Any, ...],
    host: str,
    timeouts: Timeouts,
    deadline: Deadline,
) -> socket.socket:
    connecting = socket.socket(family, socket.SOCK_STREAM)
    try:
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connecting.setblocking(False)
        with suppress(BlockingIOError):
            connecting.connect(address)
        _wait_connected(connecting, timeouts, deadline)
    except OSError as error:
        connecting.close()
        raise WireError(_connect_failure(error, host, address)) from error
    except BaseException:  # closed and passed on, whatever it is
        connecting.close()
        raise
    return connecting


def _wait_connected(connecting: socket.socket, timeouts: Timeouts, deadline: Deadline) -> None:
    try:
        deadline.at_most(timeouts.connect).wait_for(connecting, write=True)
    except DeadlineError as error:
        deadline.check()
        raise TimeoutError(f"no answer for {timeouts.connect:g} s") from error
    problem = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if problem:
        raise OSError(problem, os.strerror(problem))


def _connect_failure(error: OSError, host: str, address: tuple[Any, ...]) -> Failure:
    kinds: tuple[tuple[type[OSError], str], ...] = (
        (ConnectionRefusedError, "connect.refused"),
        (TimeoutError, "connect.timeout"),
        (ConnectionResetError, "connect.reset"),
    )
    kind = next((name for family, name in kinds if isinstance(error, family)), "")
    if not kind:
        import errno

        lost = error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH)
        kind = "connect.unreachable" if lost else "connect.failed"
    facts = {"host": one_line(host, 255), "address": str(address[0]), "port": str(address[1])}
    text = one_line(f"{address[0]} port {address[1]}: {error.strerror or error}")
    return Failure(Stage.CONNECT, kind, text, facts=facts)


_VERIFY_KINDS: Final = {
    9: "tls.not-yet-valid",
    10: "tls.expired",
    18: "tls.self-signed",
    62: "tls.wrong-name",
    64: "tls.wrong-name",
}
"""X509_V_ERR_* of OpenSSL (x509_vfy.h); the rest, also 19 (own root in the chain), is not trusted."""

_REASON_KINDS: Final = {
    "WRONG_VERSION_NUMBER": "tls.plain-server",
    "HTTP_REQUEST": "tls.plain-server",
    "UNSUPPORTED_PROTOCOL": "tls.version",
    "TLSV1_ALERT_PROTOCOL_VERSION": "tls.version",
    "NO_PROTOCOLS_AVAILABLE": "tls.version",
}


def _tls_failure(error: ssl.SSLError | ssl.CertificateError, host: str) -> Failure:
    facts = {"host": one_line(host, 255)}
    if isinstance(error, ssl.SSLCertVerificationError):
        kind = _VERIFY_KINDS.get(error.verify_code, "tls.untrusted")
        return Failure(Stage.TLS, kind, one_line(error.verify_message), facts=facts)
    kind = _REASON_KINDS.get(error.reason or "", "tls.handshake")
    return Failure(Stage.TLS, kind, one_line(f"{error.reason or error}"), facts=facts)
