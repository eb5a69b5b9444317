"""The QR pictures as a phone sees them: decoded from the real screen in a real terminal, in every rung."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.drawn_terminal import DARK, LIGHT, decoded, drawn
from tests.support.sign_in_program import ADDRESS, USER_CODE
from tests.support.terminal import PYTHON, Terminal, clean_environment

BASE: Mapping[str, str] = {"TERM": "xterm-256color"}
COLOURS = {
    "256 colours": {"TERM": "xterm-256color"},
    "truecolor": {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    "no colour": {"TERM": "xterm-256color", "NO_COLOR": "1"},
    "linux": {"TERM": "linux", "MAIL_CONSOLE_LOOK": "rich"},
    "vt220": {"TERM": "vt220", "MAIL_CONSOLE_LOOK": "rich"},
}


@contextmanager
def sign_in_screen(
    folder: Path, columns: int = 80, rows: int = 24, environment: Mapping[str, str] = BASE
) -> Iterator[Terminal]:
    command = [PYTHON, "-m", "tests.support.sign_in_program", str(folder)]
    with Terminal(
        command, columns=columns, rows=rows, environment=clean_environment(**environment)
    ) as terminal:
        terminal.wait_for("Waiting for you")
        yield terminal


def wait_for_codes(terminal: Terminal, *texts: str) -> None:
    terminal.wait_until(lambda: decoded(terminal.screen) == set(texts), f"a picture of {texts}")


@pytest.mark.parametrize("colours", COLOURS)
def test_half_blocks_at_80x24_decode_on_dark_and_light_ground(tmp_path: Path, colours: str) -> None:
    with sign_in_screen(tmp_path, environment=COLOURS[colours]) as terminal:
        wait_for_codes(terminal, ADDRESS)
        assert decoded(terminal.screen, LIGHT) == {ADDRESS}
        assert decoded(terminal.screen, DARK, (9, 18)) == {ADDRESS}
        assert decoded(terminal.screen, DARK, (8, 14)) == {ADDRESS}
        assert ADDRESS in terminal.text()
        terminal.send("f7")
        wait_for_codes(terminal, USER_CODE)
        terminal.send("f7")
        wait_for_codes(terminal)


def test_colours_make_it_dark_on_light_on_every_ground(tmp_path: Path) -> None:
    with sign_in_screen(tmp_path) as terminal:
        wait_for_codes(terminal, ADDRESS)
        row = terminal.row_of("▄▄▄▄▄ █")
        quiet = terminal.screen.display[row].index("█")
        for ground in (DARK, LIGHT):
            image = drawn(terminal.screen, ground)
            assert image.getpixel((24 + quiet * 8 + 2, 24 + row * 16 + 8)) == (255, 255, 255)
            assert image.getpixel((24 + (quiet + 2) * 8 + 2, 24 + row * 16 + 4)) == (0, 0, 0)


def test_a_wide_terminal_shows_both_side_by_side_with_four_modules_of_quiet_zone(tmp_path: Path) -> None:
    with sign_in_screen(tmp_path, 120, 30) as terminal:
        wait_for_codes(terminal, ADDRESS, USER_CODE)
        assert "█" * 37 in terminal.screen.display[2]
        terminal.send("f7")
        wait_for_codes(terminal)
        terminal.send("f7")
        wait_for_codes(terminal, ADDRESS, USER_CODE)


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "vt220"},
        {"TERM": "xterm-256color", "MAIL_CONSOLE_LOOK": "basic"},
        {"TERM": "linux"},
    ],
)
def test_ascii_decodes_where_it_fits_and_writes_nothing_but_ascii(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with sign_in_screen(tmp_path, 132, 43, environment) as terminal:
        wait_for_codes(terminal, ADDRESS)
        assert terminal.output.isascii()
        assert ADDRESS in terminal.text()


def test_the_operator_gets_full_blocks_on_demand(tmp_path: Path) -> None:
    with sign_in_screen(tmp_path, 132, 43) as terminal:
        wait_for_codes(terminal, ADDRESS, USER_CODE)
        terminal.send("f9")
        terminal.wait_for("##")
        wait_for_codes(terminal, ADDRESS)
        assert "▄" not in terminal.text()


@pytest.mark.parametrize(
    ("columns", "rows", "environment"),
    [
        (40, 12, {"TERM": "xterm-256color"}),
        (80, 24, {"TERM": "vt220"}),
        (60, 24, {"TERM": "xterm-256color"}),
        (80, 20, {"TERM": "xterm-256color"}),
    ],
)
def test_what_does_not_fit_is_left_out_never_cut(
    tmp_path: Path, columns: int, rows: int, environment: dict[str, str]
) -> None:
    with sign_in_screen(tmp_path, columns, rows, environment) as terminal:
        terminal.settle(0.3)
        assert "▄▄▄▄" not in terminal.text()
        assert ADDRESS in terminal.text()
        assert "B M S 4   R W V V 8" in terminal.text()


def test_the_countdown_costs_at_most_forty_bytes_a_second(tmp_path: Path) -> None:
    with sign_in_screen(tmp_path) as terminal:
        wait_for_codes(terminal, ADDRESS)
        terminal.settle(0.5)
        before = terminal.text()
        seconds = 4
        written = terminal.bytes_during(seconds)
        assert terminal.text() != before
        assert written / seconds <= 40
