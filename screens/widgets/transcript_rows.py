"""A growing transcript as rows of a given width: stages with what they learnt, lines both ways, wrapped."""

from collections.abc import Iterable
from typing import Final

from console.transcript import Direction, Event, Line, Outcome, Step, Transcript
from console.transcript_text import duration_text, in_order, shown_facts
from screens.drawing import Piece, cut, wrapped
from screens.theme import Tone

Row = tuple[Piece, ...]

OUTCOME_TONES: Final = {
    Outcome.RUNNING: Tone.TEXT,
    Outcome.OK: Tone.OK,
    Outcome.WARNING: Tone.WARNING,
    Outcome.FAILED: Tone.FAILURE,
    Outcome.CANCELLED: Tone.WARNING,
}
_LINE_TONES: Final = {
    Direction.SENT: Tone.STRONG,
    Direction.RECEIVED: Tone.TEXT,
    Direction.NOTE: Tone.MUTED,
}
_HANG: Final = 10
"""Columns by which a wrapped line hangs in: time and direction stand before."""

_NARROWEST: Final = 20


class TranscriptRows:
    """Rows of a transcript, kept up to date as events come; each event costs about its own rows."""

    def __init__(self, width: int = 80) -> None:
        self._width = max(_NARROWEST, width)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._events: list[Event] = []
        self._place_of_step: dict[int, int] = {}
        self._starts: list[int] = []
        self._rows: list[Row] = []
        self._dropped = 0
        self._fresh_from: int | None = None

    def __len__(self) -> int:
        self._settle()
        return len(self._rows)

    def row(self, number: int) -> Row:
        """Return row `number`, or an empty one beyond the end."""
        self._settle()
        return self._rows[number] if 0 <= number < len(self._rows) else ()

    def add(self, events: Iterable[Event]) -> int:
        """Take in events (a known step is replaced where it stands); return the first row to repaint."""
        for event in events:
            if isinstance(event, Step) and event.number in self._place_of_step:
                place = self._place_of_step[event.number]
                self._events[place] = event
            else:
                place = len(self._events)
                self._events.append(event)
                if isinstance(event, Step):
                    self._place_of_step[event.number] = place
            self._stale(place)
        changed = self._fresh_from
        return len(self._rows) if changed is None else self.row_of(changed)

    def show(self, transcript: Transcript) -> None:
        """Show a whole transcript in place of what is there."""
        self.clear()
        self._dropped = transcript.dropped
        self.add(in_order(transcript))

    def resize(self, width: int) -> None:
        """Wrap to `width` from now on."""
        width = max(_NARROWEST, width)
        if width != self._width:
            self._width = width
            self._stale(0)

    def row_of(self, event: int) -> int:
        """Return the first row of event number `event`."""
        self._settle()
        return self._starts[event] if 0 <= event < len(self._starts) else 0

    def _stale(self, place: int) -> None:
        self._fresh_from = place if self._fresh_from is None else min(place, self._fresh_from)

    def _settle(self) -> None:
        if self._fresh_from is None:
            return
        place, self._fresh_from = self._fresh_from, None
        if place < len(self._starts):
            del self._rows[self._starts[place] :]
            del self._starts[place:]
        else:
            self._drop_note()
        for event in self._events[place:]:
            self._starts.append(len(self._rows))
            self._rows.extend(_rows_of(event, self._width))
        if self._dropped:
            self._rows.append(((f"{'':>{_HANG}}({self._dropped} more lines were not kept)", Tone.MUTED),))

    def _drop_note(self) -> None:
        if self._dropped and self._rows:
            self._rows.pop()


def _rows_of(event: Event, width: int) -> list[Row]:
    return _rows_of_step(event, width) if isinstance(event, Step) else _rows_of_line(event, width)


def _rows_of_line(line: Line, width: int) -> list[Row]:
    tone = _LINE_TONES[line.direction]
    pieces = wrapped(line.text, width - _HANG - 1)
    first: Row = (_time(line.at), (f"{line.direction} ", Tone.MUTED), (pieces[0], tone))
    return [first, *(((" " * _HANG, Tone.TEXT), (piece, tone)) for piece in pieces[1:])]


def _rows_of_step(step: Step, width: int) -> list[Row]:
    name = f"{step.stage.label}  {step.subject}" if step.subject else step.stage.label
    took = "" if step.duration is None else f", {duration_text(step.duration)}"
    outcome = f"{step.outcome}{took}"
    room = max(_NARROWEST // 2, width - _HANG - len(outcome) - 1)
    head: Row = (
        _time(step.at),
        (f"{cut(name, room)}: ", Tone.STRONG),
        (outcome, OUTCOME_TONES[step.outcome]),
    )
    rows = [head]
    for name, value in shown_facts(step):
        rows.extend(_rows_of_fact(name, value, width))
    return rows


def _rows_of_fact(name: str, value: str, width: int) -> list[Row]:
    label = f"{'':>{_HANG}}{name}: "
    pieces = wrapped(value, max(_NARROWEST // 2, width - len(label) - 1))
    rest = (((" " * len(label), Tone.TEXT), (piece, Tone.TEXT)) for piece in pieces[1:])
    return [((label, Tone.MUTED), (pieces[0], Tone.TEXT)), *rest]


def _time(seconds: float) -> Piece:
    return (f"{seconds:7.3f} ", Tone.MUTED)
