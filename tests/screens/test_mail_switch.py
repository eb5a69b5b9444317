"""Mail on or off: applied and saved at once, and shown."""

from pathlib import Path

import pytest

from console.appliance import Lock, Profile
from tests.support.screens import engine_below, joined, picture, press, screens_of, status


async def test_choosing_saves_at_once(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "1")
        assert "   1  On\n" in picture(pilot.app)
        assert " > 2  Off                                               in use\n" in picture(pilot.app)
        await press(pilot, "up", "enter")
        assert engine.settings.load().mail.enabled
        assert status(pilot.app) == "Saved: Outgoing mail = On."
        assert " > 1  On                                                in use\n" in picture(pilot.app)


async def test_choosing_what_is_in_use_writes_nothing(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "1", "2")
        assert status(pilot.app) == "Off is in use already."
        assert not engine.paths.settings.exists()


async def test_a_locked_switch_says_why_and_stays(tmp_path: Path) -> None:
    profile = Profile(locks=(Lock("mail.enabled", "the maker [b]says[/b] so"),))
    engine = engine_below(tmp_path, profile)
    async with screens_of(engine) as pilot:
        await press(pilot, "1")
        assert status(pilot.app) == "Locked: the maker [b]says[/b] so"
        await press(pilot, "1")
        assert status(pilot.app).startswith("Error: locked")
        assert not engine.settings.load().mail.enabled


@pytest.mark.parametrize("opens", ["1", "2"])
async def test_a_long_reason_can_be_read_whole(tmp_path: Path, opens: str) -> None:
    reason = "This appliance sends by the relay in the house alone; others are not supported by Backup Box."
    profile = Profile(locks=(Lock("mail.enabled", reason), Lock("mail.transport", reason)))
    async with screens_of(engine_below(tmp_path, profile)) as pilot:
        await press(pilot, opens)
        assert reason.replace(" ", "") in joined(pilot).replace(" ", "")


async def test_what_cannot_be_written_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    (tmp_path / "etc").write_text("a file where a folder belongs")
    async with screens_of(engine) as pilot:
        await press(pilot, "1", "1")
        assert status(pilot.app).startswith("Error: ")
        assert status(pilot.app).endswith("Nothing was saved.")
