"""The timed, redacted steps and lines of one delivery or sign-in.

A `Recorder` grows while the delivery runs and tells its subscribers of each `Event`; `Recorder.transcript`
gives the frozen `Transcript` at any time. Redaction is by construction: whoever sends a secret records what
stands in its place (``AUTH PLAIN ***``), and every secret made known to the recorder is taken out of whatever
the other side says (servers do echo credentials), in the encodings that protocols use.
"""

import time
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType

from console.annotations import Final, Self
from console.errors import CancelledError
from console.secret import Redactor, Secret
from console.text import one_line
from console.values import dataclass, field

LINES_KEPT: Final = 2000
"""Lines of one transcript; what comes after is counted, not kept."""


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
        dropped: How many lines were counted but not kept (see `LINES_KEPT`).
    """

    started: datetime
    steps: tuple[Step, ...] = ()
    lines: tuple[Line, ...] = ()
    dropped: int = 0


class StepRecorder:
    """One step while it runs: a context manager, handed out by `Recorder.step`.

    Ends ok at the end of its block, as cancelled when that raises `console.errors.CancelledError`, and as
    failed when it raises anything else.
    """

    def __init__(self, recorder: "Recorder", stage: Stage, subject: str) -> None:
        self._recorder = recorder
        self._stage = stage
        self._subject = subject
        self._number = 0
        self._at = 0.0
        self._facts: dict[str, str] = {}
        self._spent: tuple[float | None, Outcome] = (None, Outcome.RUNNING)
        self._is_over = False
        self._frozen: Step | None = None

    def __enter__(self) -> Self:
        self._at = self._recorder.enter(self._stage)
        self._recorder.write(self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.end(Outcome.OK)
        else:
            self.end(Outcome.CANCELLED if issubclass(kind, CancelledError) else Outcome.FAILED)

    def fact(self, name: str, value: object) -> None:
        """Add something learnt; `value` is made printable, bounded and redacted."""
        self._recorder.write(self._learn, name, str(value))

    def end(self, outcome: Outcome) -> None:
        """End the step now; later calls change nothing."""
        if not self._is_over:
            self._is_over = True
            self._recorder.write(self._finish, self._recorder.elapsed() - self._at, outcome)

    def step(self) -> Step:
        """Return the step as it stands."""
        if self._frozen is None:
            duration, outcome = self._spent
            facts = dict(self._facts)
            self._frozen = Step(self._number, self._stage, self._subject, self._at, duration, outcome, facts)
        return self._frozen

    def _begin(self) -> None:
        self._subject = self._recorder.clean(self._subject)
        self._number = self._recorder.add_step(self)
        self._change()

    def _learn(self, name: str, value: str) -> None:
        self._facts[name] = self._recorder.clean(value)
        self._change()

    def _finish(self, seconds: float, outcome: Outcome) -> None:
        self._spent = (seconds, outcome)
        self._change()

    def _change(self) -> None:
        self._frozen = None
        if self._recorder.is_heard:
            self._recorder.tell(self.step())


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
        self._steps: list[StepRecorder] = []
        self._lines: list[Line] = []
        self._dropped = 0
        self._stage = Stage.LOCAL
        self._subscribers: list[Callable[[Event], None]] = []
        self._held: deque[tuple[Callable[..., None], tuple[object, ...]]] = deque()
        self._is_holding = False
        self._lock = allocate_lock()

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
        if self._redactor.knows_none:
            return one_line(text)
        # Before the cut, so that none is left in halves; after it, for what was spelled out.
        return self._redactor.redact(one_line(self._redactor.redact(text)))

    def step(self, stage: Stage, subject: str = "") -> StepRecorder:
        """Record a stage round a block (see `StepRecorder`); the block may end it with another outcome."""
        return StepRecorder(self, stage, subject)

    def sent(self, text: str) -> None:
        """Record a line we sent; for secrets hand over what stands in their place, never the secret."""
        self.write(self._put_line, self.elapsed(), self._stage, Direction.SENT, text)

    def received(self, raw: bytes | str) -> None:
        """Record a line the other side sent, as it came."""
        self.write(self._put_line, self.elapsed(), self._stage, Direction.RECEIVED, raw)

    def note(self, text: str) -> None:
        """Record a remark of ours."""
        self.write(self._put_line, self.elapsed(), self._stage, Direction.NOTE, text)

    def transcript(self) -> Transcript:
        """Return what was recorded up to now."""
        self.catch_up()
        with self._lock:
            steps = tuple([one.step() for one in self._steps])
            return Transcript(self._started, steps, tuple(self._lines), self._dropped)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put the writing off during a block: what is recorded in it is timed at once and written down later.

        For a talk in which the other side waits for our next word: first that is said, then written down
        what was said before, while the other side is at work. What is left at the block's end is written
        down with the next that is recorded, or when the transcript is asked for.
        """
        self._is_holding = True
        try:
            yield
        finally:
            self._is_holding = False

    def catch_up(self) -> None:
        """Write down what was put off (see `held`): at the latest before one waits for the other side."""
        while self._held:
            work, arguments = self._held.popleft()
            work(*arguments)

    def enter(self, stage: Stage) -> float:
        """Begin a stage, to which the lines belong from now on; return when (used by `StepRecorder`)."""
        self._stage = stage
        return self.elapsed()

    def write(self, work: Callable[..., None], *arguments: object) -> None:
        """Do a piece of writing, now or when it is time for it (used by `StepRecorder`)."""
        if self._is_holding:
            self._held.append((work, arguments))
            return
        self.catch_up()
        work(*arguments)

    def add_step(self, step: StepRecorder) -> int:
        """Take in a step that begins; return its number (used by `StepRecorder`)."""
        with self._lock:
            self._steps.append(step)
            return len(self._steps) - 1

    @property
    def is_heard(self) -> bool:
        """Whether anybody wants to hear of each event (used by `StepRecorder`)."""
        return bool(self._subscribers)

    def tell(self, event: Event) -> None:
        """Tell subscribers of an event (used by `StepRecorder`)."""
        for subscriber in self._subscribers:
            subscriber(event)

    def _put_line(self, at: float, stage: Stage, direction: Direction, text: str | bytes) -> None:
        line = Line(at, stage, direction, self.clean(text))
        with self._lock:
            if len(self._lines) >= LINES_KEPT:
                self._dropped += 1
                return
            self._lines.append(line)
        self.tell(line)
