"""Screens at rest write nothing: a serial line is silent until somebody types."""

from pathlib import Path

import pytest

from tests.support.deliveries import made_delivery
from tests.support.screens import ready_engine
from tests.support.terminal import PYTHON, Terminal


@pytest.mark.parametrize(
    ("digit", "shows"), [("6", "Send to"), ("7", "Report 0"), ("4", "SMTP, needs no sign-in.")]
)
def test_a_screen_at_rest_writes_nothing(tmp_path: Path, digit: str, shows: str) -> None:
    engine = ready_engine(tmp_path)
    engine.log.append(made_delivery(0))
    with Terminal([PYTHON, "-m", "console", "--root", str(tmp_path)]) as terminal:
        terminal.wait_for("Send a test mail")
        terminal.settle()
        terminal.send(digit)
        terminal.wait_for(shows)
        terminal.settle()
        assert terminal.bytes_during(1.5) == 0
