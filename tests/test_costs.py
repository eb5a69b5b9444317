"""What `send` loads, counted exactly (goal H3 of docs/benchmarks.md)."""

import subprocess
import sys

from tests.console.cli.conftest import Appliance, appliance
from tests.support.cli import PROJECT
from tests.support.smtp_world import authority, smtp_world

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
    "traceback",
    "typing",  # console.annotations has its words
    "uuid",
    "zoneinfo",
}
"""Of the standard library what a send can do without; they are 0.5 to 15 ms each, of 55."""
MOST_MODULES_OF_SEND = 169
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
