"""Check everything: verdicts as they come, the fix's place, the support archive seen before it is written."""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.checks import table
from console.checks.model import Check, Verdict, failed, ok
from console.deadline import Deadline
from console.grade import Grade
from console.secret import Secret
from screens.checks import ChecksScreen
from screens.mail_switch import MailSwitchScreen
from screens.support import SupportScreen
from screens.widgets.choice_list import ChoiceList
from tests.support.nasty import NASTY
from tests.support.screens import (
    engine_below,
    joined,
    picture,
    press,
    ready_engine,
    screens_of,
    settled,
    shows,
    status,
)

CANARY = "planted-secret-0123456789"


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    checks = (
        Check("mail", "Outgoing mail", lambda *_: failed("Outgoing mail is off.", "Switch it on."), False),
        Check("fine", "Fine", lambda *_: ok("as it must be"), False),
        Check("odd", "Odd", lambda *_: Verdict(Grade.WARNING, "somewhat odd", "Look at it."), False),
    )
    monkeypatch.setattr(table, "CHECKS", checks)
    yield


async def test_what_needs_a_hand_is_marked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = tuple(
        Check(name, name.title(), lambda *_, one=grade: Verdict(one, "found"), False)
        for name, grade in (("a", Grade.OK), ("b", Grade.WARNING), ("c", Grade.FAILED), ("d", Grade.OK))
    )
    monkeypatch.setattr(table, "CHECKS", checks)
    async with screens_of(engine_below(root)) as pilot:
        await press(pilot, "8")
        marked = pilot.app.screen.query_one(ChoiceList).marked_item
        assert marked is not None
        assert marked.key == "c"


@pytest.mark.usefixtures("three")
async def test_verdicts_and_the_place_of_the_fix(root: Path) -> None:
    async with screens_of(engine_below(root)) as pilot:
        await press(pilot, "8")
        assert shows(pilot, ChecksScreen)
        states = {one.key: one.state for one in pilot.app.screen.query_one(ChoiceList).items}
        assert states["mail"] == "failed: Outgoing mail is off."
        assert states["fine"] == "ok: as it must be"
        shown = picture(pilot.app)
        assert "1 failed and 1 with a warning, of 3." in shown
        assert "Fix: Switch it on." in shown
        await press(pilot, "down", "down")
        assert "Fix: Look at it." in picture(pilot.app)
        await press(pilot, "f2")
        assert status(pilot.app) == "Look at it."
        await press(pilot, "home", "f2")
        assert shows(pilot, MailSwitchScreen)
        await press(pilot, "escape")
        assert shows(pilot, ChecksScreen)


async def test_secrets_are_made_their_owners_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only = tuple(one for one in table.CHECKS if one.name == "secrets")
    monkeypatch.setattr(table, "CHECKS", only)
    engine = ready_engine(root)
    engine.secrets.put("smtp.password", Secret(CANARY))
    place = engine.secrets.path("smtp.password")
    place.chmod(0o644)
    async with screens_of(engine) as pilot:
        await press(pilot, "8", "f2")
        assert "chmod 0600" in picture(pilot.app), "the commands are shown first"
        await press(pilot, "1")
        assert place.stat().st_mode & 0o777 == 0o644, "the harmless answer changes nothing"
        await press(pilot, "f2", "2")
        assert place.stat().st_mode & 0o777 == 0o600
        assert "mode set to 0600" in status(pilot.app)
        assert "1 of 1 well." in picture(pilot.app), "checked again"


async def test_escape_stops_checks_that_hang(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def patient(_subject: object, deadline: Deadline) -> Verdict:
        deadline.sleep(60)
        return ok("late")

    monkeypatch.setattr(table, "CHECKS", (Check("slow", "Slow", patient, False),))
    async with screens_of(engine_below(root)) as pilot:
        await pilot.press("8")
        while not shows(pilot, ChecksScreen):
            await pilot.pause(0.01)
        await pilot.press("escape")
        await settled(pilot)
        assert shows(pilot, ChecksScreen)
        assert pilot.app.screen.query_one(ChoiceList).items[0].state == "stopped"
        await press(pilot, "escape")
        assert not shows(pilot, ChecksScreen)


@pytest.mark.parametrize("text", NASTY)
async def test_whatever_a_check_finds_is_text(root: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "CHECKS", (Check("a", "A", lambda *_: failed(text, text), False),))
    async with screens_of(engine_below(root)) as pilot:
        await press(pilot, "8")
        assert "\x1b" not in picture(pilot.app)
        assert pilot.app.is_running


@pytest.mark.usefixtures("three")
async def test_the_support_archive_is_seen_then_written(root: Path) -> None:
    engine = ready_engine(root)
    engine.secrets.put("smtp.password", Secret(CANARY))
    engine.settings.change({"mail.sender_name": CANARY})  # found its way into a setting
    engine.paths.log.mkdir(parents=True)
    async with screens_of(engine) as pilot:
        await press(pilot, "8", "f9")
        assert shows(pilot, SupportScreen)
        assert "settings.txt" in picture(pilot.app)
        assert list(engine.paths.log.glob("*.tar.gz")) == [], "nothing is written before F2"
        seen = re.sub(r"\s*\n\s*", "", picture(pilot.app))  # however long the path, and where it is wrapped
        assert re.search(r"/\S+mail-console-support-\S+\.tar\.gz", seen), "its path is shown before"
        await press(pilot, "f4")
        assert "addresses: masked" in picture(pilot.app)
        await press(pilot, "f2")
        assert status(pilot.app).startswith("Written:")
    (archive,) = engine.paths.log.glob("*.tar.gz")
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as opened:
        texts = [opened.extractfile(one).read().decode() for one in opened.getmembers()]  # type: ignore[union-attr]
    whole = "\n".join(texts)
    assert CANARY not in whole
    assert "alerts@contoso.com" not in whole
    assert "smtp.contoso.com" in whole
    assert "***" in whole


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_the_archives_whole_path_can_be_read(root: Path, size: tuple[int, int]) -> None:
    engine = engine_below(root / ("long-" * 10))
    engine.paths.log.mkdir(parents=True)
    async with screens_of(engine, size) as pilot:
        await press(pilot, "8", "f9", "f2")
        (archive,) = engine.paths.log.glob("*.tar.gz")
        assert f"Written: {archive}".replace(" ", "") in joined(pilot).replace(" ", "")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("size", [(80, 24), (40, 12), (1, 1)])
async def test_every_size_holds(root: Path, size: tuple[int, int]) -> None:
    async with screens_of(engine_below(root), size) as pilot:
        await press(pilot, "8", "down", "f9", "escape", "escape")
        assert pilot.app.is_running
