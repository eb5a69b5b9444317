"""A transcript as people read it, for the terminal, the export and the screens: plain text, no colours.

::

      0.002  Name look-up  mail.example.com: ok, 12 ms
                 addresses: 192.0.2.1
      0.061 < 220 mail.example.com ESMTP
      0.062 > EHLO acme-7

``>`` is what this appliance said, ``<`` what the server said, ``*`` a remark of the console.
"""

from collections.abc import Iterator
from itertools import islice, takewhile

from console.annotations import Final
from console.transcript import Direction, Event, Line, Outcome, Step, Transcript

_INDENT: Final = " " * 13

_SAID_ALREADY: Final = ("reply", "capabilities")
"""Facts for programs: a person reads them in the lines of the same stage."""


def line_text(line: Line) -> str:
    """Return one line as ``  0.061 < 220 mail.example.com ESMTP``."""
    return f"{line.at:7.3f} {line.direction} {line.text}"


def step_text(step: Step) -> str:
    """Return the headline of a stage as ``  0.002  Name look-up  mail.example.com: ok, 12 ms``."""
    name = f"{step.stage.label}  {step.subject}" if step.subject else step.stage.label
    took = "" if step.duration is None else f", {duration_text(step.duration)}"
    return f"{step.at:7.3f}  {name}: {step.outcome}{took}"


def shown_facts(step: Step) -> tuple[tuple[str, str], ...]:
    """Return what a stage learnt, but for what the other side's own lines say already."""
    return tuple((name, value) for name, value in step.facts.items() if name not in _SAID_ALREADY)


def fact_texts(step: Step) -> tuple[str, ...]:
    """Return what a stage learnt, one indented line a fact (see `shown_facts`)."""
    return tuple(f"{_INDENT}{name}: {value}" for name, value in shown_facts(step))


def duration_text(seconds: float) -> str:
    """Return a duration as a person reads it: ``12 ms``, ``1.3 s``, ``2 min 5 s``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def render(transcript: Transcript) -> str:
    """Return the whole transcript, stages and lines in the order they came, each with a line feed."""
    return "".join(f"{text}\n" for text in _texts(transcript))


def in_order(transcript: Transcript) -> list[Event]:
    """Return stages and lines in the order they came, each line below the stage it belongs to.

    Times have four digits: where the server is near, a stage, its lines and the next stage share one.
    """
    events: list[Event] = []
    steps = list(transcript.steps)
    for line in transcript.lines:
        events += _begun_before(line, steps, events[-1] if events else None)
        events.append(line)
    return events + steps


def _begun_before(line: Line, steps: list[Step], last: Event | None) -> list[Step]:
    """Take the stages that began before `line` was said from the front of `steps`."""
    earlier = sum(1 for _ in takewhile(lambda step: step.at < line.at, steps))
    together = takewhile(lambda step: step.at == line.at, islice(steps, earlier, None))
    stages = [step.stage for step in together]
    current = steps[earlier - 1].stage if earlier else None if last is None else last.stage
    # Within a stage that comes again (recipients) only what we say opens the next: the server has answered.
    is_answered = not earlier and isinstance(last, Line) and line.direction is Direction.SENT
    if line.stage in stages and (line.stage is not current or is_answered):
        earlier += stages.index(line.stage) + 1
    begun = steps[:earlier]
    del steps[:earlier]
    return begun


def _texts(transcript: Transcript) -> Iterator[str]:
    for event in in_order(transcript):
        if isinstance(event, Step):
            yield step_text(event)
            yield from fact_texts(event)
        else:
            yield line_text(event)
    if transcript.dropped:
        yield f"{_INDENT}({transcript.dropped} more lines were not kept)"
    if any(step.outcome is Outcome.RUNNING for step in transcript.steps):
        yield f"{_INDENT}(not finished)"
