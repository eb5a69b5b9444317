"""What must not stand between the start and the first frame (goal S1 of docs/benchmarks.md)."""

import gc
from pathlib import Path

import pytest
from textual.css.stylesheet import Stylesheet

from screens.app import ConsoleApp
from screens.base import ConsoleScreen
from screens.look import BASIC, Look
from screens.theme import ANSI_THEME, GROUND, THEME_NAME
from tests.support.screens import engine_below, screens_of


async def test_no_collection_holds_the_first_frame_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame waits in the writer's queue when the app is ready; a collection would keep it there."""
    done: list[str] = []
    ready = ConsoleApp.on_ready

    def on_ready(app: ConsoleApp) -> None:
        ready(app)
        done.append("ready")

    monkeypatch.setattr(ConsoleApp, "on_ready", on_ready)
    monkeypatch.setattr(gc, "collect", lambda *_generation: done.append("collected"))
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))
    async with screens_of(engine_below(tmp_path)):
        assert done == ["ready", "collected", "frozen"]
        assert gc.isenabled()


@pytest.mark.parametrize(
    ("look", "theme"), [(Look(), THEME_NAME), (BASIC, ANSI_THEME)], ids=["rich", "basic"]
)
async def test_style_sheets_are_parsed_with_our_theme_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Look, theme: str
) -> None:
    again: list[Stylesheet] = []
    monkeypatch.setattr(Stylesheet, "reparse", again.append)
    async with screens_of(engine_below(tmp_path), look=look) as pilot:
        assert not again
        assert pilot.app.theme == theme
        ground = pilot.app.stylesheet._variables["background"]
        assert ground == (GROUND.upper() if theme == THEME_NAME else "ansi_default")


@pytest.mark.parametrize(
    ("size", "classes"),
    [((80, 24), {"-normal", "-tall"}), ((40, 12), {"-narrow", "-short"}), ((120, 16), {"-wide", "-tall"})],
    ids=["80x24", "40x12", "120x16"],
)
async def test_a_screen_is_styled_for_its_size_before_it_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], classes: set[str]
) -> None:
    seen: list[set[str]] = []
    mounted = ConsoleScreen.on_mount

    def on_mount(screen: ConsoleScreen) -> None:
        seen.append(set(screen.classes))
        mounted(screen)

    monkeypatch.setattr(ConsoleScreen, "on_mount", on_mount)
    async with ConsoleApp(engine_below(tmp_path)).run_test(size=size) as pilot:
        assert seen[0] == classes
        await pilot.resize_terminal(40, 12)
        assert set(pilot.app.screen.classes) == {"-narrow", "-short"}
