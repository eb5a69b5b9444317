"""Mail transport: five ways, each with when to choose it and what it needs."""

from pathlib import Path

import pytest

from console.settings import TransportName
from screens.mail_transport import MailTransportScreen
from tests.support.screens import engine_below, picture, press, screens_of, status


def test_every_transport_has_when_and_needs() -> None:
    assert [option.value for option in MailTransportScreen.OPTIONS] == list(TransportName)
    for option in MailTransportScreen.OPTIONS:
        when, needs = option.more
        assert when.startswith("For ")
        assert needs.startswith("Needs: ")
        assert all(len(line) <= 73 for line in option.more)


async def test_all_of_it_is_seen_at_80x24(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "2")
        shown = picture(pilot.app)
        for option in MailTransportScreen.OPTIONS:
            assert option.label in shown
            assert all(line in shown for line in option.more)


@pytest.mark.parametrize(("digit", "name"), list(zip("12345", TransportName, strict=True)))
async def test_a_digit_chooses_and_saves(tmp_path: Path, digit: str, name: TransportName) -> None:
    engine = engine_below(tmp_path, mail_transport="graph" if digit == "1" else "smtp")
    async with screens_of(engine) as pilot:
        await press(pilot, "2", digit)
        assert engine.settings.load().mail.transport is name
        assert status(pilot.app) == f"Saved: {name.label}. Next: menu item 3."
        await press(pilot, "escape")
        assert f"Mail transport                 {name.label[:40]}" in picture(pilot.app)


@pytest.mark.parametrize("size", [(40, 12), (1, 1)])
async def test_small(tmp_path: Path, size: tuple[int, int]) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine, size=size) as pilot:
        await press(pilot, "2", "down", "down", "enter")
        assert engine.settings.load().mail.transport is TransportName.OFFICE365_APP
        if size == (40, 12):
            assert " > 3  SMTP Office 365 (OAut…  in use" in picture(pilot.app)
