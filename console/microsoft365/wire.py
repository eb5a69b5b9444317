"""A connection to a web service as `http.client` wants it, every wait under one deadline.

Nothing here blocks beyond the deadline or after a cancellation, not even a server that sends an octet every
few seconds. What goes wrong below goes on as a `WireError` with the failure kinds that SMTP uses too.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from console.deadline import Deadline
from console.errors import DeadlineError
from console.network import NetworkError, Remote, tls
from console.network.dial import Stream
from console.network.dial import dial as dial_remote
from console.transcript import Recorder, Stage
from console.verdict import AttemptError

if TYPE_CHECKING:
    import ssl

    from _typeshed import WriteableBuffer


class WireError(AttemptError):
    """A web service could not be reached; its failure's kind is ``dns.*``, ``connect.*`` or ``tls.*``."""

    code = "wire"


@contextmanager
def as_wire_error() -> Iterator[None]:
    """Turn what the network floor raises in the block into this package's errors.

    Raises:
        WireError: The service could not be reached.
        DeadlineError: The time for the whole action is used up.
    """
    try:
        yield
    except NetworkError as error:
        if error.failure.kind == "deadline":
            raise DeadlineError(error.failure.text) from error
        raise WireError(error.failure) from error


class HttpStream:
    """An open connection that `http.client` can use as its socket and whose every wait obeys a deadline.

    Args:
        stream: The connection; closed with this.
        remote: Whom it goes to, and how long it may be silent.
        deadline: For the whole use of the connection.
    """

    def __init__(self, stream: Stream, remote: Remote, deadline: Deadline) -> None:
        self._stream = stream
        self._silence = remote.timeouts.read
        self._deadline = deadline

    def secure(self, remote: Remote, context: "ssl.SSLContext", recorder: Recorder) -> dict[str, str]:
        """Go on encrypted, the certificate checked as `context` says; return what the certificate says.

        Args:
            remote: The service itself, which may be behind a proxy.
            context: Whom to trust.
            recorder: Where to write it down.

        Raises:
            WireError: The certificate is not trusted, or the handshake failed (kinds ``tls.*``).
            DeadlineError, CancelledError: The time is used up, or it was stopped.
        """
        with as_wire_error(), recorder.step(Stage.TLS, remote.host) as step:
            return tls.secure(self._stream, remote, context, step, self._deadline)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def receive_into(self, buffer: "WriteableBuffer") -> int:
        """Read what there is into `buffer`, waiting for the first octet; 0 when the other side closed."""
        room = memoryview(buffer).cast("B")
        with self._patience() as patience:
            octets = self._stream.receive(patience, len(room))
        room[: len(octets)] = octets
        return len(octets)

    def sendall(self, octets: bytes) -> None:
        """Send all of it (called by `http.client`)."""
        with self._patience():
            self._stream.send(octets, self._deadline, self._silence)

    def makefile(self, *_arguments: object) -> io.BufferedReader:
        """Return a reader of this stream (called by `http.client`); closing it leaves the stream open."""
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """Close the connection; safe any number of times."""
        self._stream.close()

    @contextmanager
    def _patience(self) -> Iterator[Deadline]:
        """Yield the deadline of one wait, which ends in a `TimeoutError` while the whole action goes on."""
        try:
            yield self._deadline.at_most(self._silence)
        except DeadlineError as error:
            self._deadline.check()
            raise TimeoutError(f"no answer for {self._silence:g} s") from error


class _Reader(io.RawIOBase):
    """What `io.BufferedReader` wants to read from."""

    def __init__(self, stream: HttpStream) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._stream.receive_into(buffer)


def dial(remote: Remote, recorder: Recorder, deadline: Deadline) -> HttpStream:
    """Connect to the first address of `remote` that answers.

    Raises:
        WireError: The name is not known, or no address answers.
        DeadlineError, CancelledError: The time is used up, or it was stopped.
    """
    with as_wire_error():
        stream, _ = dial_remote(remote, recorder, deadline)
    return HttpStream(stream, remote, deadline)
