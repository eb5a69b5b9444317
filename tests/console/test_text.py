"""Text from outside: bounded, printable, and never executable by a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from console.text import LINE_LIMIT, decoded, nearest, one_line, printable


def test_escape_sequences_are_spelled_out() -> None:
    assert printable("\x1b[2J\x1b]52;c;ZXZpbA==\x07") == "\\x1b[2J\\x1b]52;c;ZXZpbA==\\x07"


def test_c1_bidirectional_and_invisible_characters_are_spelled_out() -> None:
    assert printable("a\x9bb\u202ec\u200bd\ufeffe\u2028f") == "a\\x9bb\\u202ec\\u200bd\\ufeffe\\u2028f"


def test_ordinary_text_of_any_script_stays() -> None:
    text = "Grüße, 東京, Ελλάδα, عربى\nzweite Zeile 🎉"
    assert printable(text) == text


@given(st.text())
def test_nothing_printable_makes_can_steer_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(one < " " and one != "\n" for one in shown)
    assert not any("\x7f" <= one <= "\x9f" for one in shown)
    shown.encode()  # no lone surrogate is left


@given(st.text(max_size=3000))
def test_one_line_is_one_line_and_bounded(text: str) -> None:
    line = one_line(text, 100)
    assert "\n" not in line
    assert "\r" not in line
    assert len(line) <= 100 + len("… (2900 more characters)")


def test_one_line_says_how_much_was_cut() -> None:
    assert one_line("x" * (LINE_LIMIT + 5)) == "x" * LINE_LIMIT + "… (5 more characters)"


def test_what_is_spelled_out_is_bounded_too() -> None:
    assert one_line("\0" * 600) == "\\x00" * 250 + "… (1400 more characters)"
    assert len(decoded(b"\0" * 600)) < LINE_LIMIT + 30


def test_one_line_of_exactly_the_limit_is_whole() -> None:
    assert one_line("x" * LINE_LIMIT) == "x" * LINE_LIMIT


def test_bad_octets_are_spelled_out() -> None:
    assert decoded(b"550 Gr\xfc\xdfe\r\n") == "550 Gr\\xfc\\xdfe"


def test_nearest_finds_the_likely_word_and_not_any() -> None:
    assert nearest("prot", ["host", "port", "user"]) == "port"
    assert nearest("zzzz", ["host", "port", "user"]) is None
