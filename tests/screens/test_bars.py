"""Head bar and key bar at every width."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.appliance import Profile
from console.values import replace
from screens.menu import MenuScreen
from screens.widgets.bars import KeyBar, head_texts
from tests.support.nasty import NASTY
from tests.support.screens import engine_below, picture, screens_of, settled

if TYPE_CHECKING:
    from screens.app import ConsoleApp


@given(st.text(max_size=100).map(str.strip), st.text(max_size=80), st.booleans(), st.integers(1, 200))
def test_the_head_fills_its_width_exactly(title: str, host: str, is_sandbox: bool, width: int) -> None:
    assert sum(map(cell_len, head_texts(title, host, is_sandbox, width))) == width


def test_title_left_host_and_badge_right() -> None:
    assert "".join(head_texts("Mail Services", "acme-7", True, 60)) == (
        " Mail Services" + " " * 30 + "acme-7  SANDBOX "
    )


def test_the_host_gives_way_before_the_title() -> None:
    title, host, _ = head_texts("Microsoft 365 set-up guide", "a-rather-long-host-name", False, 40)
    assert title.rstrip() == " Microsoft 365 set-up guide"
    assert host == "a-rather… "


@pytest.mark.parametrize("width", range(1, 90, 7))
def test_keys_that_do_not_fit_are_left_out_whole(width: int) -> None:
    keys = (("1-9", "choose"), ("↑↓", "move"), ("Enter", "open"), ("Esc", "back"))
    bar = KeyBar(keys)
    shown = bar._fitting(width - 2, 2)
    assert sum(cell_len(" ".join(one)) for one in shown) + 2 * max(0, len(shown) - 1) <= max(0, width - 2)
    if width >= 40:
        assert {keys[0], ("Esc", "back"), ("F1", "help")} <= set(shown)


def test_the_keys_of_every_screen_stand_last_and_in_one_order() -> None:
    assert KeyBar((("Esc", "stop"), ("F5", "again"))).keys == (
        ("F5", "again"),
        ("F1", "help"),
        ("Esc", "stop"),
        ("F10", "exit"),
    )
    assert KeyBar((("Esc", "cancel"), ("F1", ""), ("F10", ""))).keys == (("Esc", "cancel"),)


async def test_any_product_and_host_name_is_safe(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        app = cast("ConsoleApp", pilot.app)
        for nasty in NASTY:
            app.engine = replace(app.engine, profile=Profile(product=nasty, host=nasty))
            await app.push_screen(MenuScreen())
            await settled(pilot)
            rows = picture(app).split("\n")
            assert len(rows) == 24
            assert all(cell_len(row) <= 80 for row in rows)
            assert not any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for row in rows for one in row)
            app.pop_screen()
