"""H1, H2, H4 and M1: one mail a process and many on one connection, against smtplib, msmtp and PHPMailer."""

import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.pty_program import PROGRAMS, PROJECT, PYTHON, command, environment
from benchmarks.setting import PASSWORD, USER, appliance, scratch
from benchmarks.sink import running_sink
from benchmarks.table import Row, at_most, interleaved, left_out, ratio, reference
from console.sandbox.certificates import Authority

ROUNDS = 15
BURST = 200
BURST_ROUNDS = 5
_BODY = b"body\n"
_FLOOR = "smtplib, one CA file"
"""What Python's own client does in a script of ten lines: no send of ours can be much faster."""
_SEND = ["send", "-s", "s", "ops@contoso.com"]
_PHPMAILER = Path("/usr/share/php/libphp-phpmailer/autoload.php")


@dataclass
class Client:
    """A program that sends one mail, and what its runs cost."""

    words: Sequence[str]
    processor: float = 0.0

    def __call__(self) -> float:
        """Run it once; return the seconds."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        child = subprocess.Popen(
            self.words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment(), cwd=PROJECT
        )
        assert child.stdin is not None
        child.stdin.write(_BODY)
        child.stdin.close()
        assert child.wait() == 0, self.words
        took = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.processor += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return took

    def memory(self) -> float:
        """Return the peak resident set of one run, in MiB; started by a small process, whose own does not count."""
        words = [PYTHON, "-I", "-S", "-c", _WEIGH, *self.words]
        ended = subprocess.run(
            words, input=_BODY, capture_output=True, env=environment(), cwd=PROJECT, check=True
        )
        return int(ended.stderr.split()[-1]) / 1024


def measure() -> list[Row]:
    """Return the rows of this subject."""
    with scratch() as root:
        authority = Authority.create(root / "ca")
        files = authority.issue(["localhost"])
        rows = [
            *_single(root, authority, files, is_quick=False),
            *_single(root, authority, files, is_quick=True),
        ]
        return [*rows, *_burst(root)]


def _single(root: Path, authority: Authority, files: Sequence[Path], *, is_quick: bool) -> list[Row]:
    with running_sink(files, is_quick=is_quick) as port:
        place = root / f"tls-{is_quick}"
        appliance(place, authority, port)
        ca = str(authority.ca_file)
        script = [PYTHON, "-I", str(PROGRAMS / "smtplib_send.py"), str(port)]
        clients = {
            "console": Client(command("--root", str(place), *_SEND)),
            _FLOOR: Client([*script, "one", ca]),
            "smtplib, default context": Client([*script, "default", ca]),
        }
        if shutil.which("msmtp"):
            clients["msmtp"] = Client(_msmtp(place, port, ca))
        if shutil.which("php") and _PHPMAILER.exists():
            clients["PHPMailer"] = Client(["php", str(PROGRAMS / "phpmailer.php"), str(port), "1", ca])
        figures = interleaved(clients, ROUNDS)
        return _quick_rows(figures, clients) if is_quick else _ordinary_rows(figures, clients)


def _ordinary_rows(figures: dict[str, list[float]], clients: dict[str, Client]) -> list[Row]:
    one, default = _FLOOR, "smtplib, default context"
    said = reference(figures, "console", one, default)
    weight, floor = clients["console"].memory(), clients[one].memory()
    rows = [
        at_most("H1", f"send / {one}", ratio(figures, "console", one), 1.25, "x", said),
        at_most("H1", f"send / {default}", ratio(figures, "console", default), 0.85, "x"),
        at_most("M1", "peak memory of send / smtplib script", weight / floor, 1.15, "x",
                f"console {weight:.1f} MiB, smtplib {floor:.1f} MiB"),
    ]  # fmt: skip
    return [*rows, *_peer_rows(figures, clients, {"PHPMailer": 0.85, "msmtp": 1.0}, "ordinary sink")]


def _quick_rows(figures: dict[str, list[float]], clients: dict[str, Client]) -> list[Row]:
    rows = _peer_rows(figures, clients, {"PHPMailer": 2.0}, "sink that acknowledges at once")
    if "PHPMailer" in clients:
        processor = clients["console"].processor / clients["PHPMailer"].processor
        floor = clients[_FLOOR].processor / clients["PHPMailer"].processor
        rows.append(
            at_most(
                "H2",
                "processor time of send / PHPMailer",
                processor,
                2.0,
                "x",
                f"smtplib, one CA file: {floor:.2f}x",
            )
        )
    return rows


def _peer_rows(
    figures: dict[str, list[float]], clients: dict[str, Client], limits: dict[str, float], sink: str
) -> list[Row]:
    return [
        at_most(
            "H2",
            f"send / {peer}, {sink}",
            ratio(figures, "console", peer),
            limit,
            "x",
            f"{reference(figures, peer)}; smtplib, one CA file: {ratio(figures, _FLOOR, peer):.2f}x",
        )
        if peer in clients
        else left_out("H2", f"send / {peer}, {sink}", peer)
        for peer, limit in limits.items()
    ]


def _msmtp(place: Path, port: int, ca: str) -> list[str]:
    settings = place / "msmtprc"
    settings.write_text(
        f"account default\nhost localhost\nport {port}\ntls on\ntls_starttls on\ntls_trust_file {ca}\n"
        f"auth plain\nuser {USER}\npassword {PASSWORD}\nfrom {USER}\n"
    )
    settings.chmod(0o600)
    return ["msmtp", "-C", str(settings), "ops@contoso.com"]


def _burst(root: Path) -> list[Row]:
    with running_sink() as port:
        place = root / "burst"
        appliance(place, None, port)

        def timed(*words: str) -> Callable[[], float]:
            def run() -> float:
                ended = subprocess.run(words, capture_output=True, text=True, check=True, cwd=PROJECT)
                return float(ended.stdout)

            return run

        ours, base = str(PROGRAMS / "console_burst.py"), str(PROGRAMS / "smtplib_burst.py")
        programs = {
            "console": timed(PYTHON, "-c", _FROM_PROJECT, ours, str(place), str(BURST)),
            "smtplib": timed(PYTHON, base, str(port), str(BURST)),
        }
        has_peer = bool(shutil.which("php")) and _PHPMAILER.exists()
        if has_peer:
            programs["PHPMailer"] = timed("php", str(PROGRAMS / "phpmailer.php"), str(port), str(BURST))
        figures = interleaved(programs, BURST_ROUNDS)
    what = f"{BURST} mails on one connection"
    rows = [at_most("H4", f"{what} / smtplib loop", ratio(figures, "console", "smtplib"), 1.15, "x",
                    reference(figures, "console", "smtplib"))]  # fmt: skip
    if not has_peer:
        return [*rows, left_out("H4", f"{what} / PHPMailer keep-alive", "PHPMailer")]
    return [*rows, at_most("H4", f"{what} / PHPMailer keep-alive", ratio(figures, "console", "PHPMailer"), 0.05, "x",
                           reference(figures, "PHPMailer"))]  # fmt: skip


_WEIGH = (
    "import os, sys\npid = os.fork()\n"
    "if pid == 0:\n    os.execvp(sys.argv[1], sys.argv[1:])\n"
    "_, status, usage = os.wait4(pid, 0)\nsys.stderr.write(f'\\n{usage.ru_maxrss}')\nsys.exit(status != 0)"
)
_FROM_PROJECT = "import runpy, sys; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
