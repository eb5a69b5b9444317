"""What README.md says to type does what it says, in the sandbox instead of on the net."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from screens.menu import ROWS
from tests.support.cli import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
STEPS = README.partition("## The first five minutes")[2].partition("## Commands")[0]
COMMANDS = [
    line.partition(" #")[0].rstrip()
    for line in re.search(r"## Commands\n.*?```sh\n(.*?)```", README, re.DOTALL)[1].splitlines()  # type: ignore[index]
]
IN_SANDBOX = {
    "mail.example.com": "localhost",
    "alerts@example.com": "alerts@contoso.com",
    "mail-console": "mc",
}


@pytest.fixture
def typed(root: Path) -> str:
    """Return a shell's beginning, in which `mc` is the command, on an appliance in the sandbox."""
    (root / "message.eml").write_text("From: alerts@contoso.com\nTo: b@example.com\nSubject: Hello\n\nBody\n")
    (root / "error.txt").write_text("535 5.7.3 Authentication unsuccessful\n")
    command = f"'{sys.executable}' -m console --sandbox --root '{root}'"
    return f"set -o pipefail; cd '{root}'; mc() {{ PYTHONPATH='{PROJECT}' {command} \"$@\"; }}\n"


def test_every_command_line_does_what_it_says(typed: str) -> None:
    lines = [line for line in COMMANDS if line != "mail-console"]
    assert len(lines) > 8
    to_whom = next(at for at, line in enumerate(lines) if "mail.administrator=" in line)
    assert to_whom < lines.index("mail-console test"), "the sandbox presets it; an appliance does not"
    for line in lines:
        for there, here in IN_SANDBOX.items():
            line = line.replace(there, here)
        ended = subprocess.run(
            ["bash", "-c", typed + line],
            input="sandbox-password\n",
            text=True,
            capture_output=True,
            timeout=60,
        )
        # What `check` finds is this machine's own affair: a component that is not installed, say.
        fine = (0, 1, 2) if line == "mc check" else (0,)
        assert ended.returncode in fine, (line, ended.stdout, ended.stderr)


def test_the_steps_name_the_menu_as_it_is() -> None:
    rows = {row.digit: row.label for row in ROWS}
    named = re.findall(r"\*\*(\d)\*\* ([A-Z][A-Za-z0-9 -]+?)[:.]", STEPS)
    assert {digit for digit, _ in named} >= set("3467")
    for digit, label in named:
        assert label in (rows[digit], "Microsoft 365 (sign in with a code)")


def test_the_step_that_breaks_it_is_in_step_with_the_faults_screen_and_the_option() -> None:
    from screens.menu import MenuScreen
    from screens.sandbox_faults import SandboxFaultsScreen

    assert "**F2** on the menu lists every fault" in STEPS
    assert any(getattr(one, "key", "") == "f2" for one in MenuScreen.BINDINGS)
    assert "--fault NAME" in STEPS
    assert "--fault NAME" in SandboxFaultsScreen.COMMAND
    assert "`--fault list` names them all" in STEPS
