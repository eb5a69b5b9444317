"""Large letters: every code character has one, all fit whole, none look alike."""

import pytest

from screens.widgets.big_text import enlarged

ALL = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"


def test_every_character_has_a_letter_and_no_two_are_alike() -> None:
    drawn = {enlarged(character, 10, 7) for character in ALL}
    assert len(drawn) == len(ALL)
    assert all(len(rows) == 7 and {len(row) for row in rows} == {10} for rows in drawn)


@pytest.mark.parametrize(
    ("columns", "rows", "height", "width"),
    [(120, 20, 7, 106), (80, 17, 15, 58), (60, 8, 7, 53), (40, 15, 15, 29), (40, 8, 1, 17), (5, 1, 1, 9)],
)
def test_the_largest_that_fits_is_taken(columns: int, rows: int, height: int, width: int) -> None:
    drawn = enlarged("BMS4RWVV8", columns, rows)
    assert (len(drawn), max(map(len, drawn))) == (height, width)


@pytest.mark.parametrize("text", ["", "ABÄ", "[/foo]", "漢字"])
def test_what_has_no_letter_stays_as_it_is(text: str) -> None:
    assert enlarged(text, 80, 20) == (" ".join(text),)
