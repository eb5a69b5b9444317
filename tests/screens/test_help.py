"""F1 explains every screen, and names the command that does the same."""

from pathlib import Path

import pytest

from screens.help import HelpScreen, reflowed
from tests.support.screens import engine_below, picture, press, screens_of, shows


@pytest.mark.parametrize(
    ("keys", "title", "command"),
    [
        ([], "Help: Mail Services", "mail-console status"),
        (["1"], "Help: Mail on or off", "mail-console settings set mail.enabled=true"),
        (["2"], "Help: Mail transport", "mail-console settings set mail.transport=smtp"),
        (["3"], "Help: Mail host and sender", "mail-console settings show"),
    ],
)
async def test_help_of_each_screen(tmp_path: Path, keys: list[str], title: str, command: str) -> None:
    async with screens_of(engine_below(tmp_path), size=(80, 40)) as pilot:
        await press(pilot, *keys)
        below = pilot.app.screen
        await press(pilot, "f1")
        assert shows(pilot, HelpScreen)
        shown = picture(pilot.app)
        assert shown.startswith(f" {title} ")
        assert f"\n On the command line\n   {command}\n" in shown
        await press(pilot, "escape")
        assert pilot.app.screen is below


@pytest.mark.parametrize(
    ("opens", "keys"),
    [
        ("6", {"Enter", "F5", "F6", "Tab", "Esc"}),
        ("8", {"F2", "F5", "F9", "Esc"}),
    ],
)
async def test_help_names_every_key_of_a_screen_whose_key_bar_changes(
    tmp_path: Path, opens: str, keys: set[str]
) -> None:
    async with screens_of(engine_below(tmp_path), size=(80, 50)) as pilot:
        await press(pilot, opens, "f1")
        shown = picture(pilot.app)
        named = shown[shown.index(" Keys\n") : shown.index("On the command line")]
        assert keys <= set(named.split())
        assert "choose" not in named


async def test_f1_again_closes_and_small_screens_scroll(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path), size=(40, 12)) as pilot:
        await press(pilot, "f1")
        assert "mail-console status" not in picture(pilot.app)
        await press(pilot, "end")
        assert "mail-console status" in picture(pilot.app)
        await press(pilot, "f1")
        assert not shows(pilot, HelpScreen)


def test_paragraphs_are_joined_and_indented_lines_are_not() -> None:
    assert reflowed("\na\nb\n\nc\n  d\n  e\nf\n") == "a b\n\nc\n  d\n  e\nf"
