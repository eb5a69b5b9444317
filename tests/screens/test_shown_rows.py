"""Rows that stand on the terminal are not sent again at once, unless something may have changed them."""

import pytest

from screens.shown_rows import SECONDS, ShownRows

CARET = "\x1b[1;1H"
HEAD, BODY = "\x1b[1;1H\x1b[1mMail\x1b[0m", "\x1b[2;1Hone"
FRAME = f"{HEAD}\n{BODY}{CARET}"


def test_the_same_frame_moments_later_is_its_caret_alone() -> None:
    shown = ShownRows()
    assert shown.unseen(FRAME, 10.0) == FRAME
    assert shown.unseen(FRAME, 10.1) == CARET


def test_only_the_rows_that_differ_are_sent() -> None:
    shown = ShownRows()
    shown.unseen(FRAME, 10.0)
    other = "\x1b[2;1Htwo"
    assert shown.unseen(f"{HEAD}\n{other}\x1b[2;4H", 10.1) == f"{other}\x1b[2;4H"


def test_a_row_painted_over_in_part_is_sent_again() -> None:
    shown = ShownRows()
    shown.unseen(FRAME, 10.0)
    part = "\x1b[2;3H…"
    assert shown.unseen(part + CARET, 10.1) == part + CARET
    assert shown.unseen(FRAME, 10.2) == BODY + CARET


def test_a_row_of_some_age_is_sent_again() -> None:
    """Somebody else may have written over it."""
    shown = ShownRows()
    shown.unseen(FRAME, 10.0)
    assert shown.unseen(FRAME, 10.0 + SECONDS) == FRAME
    assert shown.unseen(FRAME, 10.1 + SECONDS) == CARET


@pytest.mark.parametrize("mark", ["", "\x1b[?2026h", "\x1b[?2026l"], ids=repr)
def test_what_stands_round_a_frame_changes_no_row(mark: str) -> None:
    shown = ShownRows()
    shown.unseen(FRAME, 10.0)
    assert shown.unseen(mark, 10.1) == mark
    assert shown.unseen(FRAME, 10.2) == CARET


@pytest.mark.parametrize(
    "other", ["\x1b[?1049h", "\x1b[H\x1b[2J", "text", "\a", f"text\n{HEAD}{CARET}", f"\n{CARET}"], ids=repr
)
def test_after_anything_else_all_is_sent(other: str) -> None:
    shown = ShownRows()
    shown.unseen(FRAME, 10.0)
    assert shown.unseen(other, 10.1) == other
    assert shown.unseen(FRAME, 10.2) == FRAME


def test_forgotten_rows_are_sent() -> None:
    shown = ShownRows()
    shown.unseen(FRAME, 10.0)
    shown.forget()
    assert shown.unseen(FRAME, 10.1) == FRAME
