"""What a timer cannot renew reaches the system log, in one printable line."""

import syslog
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.alarm import raise_alarm
from console.cli import token
from console.cli.exit_codes import ExitCode
from console.cli.session import Session
from console.engine import open_engine
from console.errors import FileError


class Lines(list[str]):
    """Stands in for the machine's system log, which a test must not write to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        monkeypatch.setattr(syslog, "syslog", lambda _level, text: self.append(text))
        monkeypatch.setattr(syslog, "openlog", lambda *_: None)


def test_it_is_one_printable_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines(monkeypatch)
    raise_alarm("first\nsecond \x1b[2J" + "x" * 5000)
    (line,) = lines
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) < 1000


@pytest.mark.parametrize(("quiet", "told"), [(True, 1), (False, 0)])
def test_a_timer_tells_and_a_person_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool, told: int
) -> None:
    lines = Lines(monkeypatch)
    engine = open_engine(root)
    typed = {
        "mail.transport": "graph",
        "mail.sender": "alerts@contoso.com",
        "microsoft365.tenant": "contoso.com",
    }
    engine.settings.change(typed | {"microsoft365.client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"})

    class Opened(Session):
        engine = open_engine(root)

        def __init__(self) -> None:
            pass

    options = Namespace(action="refresh", quiet=quiet, if_due=True, json=False)
    assert token.run(options, Opened()) != 0
    assert len(lines) == told
    assert all("could not be renewed" in line for line in lines)


@pytest.mark.parametrize(("quiet", "told"), [(True, 1), (False, 0)])
def test_a_token_file_that_cannot_be_written_is_told_too(
    root: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool, told: int
) -> None:
    lines = Lines(monkeypatch)
    problem = FileError("/x/token.json is a symbolic link.")
    renewal = SimpleNamespace(was_renewed=True, record=None, token_file_problem=problem)
    monkeypatch.setattr("console.microsoft365.tokens.renew", lambda *_, **__: renewal)
    monkeypatch.setattr(token, "record_text", lambda _record: "")
    engine = open_engine(root)
    engine.settings.change({"mail.transport": "graph"})
    options = Namespace(action="refresh", quiet=quiet, if_due=True, json=False)
    assert token._refresh(engine, engine.settings.load(), options) == ExitCode.CANNOT_WRITE
    assert len(lines) == told
    assert all("token file was not written" in line for line in lines)
