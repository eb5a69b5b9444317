"""Components and tokens: found, installed after a yes, stopped by Esc; the token directory put right."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from console.appliance import Profile, TokenDirectory
from console.engine import Engine
from console.values import replace
from screens.ask import Ask
from screens.component import ComponentScreen
from screens.components import ComponentsScreen
from screens.theme import Tone
from screens.token_directory import TokenDirectoryScreen
from screens.widgets.choice_list import ChoiceList
from screens.widgets.output_pane import KEPT_ROWS, OutputPane
from tests.support.nasty import NASTY
from tests.support.screens import engine_below, picture, press, screens_of, settled, shows, status

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="installs and changes owners: needs root")


def engine_with(root: Path, *components: Mapping[str, object], **tokens: Any) -> Engine:
    profile = Profile(host="acme-7", components=components)
    if tokens:
        profile = replace(profile, token_directory=TokenDirectory(**tokens))
    return engine_below(root, profile)


def thing(target: Path, **keys: object) -> dict[str, object]:
    return {
        "name": "thing",
        "title": "The thing",
        "why": "Because it is needed.",
        "need": "required",
        "present": [{"file": str(target)}],
        "files": [{"shipped": "php/TokenFileProvider.php", "target": str(target)}],
        **keys,
    }


async def test_each_component_says_how_it_stands(root: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("version 1.2.3")
    probe = {"file": str(there), "version": r"version ([\d.]+)"}
    found = thing(there, name="found", title="Found", present=[probe])
    async with screens_of(engine_with(root, found, thing(tmp_path / "missing"))) as pilot:
        await press(pilot, "5")
        assert shows(pilot, ComponentsScreen)
        states = {one.key: one.state for one in pilot.app.screen.query_one(ChoiceList).items}
        assert states["found"] == "found 1.2.3"
        assert states["thing"] == "missing, required"
        assert states["token-directory"].startswith("wrong")


@needs_root
async def test_installing_asks_runs_and_looks_again(root: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "thing.php"
    engine = engine_with(root, thing(target))
    async with screens_of(engine) as pilot:
        await press(pilot, "5", "1")
        assert shows(pilot, ComponentScreen)
        assert f"{target}" in pilot.app.screen.query_one(OutputPane).text, "the command is shown before"
        assert not target.exists()
        await press(pilot, "f2")
        assert shows(pilot, Ask)
        await press(pilot, "enter")
        assert not target.exists(), "the harmless answer has the mark"
        await press(pilot, "f2", "2")
        assert target.exists()
        assert "found" in picture(pilot.app)
        assert status(pilot.app) == "Done."
        await press(pilot, "escape")
        assert pilot.app.screen.query_one(ChoiceList).items[0].state == "found"
    assert str(target) in (engine.paths.log / "install.log").read_text()


@needs_root
async def test_a_failure_is_explained_and_nothing_claimed(root: Path, tmp_path: Path) -> None:
    never = tmp_path / "never"
    entry = thing(tmp_path / "made", present=[{"file": str(never)}])
    async with screens_of(engine_with(root, entry)) as pilot:
        await press(pilot, "5", "1", "f2", "2")
        shown = picture(pilot.app)
        assert "missing" in shown
        assert "Cause:" in shown
        assert status(pilot.app) == "Not installed."
    assert "thing: missing; " in (root / "var/log/mail-console/install.log").read_text()


async def test_after_an_unexpected_error_one_can_go_on(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("console.install.installer.install", broken)
    async with screens_of(engine_with(root, thing(tmp_path / "made"))) as pilot:
        await press(pilot, "5", "1", "f2", "2")
        assert "ZeroDivisionError" in status(pilot.app)
        await press(pilot, "escape")
        assert shows(pilot, ComponentsScreen)


async def test_details_say_found_wanted_and_what_it_needs(root: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("version 1.2.3")
    old = thing(tmp_path, least="2.0", needs=["base"], present=[{"file": str(there), "version": r"([\d.]+)"}])
    base = thing(tmp_path, name="base", title="The base", present=[{"file": str(tmp_path / "no")}])
    async with screens_of(engine_with(root, old, base)) as pilot:
        await press(pilot, "5", "1")
        shown = " ".join(picture(pilot.app).split())
        assert "too old 1.2.3, required Wanted: 2.0 or newer, needs The base." in shown


async def test_what_nothing_installs_yet_says_so(root: Path, tmp_path: Path) -> None:
    later = thing(tmp_path, files=[], comes="with a later release", present=[{"file": str(tmp_path / "no")}])
    async with screens_of(engine_with(root, later)) as pilot:
        await press(pilot, "5")
        assert "comes with a later release" in picture(pilot.app)
        await press(pilot, "1", "f2")
        assert status(pilot.app) == "It comes with a later release. Nothing installs it yet."


@needs_root
async def test_progress_and_floods(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.install import installer
    from console.install.command import Command

    marker = tmp_path / "go-on"
    script = f"seq 30000; while ! test -e {marker}; do sleep 0.05; done"
    steps = (Command(("true",), "prepare"), Command(("sh", "-c", script), "talk a lot"))
    monkeypatch.setattr(installer, "commands", lambda *_: steps)
    async with screens_of(engine_with(root, thing(tmp_path / "never"))) as pilot:
        await press(pilot, "5", "1", "f2")
        await pilot.press("2")
        while "30000" not in pilot.app.screen.query(OutputPane).first().text.splitlines()[-1:]:
            await pilot.pause(0.01)
        assert status(pilot.app).startswith("Step 2 of 2: talk a lot (")
        assert len(pilot.app.screen.query_one(OutputPane).text.splitlines()) <= KEPT_ROWS
        marker.touch()
        await settled(pilot)
        assert status(pilot.app) == "Not installed."


@needs_root
async def test_escape_stops_what_runs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.install import installer
    from console.install.command import Command

    slow = (Command(("sh", "-c", "echo begun; sleep 600")),)
    monkeypatch.setattr(installer, "commands", lambda *_: slow)
    async with screens_of(engine_with(root, thing(tmp_path / "never"))) as pilot:
        await press(pilot, "5", "1", "f2")
        await pilot.press("2")
        while "begun" not in pilot.app.screen.query(OutputPane).first().text.splitlines()[-1:]:
            await pilot.pause(0.01)
        await pilot.press("escape")
        await settled(pilot)
        assert shows(pilot, ComponentScreen)
        assert "Stopped" in picture(pilot.app)
        assert "missing, required" in picture(pilot.app), "looked at again"
        await press(pilot, "escape")
        assert shows(pilot, ComponentsScreen)


@pytest.mark.parametrize("text", NASTY)
async def test_whatever_a_profile_says_is_shown_as_text(root: Path, tmp_path: Path, text: str) -> None:
    entry = thing(tmp_path / "x", title=text or "empty", why=text or "empty")
    async with screens_of(engine_with(root, entry)) as pilot:
        await press(pilot, "5", "1")
        shown = picture(pilot.app)
        assert "\x1b" not in shown
        assert pilot.app.is_running


async def test_a_bad_profile_is_said(root: Path) -> None:
    async with screens_of(engine_with(root, {"name": "x"})) as pilot:
        await press(pilot, "5")
        assert status(pilot.app).startswith("Error: Component x")


@needs_root
async def test_the_token_directory_is_put_right(root: Path) -> None:
    engine = engine_with(root, owner="mail", group="mail")
    tokens = engine.paths.tokens
    tokens.mkdir(parents=True)
    tokens.chmod(0o777)
    async with screens_of(engine) as pilot:
        await press(pilot, "5", "end", "enter")
        assert shows(pilot, TokenDirectoryScreen)
        assert "0777, wanted 0750" in picture(pilot.app)
        await press(pilot, "f2")
        assert "chmod 0750" in picture(pilot.app), "the commands are shown first"
        await press(pilot, "1")
        assert tokens.stat().st_mode & 0o777 == 0o777, "the harmless answer changes nothing"
        await press(pilot, "f2", "2")
        assert tokens.stat().st_mode & 0o777 == 0o750
        assert tokens.owner() == "mail"
        assert "All is as it must be." in picture(pilot.app)
        assert "given to mail:mail" in picture(pilot.app).replace("\n" + " " * 10, "")
        assert status(pilot.app).startswith("Put right")
        await press(pilot, "f2")
        assert status(pilot.app) == "Nothing to put right."


async def test_a_link_is_refused_in_words(root: Path, tmp_path: Path) -> None:
    engine = engine_with(root)
    engine.paths.tokens.parent.mkdir(parents=True)
    engine.paths.tokens.symlink_to(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "5", "end", "enter", "f2")
        assert "link" in status(pilot.app)
        assert status(pilot.app).startswith("Error:")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (1, 1)])
async def test_every_size_holds(root: Path, size: tuple[int, int]) -> None:
    async with screens_of(engine_with(root), size) as pilot:
        await press(pilot, "5", "4", "escape", "end", "enter", "escape", "escape")
        assert pilot.app.is_running


async def test_output_is_bounded(root: Path) -> None:
    async with screens_of(engine_with(root)) as pilot:
        await press(pilot, "5", "end", "enter")
        pane = pilot.app.screen.query_one(OutputPane)
        for start in range(0, 3 * KEPT_ROWS, 500):
            pane.add([(f"line {number}", Tone.TEXT) for number in range(start, start + 500)])
        await settled(pilot)
        assert pane.row_count() == KEPT_ROWS
        assert pane.text.endswith(f"line {3 * KEPT_ROWS - 1}")
