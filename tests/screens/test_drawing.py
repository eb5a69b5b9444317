"""Text to lines: measured, cut, wrapped, never with a control character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.text import printable
from screens.drawing import cut, flat, padded, strip_of, wrapped
from screens.look import Palette
from screens.theme import Tone, styles_of
from tests.support.nasty import NASTY

STYLES = styles_of(Palette.RICH, "#16324a", "#1f6feb")


def test_short_text_is_not_cut() -> None:
    assert cut("mail", 4) == "mail"


def test_long_text_ends_in_an_ellipsis() -> None:
    assert cut("mail server", 6) == "mail…"
    assert cut("mailserver", 6) == "mails…"


def test_wide_characters_are_measured_in_cells() -> None:
    assert cell_len(cut("漢字漢字", 5)) <= 5
    assert padded("漢字", 5) == "漢字 "


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_strip_has_exactly_its_width(text: str, width: int) -> None:
    strip = strip_of([(text, Tone.TEXT)], STYLES, width)
    assert sum(cell_len(segment.text) for segment in strip) == width


@given(st.text(max_size=200), st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_no_word(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(printable(text).split())


def test_lines_that_fit_keep_their_columns() -> None:
    assert wrapped("F1   help\nEsc  back", 20) == ["F1   help", "Esc  back"]


@pytest.mark.parametrize("text", NASTY)
def test_no_control_character_gets_through(text: str) -> None:
    drawn = "".join(segment.text for segment in strip_of([(text, Tone.TEXT)], STYLES, 80))
    for line in [drawn, *wrapped(text, 40), flat(text)]:
        assert printable(line) == line
        assert "\n" not in line
