"""Rows of the table: what was measured, its goal, and whether it is met."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        goal: The goal's short name (``S1``).
        what: What was measured.
        value: What came out, with its unit (``1.04x``).
        wanted: The goal in words; "" for what is measured only.
        is_met: Whether it is met; None for what is measured only.
        reference: Absolute numbers behind it, of this machine.
    """

    goal: str
    what: str
    value: str
    wanted: str = ""
    is_met: bool | None = None
    reference: str = ""


def at_most(goal: str, what: str, value: float, limit: float, unit: str, reference: str = "") -> Row:
    """Return the row of a goal that a value must not pass."""
    shown = f"{value:.2f}{unit}" if unit == "x" else f"{value:.3g} {unit}"
    return Row(
        goal, what, shown, f"<= {limit:g}{'' if unit == 'x' else ' '}{unit}", value <= limit, reference
    )


def left_out(goal: str, what: str, peer: str) -> Row:
    """Return the row of a comparison whose peer is not installed."""
    return Row(goal, what, "left out", reference=f"{peer} is not installed")


def interleaved(programs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run the programs in turn, A B C A B C …, and return the figures of each; the first round is thrown away."""
    figures: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, run in programs.items():
            figure = run()
            if number:
                figures[name].append(figure)
    return figures


def ratio(figures: Mapping[str, Sequence[float]], program: str, base: str) -> float:
    """Return the median of the ratios of each round."""
    return statistics.median(a / b for a, b in zip(figures[program], figures[base], strict=True))


def reference(
    figures: Mapping[str, Sequence[float]], *names: str, unit: str = "ms", scale: float = 1000
) -> str:
    """Return medians (and the worst) in words."""
    return ", ".join(
        f"{name} {statistics.median(figures[name]) * scale:.4g} {unit} (worst {max(figures[name]) * scale:.4g})"
        for name in names
    )


def markdown(rows: Sequence[Row], heading: str) -> str:
    """Return the table as Markdown."""
    lines = ["| goal | what | measured | wanted | met | reference |", "|---|---|---|---|---|---|"]
    for row in rows:
        met = {True: "yes", False: "**no**", None: ""}[row.is_met]
        lines.append(f"| {row.goal} | {row.what} | {row.value} | {row.wanted} | {met} | {row.reference} |")
    return heading + "\n".join(lines) + "\n"
