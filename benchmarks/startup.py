"""S1, S2, S4, M1 and B1: from the command to the first paint of the menu, against a minimal Textual app."""

import statistics
from collections.abc import Callable
from pathlib import Path

from benchmarks.pty_program import PROGRAMS, PYTHON, PtyProgram, command
from benchmarks.setting import appliance, scratch
from benchmarks.table import Row, at_most, interleaved, ratio, reference

ROUNDS = 11
_FRAME = "Mail Services"
_MENU = "Exit"
_FLOOR = "This is the floor"


def measure() -> list[Row]:
    """Return the rows of this subject."""
    with scratch() as root:
        appliance(root)
        return _start(root)


def _start(root: Path) -> list[Row]:
    words = command("--root", str(root))
    no_writing = command("--root", str(root), flags=["-B"])
    minimal = [PYTHON, "-I", str(PROGRAMS / "minimal_app.py")]
    frames: list[float] = []
    memory: dict[str, list[float]] = {"console": [], "minimal": []}
    octets: dict[str, list[float]] = {"console": [], "minimal": []}

    def painted(name: str, line: list[str], mark: str) -> Callable[[], float]:
        def run() -> float:
            with PtyProgram(line) as program:
                seconds = program.until(mark)
                if name == "console":
                    frames.append(program.painted(_FRAME) - program.began)
                if name in memory:
                    memory[name].append(program.memory())
                    octets[name].append(program.octets())
                return seconds

        return run

    figures = interleaved(
        {
            "minimal": painted("minimal", minimal, _FLOOR),
            "console": painted("console", words, _MENU),
            "no cache writing": painted("no cache writing", no_writing, _MENU),
        },
        ROUNDS,
    )
    figures["frame"] = frames[1:]
    memory_ratio = statistics.median(memory["console"]) / statistics.median(memory["minimal"])
    return [
        at_most("S1", "first paint of the menu / minimal Textual app", ratio(figures, "console", "minimal"), 1.10, "x",
                reference(figures, "console", "minimal")),
        at_most("S2", "first thing drawn / minimal Textual app", ratio(figures, "frame", "minimal"), 0.10, "x",
                reference(figures, "frame")),
        at_most("S4", "start with cache writing off / on", ratio(figures, "no cache writing", "console"), 1.05, "x",
                reference(figures, "no cache writing")),
        at_most("M1", "memory at the menu / minimal Textual app", memory_ratio, 1.10, "x",
                f"console {statistics.median(memory['console']):.1f} MiB, minimal {statistics.median(memory['minimal']):.1f} MiB"),
        Row("B1", "octets up to the settled menu", f"{statistics.median(octets['console']):.0f}",
            reference=f"minimal app, one line: {statistics.median(octets['minimal']):.0f}"),
    ]  # fmt: skip
