"""Commands and replies on an open connection: each timed, recorded, bounded, and stopped by the deadline."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from console.annotations import Final
from console.deadline import Deadline
from console.errors import ConsoleError, DeadlineError
from console.network import out_of_time, plain_words
from console.network.dial import Stream
from console.secret import MASK, Secret
from console.text import one_line
from console.transcript import Outcome, Recorder, Stage, StepRecorder
from console.transports.smtp.model import SmtpServer
from console.transports.smtp.replies import MalformedReplyError, Reply, ReplyReader
from console.verdict import Failure, TransportError

FAREWELL: Final = 0.5
"""Seconds QUIT may take; its answer changes nothing."""

_GO_ON: Final = 354

_AT_ONCE: Final = 16 * 1024
"""Octets that the system takes without our having to wait for the other side."""


class Conversation:
    """One connection's talk.

    Args:
        stream: The open connection; closed by `close`.
        server: Whom it goes to, and how long it may be silent.
        recorder: Where the talk is written; replaced for each message.
        deadline: The time the whole has; likewise.
    """

    def __init__(self, stream: Stream, server: SmtpServer, recorder: Recorder, deadline: Deadline) -> None:
        self.stream = stream
        self.server = server
        self.recorder = recorder
        self.deadline = deadline
        self.is_open = True
        self._stage = Stage.GREETING
        self._reader = ReplyReader(self._clean)
        self._ahead: deque[str] = deque()
        self.facts = {"host": server.host, "port": str(server.port)}

    def step(self, stage: Stage, subject: str = "") -> StepRecorder:
        """Record a stage round a block."""
        self._stage = stage
        return self.recorder.step(stage, subject)

    @contextmanager
    def checks(self, stage: Stage, subject: str = "") -> Iterator[None]:
        """Check something before a stage begins: recorded as that stage only when it fails."""
        self._stage = stage
        try:
            yield
        except ConsoleError:
            with self.recorder.step(stage, subject) as step:
                step.end(Outcome.FAILED)
            raise

    def command(self, line: str) -> Reply:
        """Send one line, unless it was sent ahead, and return the reply, whatever it says.

        Raises:
            TransportError: ``smtp.closed``, ``smtp.timeout``, ``smtp.garbage`` …
            CancelledError: The operator stopped it.
        """
        if self._ahead and self._ahead[0] == line:
            self.recorder.sent(self._ahead.popleft())
        else:
            self.say(line)
        return self.reply()

    def send_ahead(self, lines: Sequence[str]) -> None:
        """Send lines in one write before their replies are waited for (PIPELINING, RFC 2920).

        Each is asked for with `command` afterwards, in the same order; or all that are left are dealt with
        by `settle`. Errors as in `command`.
        """
        self.send("".join(f"{line}\r\n" for line in lines).encode())
        self._ahead.extend(lines)

    def settle(self) -> None:
        """Take the replies to what was sent ahead and is not wanted any more; closes where that fails."""
        deadline, self.deadline = self.deadline, self.deadline.at_most(FAREWELL)
        try:
            while self._ahead and self.is_open:
                if self.command(self._ahead[0]).code == _GO_ON:
                    self.command(".")  # no recipient was taken: an empty message for nobody (RFC 2920 §3.1)
        except ConsoleError:
            self.close()
        finally:
            self.deadline = deadline
            while self._ahead:  # said, and never answered
                self.recorder.sent(self._ahead.popleft())

    def say(self, line: str) -> None:
        """Send one line; errors as in `command`."""
        self.recorder.sent(line)
        self.send(line.encode() + b"\r\n")

    def say_secret(self, said: Secret, prefix: str = "") -> None:
        """Send a line that is secret but for `prefix`; errors as in `command`, without the secret in them."""
        self.recorder.sent(f"{prefix}{MASK}" if said else prefix)
        try:
            self.send(prefix.encode() + said.reveal().encode() + b"\r\n")
        except ConsoleError as error:
            # The frames below hold the secret in their variables: none of them may leave with the error.
            error.__context__ = None
            raise error.with_traceback(None) from None

    def send(self, octets: bytes) -> None:
        """Send octets as they are, unrecorded; errors as in `command`."""
        if len(octets) > _AT_ONCE:
            self.recorder.catch_up()
        try:
            self.stream.send(octets, self.deadline, self.server.read_timeout)
            return
        except (DeadlineError, OSError) as error:
            failure = self._broken(error)
        raise failure

    def reply(self, patience: float = 1.0) -> Reply:
        """Read one whole reply.

        Args:
            patience: How many times the ordinary answer timeout the server may take.

        Raises:
            TransportError, CancelledError: As in `command`.
        """
        try:
            return self._read(patience)
        except (MalformedReplyError, DeadlineError, OSError) as error:
            failure = self._broken(error)
        # Raised out here, so that it does not carry the frames below: what the server said raw, a secret
        # it echoed perhaps, is in their variables.
        raise failure

    def _read(self, patience: float) -> Reply:
        deadline = self.deadline.at_most(self.server.read_timeout * patience)
        while True:
            line = self._reader.next_line() if self._reader.has_more else None
            if line is None:
                self._reader.feed(self._received(deadline))
                continue
            self.recorder.received(line)
            reply = self._reader.take(line)
            if reply is not None:
                if reply.code == 421:  # RFC 5321 §3.8: it closes now
                    self.is_open = False
                return reply

    def _received(self, deadline: Deadline) -> bytes:
        octets = self.stream.receive(deadline, meanwhile=self.recorder.catch_up)
        if not octets:
            self.is_open = False
            raise self.failure("smtp.closed", "The server closed the connection.")
        return octets

    @property
    def has_unread(self) -> bool:
        """Whether the server said more than it was asked."""
        return self._reader.has_more

    def failure(self, kind: str, text: str, **facts: str) -> TransportError:
        """Return the error for a failure at the present stage."""
        return TransportError(Failure(self._stage, kind, self.recorder.clean(text), facts=self.facts | facts))

    def refused(self, reply: Reply, **facts: str) -> TransportError:
        """Return the error for a reply that says no."""
        return TransportError(self.refusal(reply, **facts))

    def refusal(self, reply: Reply, **facts: str) -> Failure:
        """Return the failure of a reply that says no."""
        text, known = one_line(reply.text), self.facts | facts
        return Failure(self._stage, "smtp.reply", text, reply.code, reply.enhanced, facts=known)

    def demand(self, reply: Reply, **facts: str) -> Reply:
        """Return `reply` when it is good.

        Raises:
            TransportError: It is not.
        """
        if not reply.is_good:
            raise self.refused(reply, **facts)
        return reply

    def _broken(self, error: MalformedReplyError | DeadlineError | OSError) -> TransportError:
        """Return the error for a connection that is of no use any more."""
        self.is_open = False
        if isinstance(error, MalformedReplyError):
            return self.failure(error.kind, error.text)
        if isinstance(error, OSError):
            return self.failure("smtp.closed", plain_words(error))
        facts = self.facts | {"limit": f"{self.server.read_timeout:g} s"}
        return TransportError(out_of_time(self._stage, "smtp.timeout", self.deadline, facts))

    def _clean(self, octets: bytes) -> str:
        return self.recorder.clean(octets)

    def quit(self) -> None:
        """Say goodbye and close; nothing that happens here is a failure any more."""
        if self.is_open:
            self.deadline = self.deadline.at_most(FAREWELL)
            with suppress(ConsoleError):
                self.command("QUIT")
        self.close()

    def close(self) -> None:
        """Close at once."""
        self.is_open = False
        self.stream.close()
