"""What `send` and the first screen load, counted exactly (goals H3 and S3 of docs/benchmarks.md)."""

import subprocess
import sys
from pathlib import Path

from tests.console.cli.conftest import Appliance, appliance
from tests.support.cli import PROJECT
from tests.support.smtp_world import authority, smtp_world
from tests.support.terminal import Terminal

__all__ = ["appliance", "authority", "smtp_world"]

HEAVY = {
    "msal",
    "requests",
    "urllib3",
    "textual",
    "rich",
    "qrcode",
    "yaml",
    "cryptography",
    "pydantic",
    "typer",
}
DEAR = {
    "argparse",  # with gettext, locale, shutil: plain arguments are read by console.cli.plain
    "asyncio",
    "concurrent",
    "copy",
    "dataclasses",  # with inspect, ast, dis, tokenize: console.values stands in
    "difflib",
    "email",
    "gettext",
    "http",
    "inspect",
    "locale",
    "logging",
    "random",
    "shutil",
    "smtplib",
    "subprocess",
    "tempfile",
    "threading",  # console.deadline and console.network.resolve take what is below it
    "traceback",
    "typing",  # console.annotations has its words
    "uuid",
    "zoneinfo",
}
"""Of the standard library what a send can do without; they are 0.5 to 15 ms each, of 55."""
MOST_MODULES_OF_SEND = 161
"""What `send` loads in all, the interpreter's own included; each one is about a quarter of a millisecond."""

_SEND = (
    "import sys, console.__main__ as door\n"
    "sys.argv[1:] = ['--root', {root!r}, 'send', '-s', 's', 'ops@contoso.com']\n"
    "code = door.main()\n"
    "print(code, *sorted(sys.modules))\n"
)


def test_send_loads_nothing_dear(appliance: Appliance) -> None:
    program = _SEND.format(root=str(appliance.root))
    ended = subprocess.run(
        [sys.executable, "-c", program], input="b", capture_output=True, text=True, cwd=PROJECT, timeout=30
    )
    code, *modules = ended.stdout.split()
    assert code == "0", ended.stderr
    assert {name.partition(".")[0] for name in modules} & (HEAVY | DEAR) == set()
    assert len(modules) <= MOST_MODULES_OF_SEND
    assert len(appliance.world.mailbox.mails()) == 1


MOST_MODULES_MORE_THAN_TEXTUAL = 40
"""What the first screen may load more than the smallest app of textual does."""

_SCREENS = """
import sys
from pathlib import Path
from console.__main__ import main
from screens.app import ConsoleApp

stands = ConsoleApp.on_ready

def on_ready(app):
    Path({place!r}).write_text("\\n".join(sys.modules))
    stands(app)

ConsoleApp.on_ready = on_ready
sys.argv[1:] = ["--root", {root!r}]
sys.exit(main())
"""


def _is_written(place: Path) -> bool:
    return place.exists() and place.stat().st_size > 0


def test_the_first_screen_loads_little_more_than_textual(appliance: Appliance, tmp_path: Path) -> None:
    floor, ours = tmp_path / "floor", tmp_path / "ours"
    with Terminal(
        [sys.executable, str(PROJECT / "benchmarks/programs/minimal_app.py"), str(floor)]
    ) as terminal:
        terminal.wait_for("This is the floor")
        terminal.wait_until(lambda: _is_written(floor), "its modules")
    program = _SCREENS.format(place=str(ours), root=str(appliance.root))
    with Terminal([sys.executable, "-c", program]) as terminal:
        terminal.wait_for("Exit")
        terminal.wait_until(lambda: _is_written(ours), "its modules")
    loaded = set(ours.read_text().split())
    assert {name.partition(".")[0] for name in loaded} & (HEAVY - {"textual", "rich"}) == set()
    assert len(loaded - set(floor.read_text().split())) <= MOST_MODULES_MORE_THAN_TEXTUAL
