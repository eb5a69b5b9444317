"""The menu: dashboard, numbers, arrows, ways in and out."""

from itertools import cycle
from pathlib import Path

import pytest

from console.errors import FileError, SecretError
from screens import menu
from screens.mail_switch import MailSwitchScreen
from screens.menu import MenuScreen, Row, rows
from screens.widgets.choice_list import ChoiceList
from tests.support.nasty import NASTY
from tests.support.screens import engine_below, picture, press, ready_engine, screens_of, shows


def test_only_rows_whose_screen_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Row("1", "There", "mail_switch", "MailSwitchScreen")
    exit_row = Row("0", "Exit", "", "")
    monkeypatch.setattr(menu, "ROWS", (there, Row("9", "Not yet", "no_such_screen", "X"), exit_row))
    assert rows() == (there, exit_row)


def test_every_row_has_a_digit_of_its_own() -> None:
    assert [row.digit for row in menu.ROWS] == list("1234567890")


async def test_the_dashboard(tmp_path: Path) -> None:
    async with screens_of(ready_engine(tmp_path)) as pilot:
        shown = picture(pilot.app).split("\n")
        assert shown[0] == f" Mail Services{'acme-7':>65}"
        assert shown[1] == "─" * 80
        assert shown[3] == " Mail is set up, and has not been tried yet. Send a test mail."
        assert shown[5] == " > 1  Mail on or off                 on"
        assert "   3  Mail host and sender           smtp.contoso.com:587, alerts@contoso.com" in shown
        assert "   0  Exit" in shown
        assert shown[23] == " 1-9 choose   ↑↓ move   Enter open   F1 help   F10 exit"


@pytest.mark.parametrize("size", [(80, 24), (40, 24)])
async def test_many_mistakes_in_the_settings_leave_the_items_to_be_seen(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    engine = engine_below(tmp_path)
    engine.settings.path.parent.mkdir(parents=True)
    wrong = ["smtp:", "  port: 0", "  host: a b", *(f"  unknown{number}: 1" for number in range(30))]
    engine.settings.path.write_text("\n".join(wrong))
    async with screens_of(engine, size=size) as pilot:
        shown = picture(pilot.app)
        assert "Error: " in " ".join(shown.split())
        assert "And 31 more: mail-console settings check" in " ".join(shown.split())
        assert shown.count("smtp.port") == 1
        assert "   0  Exit" in shown
        assert "not kno" in shown
        assert "5  Components and tokens" in shown


async def test_a_digit_opens_and_esc_comes_back(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "1")
        assert shows(pilot, MailSwitchScreen)
        await press(pilot, "escape")
        assert shows(pilot, MenuScreen)


async def test_arrows_move_and_stop_at_the_ends(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        items = pilot.app.screen.query_one(ChoiceList)
        await press(pilot, "up")
        assert items.marked == 0
        await press(pilot, "down", "down")
        assert items.marked == 2
        await press(pilot, "end", "down")
        assert items.marked == len(items.items) - 1
        await press(pilot, "home", "enter")
        assert shows(pilot, MailSwitchScreen)


async def test_line_feed_is_enter(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "ctrl+j")
        assert shows(pilot, MailSwitchScreen)


@pytest.mark.parametrize("key", ["0", "f10", "ctrl+q"])
async def test_ways_out(tmp_path: Path, key: str) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, key)
        assert pilot.app.return_code == 0
        assert not pilot.app.is_running


async def test_one_esc_too_many_does_not_leave(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "1", "escape", "escape", "escape")
        assert shows(pilot, MenuScreen)
        assert pilot.app.is_running


async def test_states_are_read_again_when_one_comes_back(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        assert "Mail on or off                 off" in picture(pilot.app)
        await press(pilot, "1", "1", "escape")
        assert "Mail on or off                 on" in picture(pilot.app)


async def test_two_digits_typed_ahead_open_one_screen(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await pilot.press("1", "1")
        assert len(pilot.app.screen_stack) == 2


@pytest.mark.parametrize("size", [(40, 12), (20, 5), (1, 1), (200, 60)])
async def test_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with screens_of(ready_engine(tmp_path), size=size) as pilot:
        shown = picture(pilot.app).split("\n")
        assert len(shown) == size[1]
        await press(pilot, "down", "end", "1")
        assert shows(pilot, MailSwitchScreen)


async def test_small_screen_in_full(tmp_path: Path) -> None:
    async with screens_of(ready_engine(tmp_path), size=(40, 12)) as pilot:
        shown = picture(pilot.app).split("\n")
        assert shown[0] == " Mail Services                   acme-7"
        assert shown[1:4] == [
            " Mail is set up, and has not been tried",
            " yet. Send a test mail.",
            " > 1  Mail on or off          on",
        ]
        assert shown[11] == " 1-9 choose  ↑↓ move  F1 help  F10 exit"


async def test_an_unexpected_error_behind_the_menu_is_said_and_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_below(tmp_path)
    monkeypatch.setattr(type(engine.log), "summary", lambda _log: 1 // 0)
    async with screens_of(engine) as pilot:
        assert "\n Error: Internal error (ZeroDivisionError)." in picture(pilot.app)
        assert pilot.app.is_running
    assert "ZeroDivisionError" in (engine.paths.log / "crash.log").read_text()


async def test_secrets_that_cannot_be_read_are_an_error_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_below(tmp_path, smtp_user="relay")

    def fail(_store: object, _key: str) -> bool:
        raise SecretError("The folder cannot be read.")

    monkeypatch.setattr(type(engine.secrets), "has", fail)
    async with screens_of(engine) as pilot:
        assert "Error: The folder cannot be read." in picture(pilot.app)
        await press(pilot, "3")
        assert "Error: The folder cannot be read." in picture(pilot.app)
        await press(pilot, "f2", "escape")
        assert shows(pilot, MenuScreen)


async def test_an_engine_error_of_any_words_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_below(tmp_path)
    words = [""]

    def fail(_store: object) -> None:
        raise FileError(f"It said {words[0]}")

    monkeypatch.setattr(type(engine.settings), "load", fail)
    async with screens_of(engine) as pilot:
        for words[0] in NASTY:
            await press(pilot, "f5")
            assert "Error: It said" in picture(pilot.app)
        for words[0], digit in zip(NASTY[::5], cycle("123"), strict=False):
            await press(pilot, digit)
            assert "Error: It said" in picture(pilot.app)
            await press(pilot, "escape")
