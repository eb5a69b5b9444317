"""Fields that the maker locked: their value and the whole reason, and no way in."""

from pathlib import Path

import pytest

from console.appliance import Lock, Profile
from screens.form import row_id
from screens.widgets.field_row import FieldRow
from tests.support.screens import engine_below, focused_id, picture, press, screens_of


async def test_a_locked_field_is_shown_with_its_reason_and_skipped(tmp_path: Path) -> None:
    profile = Profile(defaults={"smtp.host": "relay.acme"}, locks=(Lock("smtp.host", "set [by] Acme"),))
    engine = engine_below(tmp_path, profile)
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        assert "   Mail server            relay.acme  locked: set [by] Acme" in picture(pilot.app)
        await press(pilot, "down", "down", "down")
        assert focused_id(pilot.app) == "smtp-port"


@pytest.mark.parametrize("size", [(80, 24), (60, 24), (40, 24)])
async def test_the_whole_reason_of_a_lock_can_be_read(tmp_path: Path, size: tuple[int, int]) -> None:
    reason = "The relay in the house alone takes mail from this box: see the handbook, page 12."
    locks = (Lock("smtp.host", reason), Lock("smtp.password", reason), Lock("smtp.encryption", reason))
    profile = Profile(defaults={"smtp.host": "relay.acme.example"}, locks=locks)
    async with screens_of(engine_below(tmp_path, profile), size=size) as pilot:
        await press(pilot, "3")
        for key in ("smtp.host", "smtp.password", "smtp.encryption"):
            shown = pilot.app.screen.query_one(f"#{row_id(key)}", FieldRow)
            lines = [shown.render_line(y).text for y in range(shown.size.height)]
            assert reason in " ".join(" ".join(lines).split())
        await press(pilot, "down", "down", "down")
        assert focused_id(pilot.app) == "smtp-port"
