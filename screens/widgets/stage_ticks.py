"""The stages of a delivery in a few words each: name, then ok, running or failed."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len

from console.transcript import Event, Outcome, Stage, Step
from screens.drawing import Piece, flat
from screens.theme import Tone
from screens.widgets.drawn import Drawn
from screens.widgets.transcript_rows import OUTCOME_TONES

_WORDS: Final = {
    Outcome.RUNNING: "…",
    Outcome.OK: "ok",
    Outcome.WARNING: "warning",
    Outcome.FAILED: "FAILED",
    Outcome.CANCELLED: "cancelled",
}
_INDENT: Final = "   "
"""Where the title of the row above begins."""
_GAPS: Final = ("   ", "  ")


class StageTicks(Drawn):
    """Stages as they come, wrapped; where there is no room for all, the last ones."""

    DEFAULT_CSS = """
    StageTicks { height: 2; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.outcomes: dict[Stage, Outcome] = {}

    def clear(self) -> None:
        """Forget all stages."""
        self.outcomes = {}
        self.refresh()

    def add(self, events: Iterable[Event]) -> None:
        """Tick off what the events tell; a stage that comes again (each recipient) shows its last outcome."""
        before = dict(self.outcomes)
        for event in events:
            if isinstance(event, Step):
                self.outcomes[event.stage] = event.outcome
        if before != self.outcomes:
            self.refresh()

    def text(self) -> str:
        """Return the stages as one text."""
        return _GAPS[0].join(f"{stage.label} {_WORDS[outcome]}" for stage, outcome in self.outcomes.items())

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return line `y` of the stages."""
        lines = self._lines(width)
        hidden = max(0, len(lines) - self.size.height)
        return lines[hidden + y] if hidden + y < len(lines) else ()

    def _lines(self, width: int) -> list[list[Piece]]:
        """Return the stages with the wider gap where they fit so, else with the smaller one."""
        wide, close = (self._laid_out(width, gap) for gap in _GAPS)
        return wide if len(wide) <= self.size.height else close

    def _laid_out(self, width: int, gap: str) -> list[list[Piece]]:
        lines: list[list[Piece]] = []
        left = 0
        for stage, outcome in self.outcomes.items():
            name, word = f"{flat(stage.label)} ", _WORDS[outcome]
            needed = cell_len(name) + cell_len(word)
            if not lines or needed + len(gap) > left:
                lines.append([(_INDENT, Tone.TEXT)])
                left = width - len(_INDENT) - 1
            else:
                lines[-1].append((gap, Tone.TEXT))
                left -= len(gap)
            lines[-1] += [(name, Tone.MUTED), (word, OUTCOME_TONES[outcome])]
            left -= needed
        return lines
