"""Mail on or off: applied and saved at once, and shown."""

from pathlib import Path

from console.appliance import Lock, Profile
from tests.support.screens import engine_below, picture, press, screens_of, status


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


async def test_what_cannot_be_written_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    (tmp_path / "etc").write_text("a file where a folder belongs")
    async with screens_of(engine) as pilot:
        await press(pilot, "1", "1")
        assert status(pilot.app).startswith("Error: ")
        assert status(pilot.app).endswith("Nothing was saved.")
