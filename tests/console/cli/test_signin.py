"""``signin`` and ``signout`` as a script calls them, in processes of their own, against the sandbox."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.cli.signin import _Teller
from console.microsoft365.states import Code, Unreachable, Waiting
from console.sandbox.box import Sandbox
from console.sandbox.directory import CLIENT_SECRET
from console.secret import Secret
from console.settings.model import Settings
from console.transcript import Stage
from console.verdict import Failure
from tests.support.cli import COMMAND, FINDING, PROJECT, Ended, run_cli
from tests.support.microsoft365 import World, running_box, settings_typed, world_of


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a running sandbox."""
    with running_box(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def world(box: Sandbox, root: Path) -> World:
    """Return a console whose settings are all on disk."""
    world = world_of(box, root)
    world.engine.settings.change(settings_typed(box))
    return world


def root_of(world: World) -> Path:
    return world.engine.paths.settings.parents[2]


def play(box: Sandbox, act: str) -> threading.Thread:
    """Play the phone as soon as a code waits."""

    def wait() -> None:
        end = time.monotonic() + 20
        while not box.phone.waiting() and time.monotonic() < end:
            time.sleep(0.02)
        getattr(box.phone, act)()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def signin(world: World, act: str, *arguments: str) -> Ended:
    thread = play(world.box, act)
    ended = run_cli("--root", root_of(world), "signin", *arguments)
    thread.join(20)
    return ended


def events(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.out.splitlines()]


def test_plain_text_for_screen_readers(world: World) -> None:
    ended = signin(world, "approve", "--no-qr")
    assert ended.code == 0, ended.err
    assert world.box.addresses.device_page in ended.out
    assert "Sign in as alerts@contoso.com" in ended.out
    assert "Signed in and stored." in ended.out
    assert "█" not in ended.out
    assert "\x1b" not in ended.out
    assert len([line for line in ended.out.splitlines() if line.startswith("Waiting")]) <= 1
    assert json.loads((root_of(world) / "var/lib/mail-console/tokens/token.json").read_text())["user"]


def test_the_picture_holds_the_address(world: World) -> None:
    import zxingcpp
    from PIL import Image

    ended = signin(world, "approve")
    assert ended.code == 0
    rows = [line for line in ended.out.splitlines() if line and set(line) <= set(" ▄▀█")]
    bits = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    picture = Image.new("L", (len(rows[0]) * 4, len(rows) * 8), 0)
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            for half, light in enumerate(bits[cell]):
                if light:
                    at = (x * 4, y * 8 + half * 4)
                    picture.paste(255, (*at, at[0] + 4, at[1] + 4))
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == world.box.addresses.device_page


class Terminal(io.StringIO):
    """A terminal to write to, which says that it is one."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("size", "address", "complete", "rows"),
    [
        ((80, 24), "https://login.microsoft.com/device", "", 17),
        ((80, 26), "https://login.microsoft.com/device", "", 19),
        ((80, 23), "https://login.microsoft.com/device", "", 0),
        ((30, 60), "https://login.microsoft.com/device", "", 0),
        ((80, 24), "https://a.test/device", "https://a.test/device?user_code=" + "X" * 40, 17),
    ],
)
def test_the_picture_stands_whole_on_the_terminal_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], address: str, complete: str, rows: int
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(size[0]))
    monkeypatch.setenv("LINES", str(size[1]))
    teller = _Teller(Settings(), as_json=False, with_picture=True)
    teller.code(Code("BMS4RWVV8", address, complete, 900.0, 5.0, "", 900.0))
    teller.state(Waiting(0.0), 900.0)
    lines = terminal.getvalue().splitlines()
    drawn = [line for line in lines if line.startswith("\x1b")]
    assert len(drawn) == rows
    assert not rows or len(lines) < size[1]
    assert any(address in line for line in lines)


def test_events_for_programs(world: World) -> None:
    told = events(signin(world, "approve", "--json"))
    assert told[0]["event"] == "code"
    assert told[0]["verification_uri"] == world.box.addresses.device_page
    assert told[0]["user_code"]
    assert told[-1]["event"] == "signed-in"
    assert told[-1]["stored"] is True
    assert told[-1]["sign_in"]["account"] == "alerts@contoso.com"
    assert "access_token" not in json.dumps(told)


def test_wrong_account_is_stored_by_decision_only(world: World) -> None:
    ended = signin(world, "wrong_account", "--json")
    assert ended.code == 77
    told = events(ended)[-1]
    assert (told["stored"], told["account"]) == (False, "admin@contoso.com")
    assert told["findings"][0]["id"] == "wrong-account"
    assert not world.engine.secrets.has("token-cache")
    words = signin(world, "wrong_account", "--no-qr").err
    assert "--send-as" in words
    assert signin(world, "wrong_account", "--send-as").code == 0
    assert world.settings.mailbox == "admin@contoso.com"
    assert world.settings.mail.sender == "alerts@contoso.com"


@pytest.mark.parametrize(
    ("act", "event", "finding"),
    [("decline", "declined", "sign-in-declined"), ("block", "refused", "conditional-access")],
)
def test_endings_with_their_finding(world: World, act: str, event: str, finding: str) -> None:
    ended = signin(world, act, "--json")
    assert ended.code == 77
    last = events(ended)[-1]
    assert (last["event"], last["findings"][0]["id"]) == (event, finding)
    assert list(last["findings"][0]) == FINDING


def test_a_misconfigured_app_is_told_before_anybody_walks_to_a_phone(world: World) -> None:
    world.box.set_fault("public-client-flows-off")
    ended = run_cli("--root", root_of(world), "signin", "--no-qr")
    assert ended.code == 77
    assert "Allow public client flows" in ended.err


def test_a_lapsed_code_is_renewed_then_given_up(world: World) -> None:
    world.box.set_fault("lapsed")
    ended = run_cli("--root", root_of(world), "signin", "--json", "--codes", "2")
    assert ended.code == 75
    assert [event["event"] for event in events(ended)].count("code") == 2


def test_captive_portal_is_temporary(world: World) -> None:
    world.box.set_fault("captive-portal")
    ended = run_cli("--root", root_of(world), "signin", "--json")
    assert ended.code == 75
    assert events(ended)[-1]["findings"][0]["id"] != "unknown"


def test_ctrl_c_stops_at_once_and_leaves_nothing(world: World) -> None:
    child = subprocess.Popen(
        [*COMMAND, "--root", str(root_of(world)), "signin", "--no-qr"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith(b"Waiting"):
            break
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=10)
    assert time.monotonic() - began < 3
    assert child.returncode == 130
    assert b"Traceback" not in err
    assert not world.engine.secrets.has("token-cache")


def test_app_by_secret(world: World) -> None:
    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    world.set(mail_transport="graph-app")
    ended = run_cli("--root", root_of(world), "signin", "--app")
    assert ended.code == 0, ended.err
    assert "Mail.Send" in ended.out
    assert CLIENT_SECRET not in ended.out + ended.err
    world.box.set_fault("app-without-roles")
    ended = run_cli("--root", root_of(world), "signin", "--app", "--json")
    assert ended.code == 0, "App RBAC shows no role: a warning, no stop"
    assert events(ended)[-1]["findings"]


def test_what_makes_no_sense_as_typed(world: World) -> None:
    assert run_cli("--root", root_of(world), "signin", "--app").code == 2
    assert run_cli("--root", root_of(world), "signin", "--send-as", "--use-account").code == 2
    world.set(mail_transport="smtp")
    ended = run_cli("--root", root_of(world), "signin")
    assert ended.code == 78
    assert "needs no sign-in" in ended.err
    assert "mail-console settings set mail.transport=microsoft365" in ended.err


def test_sign_out_forgets(world: World) -> None:
    world.sign_in()
    assert run_cli("--root", root_of(world), "signout").code == 0
    assert not world.engine.secrets.has("token-cache")
    assert not world.engine.secrets.has("access-token")
    assert run_cli("--root", root_of(world), "token", "show").code == 1


def test_what_is_tried_again_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    failure = Failure(Stage.SIGN_IN, "oauth.unreachable", "no route")
    _Teller(Settings(), as_json=False, with_picture=True).state(Unreachable(0.0, failure), 900.0)
    assert terminal.getvalue() == "The service cannot be reached; it is tried again by itself: no route\n"
