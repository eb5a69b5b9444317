"""The timed, redacted steps and lines of one delivery or sign-in.

A `Recorder` grows while the delivery runs and tells its subscribers of each `Event`; `Recorder.transcript`
gives the frozen `Transcript` at any time. Redaction is by construction: whoever sends a secret records what
stands in its place (``AUTH PLAIN ***``), and every secret made known to the recorder is taken out of whatever
the other side says (servers do echo credentials), in the encodings that protocols use.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum

from console.annotations import Final
from console.secret import Redactor, Secret
from console.text import one_line
from console.values import dataclass, field, replace

EVENT_LIMIT: Final = 2000
"""Events of one transcript; what comes after is counted, not kept."""


class Stage(StrEnum):
    """Where in a delivery or sign-in one is; in the order they come."""

    LOCAL = "local"
    SIGN_IN = "sign-in"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    EHLO = "ehlo"
    AUTH = "auth"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    GRAPH = "graph"

    @property
    def label(self) -> str:
        """The words a person sees."""
        return _TITLES[self]


_TITLES: Final = {
    Stage.LOCAL: "On this appliance",
    Stage.SIGN_IN: "Sign-in",
    Stage.DNS: "Name look-up",
    Stage.CONNECT: "Connection",
    Stage.TLS: "Encryption (TLS)",
    Stage.GREETING: "Greeting",
    Stage.EHLO: "Capabilities",
    Stage.AUTH: "Authentication",
    Stage.SENDER: "Sender",
    Stage.RECIPIENT: "Recipient",
    Stage.DATA: "Message",
    Stage.GRAPH: "Graph request",
}


class Outcome(StrEnum):
    """How a stage ended."""

    RUNNING = "running"
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Direction(StrEnum):
    """Who said a line."""

    SENT = ">"
    RECEIVED = "<"
    NOTE = "*"


@dataclass(frozen=True, slots=True)
class Line:
    """One line said by either side, or a note of ours.

    Attributes:
        at: Seconds since the transcript began.
        stage: The stage it belongs to.
        direction: Who said it.
        text: Printable, bounded, redacted.
    """

    at: float
    stage: Stage
    direction: Direction
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One stage with its start, duration and outcome.

    Attributes:
        number: Counts the steps of a transcript from 0; a changed step comes again with its number.
        stage: Which stage; a stage may come several times (each recipient, each address tried).
        subject: What it was about: host name, address, mechanism, recipient.
        at: Seconds since the transcript began.
        duration: Seconds; None while it runs.
        outcome: How it ended.
        facts: What was learnt: addresses, TLS version, cipher, certificate, capabilities, size, reply …
    """

    number: int
    stage: Stage
    subject: str
    at: float
    duration: float | None = None
    outcome: Outcome = Outcome.RUNNING
    facts: Mapping[str, str] = field(default_factory=dict)


Event = Line | Step


@dataclass(frozen=True, slots=True)
class Transcript:
    """The whole of it, frozen.

    Attributes:
        started: When it began (UTC, aware).
        steps: Each stage once, in the order they began.
        lines: Each line, in the order they were said.
        dropped: How many lines were counted but not kept (see `EVENT_LIMIT`).
    """

    started: datetime
    steps: tuple[Step, ...] = ()
    lines: tuple[Line, ...] = ()
    dropped: int = 0


class StepRecorder:
    """Writes one running step; handed out by `Recorder.step`."""

    def __init__(self, recorder: "Recorder", step: Step) -> None:
        self._recorder = recorder
        self._step = step

    def fact(self, name: str, value: object) -> None:
        """Add something learnt; `value` is made printable, bounded and redacted."""
        facts = {**self._step.facts, name: self._recorder.clean(str(value))}
        self._change(replace(self._step, facts=facts))

    def end(self, outcome: Outcome) -> None:
        """End the step now; later calls change nothing."""
        if self._step.duration is None:
            took = self._recorder.elapsed() - self._step.at
            self._change(replace(self._step, duration=took, outcome=outcome))

    def _change(self, step: Step) -> None:
        self._step = step
        self._recorder.put_step(step)


class Recorder:
    """A transcript while it grows.

    Thread-safe; subscribers are called in the thread that records and must return at once.

    Args:
        redactor: Takes secrets out of everything; more can be made known with `conceal`.
        clock: Monotonic seconds; replaced in tests.
    """

    def __init__(self, redactor: Redactor | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._redactor = redactor or Redactor()
        self._clock = clock
        self._began = clock()
        self._started = datetime.now(UTC)
        self._steps: list[Step] = []
        self._lines: list[Line] = []
        self._dropped = 0
        self._stage = Stage.LOCAL
        self._subscribers: list[Callable[[Event], None]] = []
        self._lock = threading.RLock()

    def subscribe(self, subscriber: Callable[[Event], None]) -> None:
        """Call `subscriber` with every event from now on."""
        self._subscribers.append(subscriber)

    def conceal(self, secret: Secret) -> None:
        """Take `secret` out of everything recorded from now on."""
        self._redactor.add(secret)

    def elapsed(self) -> float:
        """Seconds since the transcript began."""
        return self._clock() - self._began

    def clean(self, text: str | bytes) -> str:
        """Return text, or octets as they came, redacted, as one printable, bounded line."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "backslashreplace")
        # Before the cut, so that none is left in halves; after it, for what was spelled out.
        return self._redactor.redact(one_line(self._redactor.redact(text)))

    @contextmanager
    def step(self, stage: Stage, subject: str = "") -> Iterator[StepRecorder]:
        """Record a stage round a block: ok at its end, failed when it raises.

        The block may end the step itself with another outcome. `console.errors.CancelledError` ends it as
        cancelled.
        """
        from console.errors import CancelledError

        with self._lock:
            self._stage = stage
            begun = Step(len(self._steps), stage, self.clean(subject), self.elapsed())
            self._steps.append(begun)
        self._tell(begun)
        recorder = StepRecorder(self, begun)
        try:
            yield recorder
        except CancelledError:
            recorder.end(Outcome.CANCELLED)
            raise
        except BaseException:  # recorded and passed on, whatever it is
            recorder.end(Outcome.FAILED)
            raise
        recorder.end(Outcome.OK)

    def sent(self, text: str) -> None:
        """Record a line we sent; for secrets hand over what stands in their place, never the secret."""
        self._put_line(Direction.SENT, text)

    def received(self, raw: bytes | str) -> None:
        """Record a line the other side sent, as it came."""
        self._put_line(Direction.RECEIVED, raw)

    def note(self, text: str) -> None:
        """Record a remark of ours."""
        self._put_line(Direction.NOTE, text)

    def transcript(self) -> Transcript:
        """Return what was recorded up to now."""
        with self._lock:
            return Transcript(self._started, tuple(self._steps), tuple(self._lines), self._dropped)

    def put_step(self, step: Step) -> None:
        """Replace the step of the same number (used by `StepRecorder`)."""
        with self._lock:
            self._steps[step.number] = step
        self._tell(step)

    def _put_line(self, direction: Direction, text: str | bytes) -> None:
        with self._lock:
            line = Line(self.elapsed(), self._stage, direction, self.clean(text))
            if len(self._lines) >= EVENT_LIMIT:
                self._dropped += 1
                return
            self._lines.append(line)
        self._tell(line)

    def _tell(self, event: Event) -> None:
        for subscriber in self._subscribers:
            subscriber(event)
