"""V1, V2, V3: the send log at one gibibyte, against less and a bare search loop."""

import json
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from benchmarks.pty_program import PYTHON, PtyProgram, command
from benchmarks.setting import appliance, scratch
from benchmarks.table import Row, at_most, interleaved, left_out, ratio, reference

SIZE = 1 << 30
ROUNDS = 3
NEEDLE = "The-Needle-in-the-oldest-mail"
"""With capitals, so that the console looks for just these letters, as less and the bare loop do."""
_NEWEST = "newest-of-all"
_FOUND = b"\x1b[7m" + NEEDLE[:10].encode()
"""How less shows what it found: reversed."""
_LESS_LIMIT = 120.0


def measure() -> list[Row]:
    """Return the rows of this subject."""
    with scratch() as root:
        engine = appliance(root)
        log = _write_log(engine.log.folder)
        return [*_end(root), *_search(root, log), *_first_screen(root)]


def _write_log(folder: Path) -> Path:
    """Write a log of `SIZE` octets as the console itself writes it; the oldest mail alone has the needle."""
    from console.delivery_json import delivery_values
    from tests.support.deliveries import made_delivery

    folder.mkdir(parents=True)
    path = folder / "mail.log.jsonl"

    def line(number: int, *texts: str, subject: str = "") -> bytes:
        values = delivery_values(made_delivery(number, *texts, subject=subject))
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    talk = [f"250-CAPABILITY-{number} and some more words of a server" for number in range(40)]
    block = b"".join(line(number, *talk) for number in range(1, 301))
    with path.open("wb") as file:
        file.write(line(0, NEEDLE))
        while file.tell() < SIZE:
            file.write(block)
        file.write(line(301, subject=_NEWEST))
    return path


def _end(root: Path) -> list[Row]:
    """Time the first page in a process of its own, and how much its memory grows."""
    program = (
        "import sys, time, resource\nfrom pathlib import Path\nfrom console.engine import open_engine\n"
        "log = open_engine(Path(sys.argv[1])).log\nlog.page(limit=1)\n"
        "def rss(): return int([l for l in open('/proc/self/status') if l.startswith('VmRSS')][0].split()[1])\n"
        "before = rss(); began = time.perf_counter(); page = log.page(); took = time.perf_counter() - began\n"
        f"assert page.entries[0].subject == {_NEWEST!r}\n"
        "try:\n    log.search('no such words anywhere')\nfinally:\n    print(took, (rss() - before) / 1024)"
    )
    times, growths = [], []
    for _ in range(ROUNDS):
        ended = subprocess.run([PYTHON, "-c", program, str(root)], capture_output=True, text=True, check=True)
        took, growth = map(float, ended.stdout.split())
        times.append(took * 1000)
        growths.append(growth)
    return [
        at_most("V1", "newest page of 1 GiB", statistics.median(times), 10, "ms"),
        at_most("V1", "memory grown after a walk through all of it", max(growths), 5, "MiB"),
    ]


def _search(root: Path, log: Path) -> list[Row]:
    what = "search to the oldest of 1 GiB"
    programs = {
        "console": lambda: _timed(_CONSOLE, root, NEEDLE),
        "bare loop": lambda: _timed(_BARE, log, NEEDLE),
        "console, any case": lambda: _timed(_CONSOLE, root, NEEDLE.lower()),
        "bare loop, any case": lambda: _timed(
            _BARE.replace("block.find", "block.lower().find"), log, NEEDLE.lower()
        ),
    }
    has_less = shutil.which("less") is not None
    if has_less:
        programs["less"] = lambda: _less(log)
    figures = interleaved(programs, ROUNDS)
    rows = [
        at_most("V2", f"{what}{case} / bare pread and find{case}", ratio(figures, ours, bare), 1.3, "x",
                reference(figures, ours, bare))
        for case, ours, bare in (
            ("", "console", "bare loop"),
            (", any case", "console, any case", "bare loop, any case"),
        )
    ]  # fmt: skip
    if not has_less:
        return [*rows, left_out("V2", f"{what} / less at its best", "less")]
    return [*rows, at_most("V2", f"{what} / less at its best (-n, literal, LC_ALL=C)",
                           ratio(figures, "console", "less"), 0.10, "x", reference(figures, "less"))]  # fmt: skip


_CONSOLE = """
import sys, time
from pathlib import Path
from console.engine import open_engine
log = open_engine(Path(sys.argv[1])).log
log.page(limit=1)
began = time.perf_counter()
assert len(log.search(sys.argv[2]).entries) == 1
print(time.perf_counter() - began)
"""
_BARE = """
import os, sys, time
needle = sys.argv[2].encode()
began = time.perf_counter()
file = os.open(sys.argv[1], os.O_RDONLY)
end, found = os.fstat(file).st_size, 0
while end > 0:
    start = max(0, end - (1 << 20))
    block = os.pread(file, end - start, start)
    found += block.find(needle) >= 0
    end = start
assert found
print(time.perf_counter() - began)
"""


def _timed(program: str, place: Path, needle: str) -> float:
    command_line = [PYTHON, "-c", program, str(place), needle]
    return float(subprocess.run(command_line, capture_output=True, text=True, check=True).stdout)


def _less(log: Path) -> float:
    """Time less's search from the end back to the oldest line: without line numbers, literal, in LC_ALL=C."""
    with PtyProgram(["less", "-n", "-S", "+G", str(log)], LC_ALL="C", LESSHISTFILE="-") as less:
        less.settle(0.5)
        began = time.perf_counter()
        os.write(less.master, b"?\x12" + NEEDLE.encode() + b"\r")
        seen = b""
        while _FOUND not in seen:
            seen += less.read(1.0)
            if time.perf_counter() - began > _LESS_LIMIT:
                raise RuntimeError("less did not find it")
        return time.perf_counter() - began


def _first_screen(root: Path) -> list[Row]:
    times = []
    for _ in range(ROUNDS + 1):
        with PtyProgram(command("--root", str(root))) as console:
            console.until("Exit")
            console.settle(0.6)  # the menu has read its states: what is measured is the log
            pressed = time.perf_counter()
            os.write(console.master, b"7")
            console.settle(0.6)
            times.append((console.painted(_NEWEST) - pressed) * 1000)
    return [at_most("V3", "test log of 1 GiB opened in the running console", statistics.median(times[1:]), 30, "ms",
                    f"worst {max(times[1:]):.0f} ms")]  # fmt: skip
