"""A form: what is typed and pasted into its rows, and what it says about it."""

from pathlib import Path

import pytest
from textual import events

from screens.form import row_id
from tests.support.screens import (
    engine_below,
    focused_id,
    go_to,
    picture,
    press,
    ready_engine,
    row,
    screens_of,
    settled,
    status,
    type_text,
)


@pytest.mark.parametrize(("key", "typed"), [("smtp.host", "1.2.3"), ("mail.administrator", "admin@1.2.3")])
async def test_what_is_wrong_is_said_whole_on_a_narrow_terminal_too(
    tmp_path: Path, key: str, typed: str
) -> None:
    async with screens_of(engine_below(tmp_path), size=(40, 12)) as pilot:
        await press(pilot, "3")
        while focused_id(pilot.app) != row_id(key):
            await press(pilot, "down")
        await type_text(pilot, typed)
        shown = picture(pilot.app)
        assert "an IPv4 address is four numbers from 0\n to 255.\n" in shown
        assert f"   {typed}" in shown


async def test_what_cannot_stand_there_cannot_be_typed(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.port")
        await press(pilot, "x")
        assert row(pilot, "smtp.port").value == "587"
        assert status(pilot.app) == ("That character cannot stand here. Allowed: a number from 1 to 65535.")


async def test_pasting(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.host")
        row(pilot, "smtp.host").post_message(events.Paste("mail.example.com\nrm -rf /\n"))
        await settled(pilot)
        assert row(pilot, "smtp.host").value == "mail.example.com"
        assert status(pilot.app).startswith("Only the first line was taken.")


async def test_what_a_paste_lost_is_said_though_the_rest_was_taken(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.port")
        await press(pilot, "ctrl+u")
        row(pilot, "smtp.port").post_message(events.Paste("25.0"))
        await settled(pilot)
        assert row(pilot, "smtp.port").value == "250"
        assert status(pilot.app).startswith(
            "Some characters were left out. Allowed: a number from 1 to 65535."
        )


async def test_settings_that_cannot_be_used_are_said_with_the_way_out(tmp_path: Path) -> None:
    engine = ready_engine(tmp_path)
    async with screens_of(engine) as pilot:
        engine.paths.settings.write_text("mail: [\n")
        await press(pilot, "3")
        shown = picture(pilot.app)
        assert shown.split("\n")[3].startswith(" Error:")
        assert "Put the file right in an editor" in " ".join(shown.split())
        assert shown.endswith(" F1 help   Esc back   F10 exit")
