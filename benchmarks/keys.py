"""L1, L2, B2, B3, B4: a key and its answer, octets per key and while nothing happens, a serial line."""

import statistics
import time
from pathlib import Path

from benchmarks.pty_program import PROGRAMS, PYTHON, PtyProgram, command
from benchmarks.setting import appliance, scratch
from benchmarks.table import Row, at_most

KEYS = 400
_DOWN, _UP, _ESCAPE = b"\x1b[B", b"\x1b[A", b"\x1b"
_IDLE_SECONDS = 5.0
_BAUD = 9600


def measure() -> list[Row]:
    """Return the rows of this subject."""
    with scratch() as root:
        appliance(root)
        return [*_keys(root), *_idle(root), *_serial(root)]


def _menus(root: Path) -> tuple[list[str], list[str]]:
    return command("--root", str(root)), [PYTHON, "-I", str(PROGRAMS / "stock_menu.py")]


def _keys(root: Path) -> list[Row]:
    ours, stock = _menus(root)
    with PtyProgram(ours) as console, PtyProgram(stock) as menu:
        console.until("Exit")
        menu.until("Entry number 9")
        marks = len(console.reads), len(menu.reads)
        times: dict[str, list[float]] = {"console": [], "stock": []}
        for number in range(KEYS):
            key = _DOWN if number % 10 < 5 else _UP
            times["console"].append(console.press(key))
            times["stock"].append(menu.press(key))
        octets = console.octets(marks[0]) / KEYS, menu.octets(marks[1]) / KEYS
        escape = _escape(console)
    median = {name: statistics.median(one) for name, one in times.items()}
    p99 = statistics.quantiles(times["console"], n=100)[98]
    said = f"console {median['console'] * 1000:.2f} ms, stock {median['stock'] * 1000:.2f} ms"
    return [
        at_most("L1", "key to paint, median / stock menu", median["console"] / median["stock"], 1.25, "x", said),
        at_most("L1", "key to paint, p99 / own median", p99 / median["console"], 2.5, "x",
                f"p99 {p99 * 1000:.1f} ms of {KEYS} keys"),
        Row("L2", "Escape to paint", f"{escape * 1000:.0f} ms", reference="stock driver: about 105 ms"),
        Row("B2", "octets of an arrow", f"{octets[0]:.0f}", reference=f"stock menu: {octets[1]:.0f}"),
    ]  # fmt: skip


def _escape(console: PtyProgram) -> float:
    """Return the median time from Escape to its paint, from a screen back to the menu."""
    figures = []
    for _ in range(5):
        console.press(b"1")
        console.settle(0.4)
        figures.append(console.press(_ESCAPE))
        console.settle(0.3)
    return statistics.median(figures)


def _idle(root: Path) -> list[Row]:
    ours, _ = _menus(root)
    rows = []
    for name, keys in (("menu", b""), ("form with a focused field", b"3"), ("test log", b"7")):
        with PtyProgram(ours) as console:
            console.until("Exit")
            if keys:
                console.press(keys)
            console.settle(1.0)
            mark, end = len(console.reads), time.perf_counter() + _IDLE_SECONDS
            while (left := end - time.perf_counter()) > 0:
                console.read(left)
            rows.append(
                at_most(
                    "B3", f"octets a second, idle: {name}", console.octets(mark) / _IDLE_SECONDS, 0, "B/s"
                )
            )
    return rows


def _serial(root: Path) -> list[Row]:
    rows = []
    for name, line in zip(("console", "stock menu"), _menus(root), strict=True):
        with PtyProgram(line, baud=_BAUD, TERM="vt220") as program:
            program.settle(1.5)
            complete = program.reads[-1][0] - program.began
            pressed = time.perf_counter()
            program.press(_DOWN)
            arrow = program.settle(1.0) - pressed
        rows.append(
            Row("B4", f"{name} at {_BAUD} baud, vt220", f"screen {complete:.2f} s, arrow {arrow:.2f} s")
        )
    return rows
