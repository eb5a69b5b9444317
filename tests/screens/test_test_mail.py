"""Sending a test mail: real servers on loopback, from the key to the verdict."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.engine import Engine
from console.sandbox.box import Sandbox
from console.secret import Secret
from console.verdict import Result
from screens.test_mail import TestMailScreen
from screens.widgets.stage_ticks import StageTicks
from tests.support.microsoft365 import running_box, world_of
from tests.support.nasty import CONTROL, MARKUP
from tests.support.screens import (
    engine_below,
    focused_id,
    picture,
    press,
    screens_of,
    settled,
    status,
    type_text,
)
from tests.support.scripted_smtp import Peer, ScriptedSmtp


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("box")) as started:
        yield started


def sandbox_engine(box: Sandbox, folder: Path) -> Engine:
    """Return an engine set up for the sandbox's mail server."""
    engine = engine_below(folder, box.profile, mail_enabled="true")
    engine.secrets.put("smtp.password", Secret("sandbox-password"))
    return engine


def scripted_engine(server: ScriptedSmtp, folder: Path) -> Engine:
    """Return an engine set up for a scripted server without TLS."""
    return engine_below(
        folder,
        mail_enabled="true",
        mail_sender="alerts@contoso.com",
        mail_administrator="admin@contoso.com",
        smtp_host="127.0.0.1",
        smtp_port=str(server.port),
        smtp_encryption="none",
    )


async def until(pilot: Any, holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Let the app work until `holds()`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"did not come; the screen:\n{picture(pilot.app)}"
        await asyncio.sleep(0.01)
        await pilot.pause()


async def test_after_an_unexpected_error_one_can_go_on(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("console.delivery.send_test", broken)
    async with screens_of(sandbox_engine(box, tmp_path)) as pilot:
        await press(pilot, "6", "enter")
        assert "ZeroDivisionError" in status(pilot.app)
        assert isinstance(pilot.app.screen, TestMailScreen)
        assert pilot.app.screen.running is None
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, TestMailScreen)


async def test_enter_sends_to_the_administrator_and_shows_every_stage(box: Sandbox, tmp_path: Path) -> None:
    engine = sandbox_engine(box, tmp_path)
    before = len(box.mailbox.mails())
    async with screens_of(engine, sandbox=box) as pilot:
        await press(pilot, "6")
        assert focused_id(pilot.app) == "recipient"
        assert "admin@contoso.com" in picture(pilot.app)
        await press(pilot, "enter")
        shown = picture(pilot.app)
        assert " Accepted " in shown
        assert "Name look-up ok" in shown
        assert "FAILED" not in shown
        assert re.search(r"took the mail in [1-9][0-9.]* m?s\. That is accepted", shown)
        stages = pilot.app.screen.query_one(StageTicks).text()
        assert stages.index("Encryption (TLS) ok") < stages.index("Authentication ok")
        assert focused_id(pilot.app) == "transcript"
        await press(pilot, "end")
        assert "> QUIT" in picture(pilot.app)
        assert len(box.mailbox.mails()) == before + 1
        await press(pilot, "f7")
        assert "Test mail from acme-7" in picture(pilot.app)
        assert box.mailbox.mails()[-1].recipients == ("admin@contoso.com",)
        await press(pilot, "escape", "f5")
        assert len(box.mailbox.mails()) == before + 2
    assert engine.log.summary().mails == 2
    assert b"sandbox-password" not in (tmp_path / "var/log/mail-console/mail.log.jsonl").read_bytes()


async def test_a_wrong_password_ends_in_cause_fix_and_who(box: Sandbox, tmp_path: Path) -> None:
    engine = sandbox_engine(box, tmp_path)
    engine.secrets.put("smtp.password", Secret("wrong-canary"))
    async with screens_of(engine) as pilot:
        await press(pilot, "6", "enter")
        shown = picture(pilot.app)
        assert " Failed   Authentication: the mail was not sent." in shown
        assert " Server   535 " in shown
        assert " Cause " in shown
        assert " Fix" in shown
        assert " Who " in shown
        assert "Authentication FAILED" in shown
        assert "wrong-canary" not in shown
        await press(pilot, "end")
        assert "wrong-canary" not in picture(pilot.app)


async def test_what_no_server_said_is_not_called_the_servers_word(tmp_path: Path) -> None:
    with ScriptedSmtp(lambda peer: peer.greet()) as server:
        engine = scripted_engine(server, tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "6", "enter")
        await until(pilot, lambda: " Failed " in picture(pilot.app))
        assert " Error    Connection refused" in picture(pilot.app)
        assert " Server " not in picture(pilot.app)


@pytest.mark.parametrize("typed", ["", "no address", "a@b@c", "[/foo]"])
async def test_a_wrong_recipient_is_said_and_nothing_is_sent(tmp_path: Path, typed: str) -> None:
    with ScriptedSmtp(lambda peer: peer.greet()) as server:
        engine = scripted_engine(server, tmp_path)
        async with screens_of(engine) as pilot:
            await press(pilot, "6", "ctrl+u")
            await type_text(pilot, typed)
            await press(pilot, "enter")
            assert status(pilot.app).startswith("Error: ")
            assert focused_id(pilot.app) == "recipient"
        assert server.heard == []


async def test_mail_off_is_refused_with_the_key_to_switch_it_on(box: Sandbox, tmp_path: Path) -> None:
    engine = sandbox_engine(box, tmp_path)
    engine.settings.change({"mail.enabled": "false"})
    async with screens_of(engine) as pilot:
        await press(pilot, "6")
        assert "Outgoing mail is switched off" in picture(pilot.app)
        await press(pilot, "enter")
        assert "Outgoing mail is switched off, nothing was sent." in picture(pilot.app)
        assert "F6 switch mail on" in picture(pilot.app)
        await press(pilot, "f6")
        assert engine.settings.load().mail.enabled
        assert "nothing was sent" not in picture(pilot.app)
        await press(pilot, "f5")
        assert " Accepted " in picture(pilot.app)


async def test_escape_stops_a_hanging_server_at_once_then_goes_back(tmp_path: Path) -> None:
    def hang(peer: Peer) -> None:
        peer.say("220 hello")
        peer.hear()
        peer.wait_until_gone()

    with ScriptedSmtp(hang) as server:
        engine = scripted_engine(server, tmp_path)
        async with screens_of(engine) as pilot:
            await press(pilot, "6")
            screen = pilot.app.screen
            assert isinstance(screen, TestMailScreen)
            await pilot.press("enter")
            await until(pilot, lambda: "> EHLO" in picture(pilot.app))
            assert "Capabilities …" in picture(pilot.app)
            await pilot.press("f5", "up", "f1")
            await until(pilot, lambda: "Help:" in picture(pilot.app))
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is screen)
            assert screen.running is not None
            began = time.monotonic()
            await pilot.press("escape")
            await until(pilot, lambda: screen.running is None)
            assert time.monotonic() - began < 1.0
            assert "You cancelled it" in picture(pilot.app)
            assert "Capabilities cancelled" in picture(pilot.app)
            await press(pilot, "escape")
            assert pilot.app.screen is not screen
    newest = engine.log.summary().newest
    assert newest is not None
    assert newest.result is Result.CANCELLED


async def test_leaving_the_program_leaves_no_delivery_behind(tmp_path: Path) -> None:
    gone: list[bool] = []

    def hang(peer: Peer) -> None:
        peer.wait_until_gone()
        gone.append(True)

    with ScriptedSmtp(hang) as server:
        began = time.monotonic()
        async with screens_of(scripted_engine(server, tmp_path)) as pilot:
            await press(pilot, "6")
            await pilot.press("enter")
            await until(pilot, lambda: "Connection ok" in picture(pilot.app))
            await pilot.press("f10")
        assert time.monotonic() - began < 8.0
    assert gone


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (1, 1)])
async def test_whatever_a_server_says_is_shown_and_does_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    nasty = [text.encode("utf-8", "surrogateescape").replace(b"\n", b" ") for text in MARKUP + CONTROL]

    def say(peer: Peer) -> None:
        peer.greet(*(text.decode("latin-1").replace("\r", "") for text in nasty[:8]))
        peer.hear()
        peer.say(*(b"550-" + text for text in nasty), b"550 [/foo]")
        peer.wait_until_gone()

    with ScriptedSmtp(say) as server:
        async with screens_of(scripted_engine(server, tmp_path), size) as pilot:
            await press(pilot, "6", "enter")
            screen = pilot.app.screen
            assert isinstance(screen, TestMailScreen)
            assert screen.delivery is not None
            assert screen.delivery.result is Result.FAILED
            for _ in range(12):
                assert "\x1b" not in picture(pilot.app)
                await pilot.press("pagedown")
            await settled(pilot)
            await press(pilot, "home", "tab", "tab", "f5")
            assert "\x1b" not in picture(pilot.app)


async def test_a_mail_whose_answer_was_lost_is_not_called_unsent(tmp_path: Path) -> None:
    def script(peer: Peer) -> None:
        peer.greet()
        for answer in ("250 fine", "250 fine", "354 go on"):
            peer.hear()
            peer.say(answer)
        peer.hear_until(b".")

    with ScriptedSmtp(script) as server:
        async with screens_of(scripted_engine(server, tmp_path)) as pilot:
            await press(pilot, "6", "enter")
            await until(pilot, lambda: " Failed " in picture(pilot.app))
            assert "it may have been sent" in picture(pilot.app)
            assert "was not sent" not in picture(pilot.app)


async def test_unreadable_settings_are_an_error_on_the_screen(tmp_path: Path) -> None:
    engine = engine_below(tmp_path, mail_enabled="true")
    async with screens_of(engine) as pilot:
        engine.paths.settings.write_text("mail: [nonsense\n")
        await press(pilot, "6")
        assert " Error " in picture(pilot.app)
        assert "settings.yaml" in picture(pilot.app)


async def test_smtp_auth_switched_off_offers_graph_and_taking_it_keeps_the_sign_in(tmp_path: Path) -> None:
    with running_box(tmp_path / "box") as box:
        world = world_of(box, tmp_path / "root")
        world.sign_in()
        box.set_fault("smtp-auth-disabled-tenant")
        async with screens_of(world.engine, sandbox=box) as pilot:
            await press(pilot, "6", "enter")
            assert " Failed   Authentication" in picture(pilot.app)
            assert "F6 switch to Graph" in picture(pilot.app)
            await press(pilot, "f6")
            assert status(pilot.app).startswith("Mail goes out through Graph from now on")
            assert world.settings.mail.transport == "graph"
            await press(pilot, "f5")
            assert " Accepted " in picture(pilot.app)
            assert box.mailbox.mails()[-1].via == "graph"


async def test_an_offer_that_cannot_be_taken_says_why_and_stays(tmp_path: Path) -> None:
    with running_box(tmp_path / "box") as box:
        world = world_of(box, tmp_path / "root")
        world.sign_in()
        box.set_fault("smtp-auth-disabled-tenant")
        async with screens_of(world.engine, sandbox=box) as pilot:
            await press(pilot, "6", "enter")
            box.set_fault("revoked")
            await press(pilot, "f6")
            assert status(pilot.app).startswith("Error: ")
            assert world.settings.mail.transport == "microsoft365"
            assert "F6 switch to Graph" in picture(pilot.app)
