"""One line while it is typed."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from screens.widgets.edited_text import EditedText
from tests.support.nasty import NASTY


def edited(marked: str, **options: object) -> EditedText:
    """Return text with the caret where the bar stands."""
    text = EditedText(**options)  # type: ignore[arg-type]
    text.put(marked.replace("|", ""))
    text.caret = marked.index("|")
    return text


def marked(text: EditedText) -> str:
    return f"{text.text[: text.caret]}|{text.text[text.caret :]}"


def test_typing_goes_in_at_the_caret() -> None:
    text = edited("ma|l")
    assert text.insert("i") == ""
    assert marked(text) == "mai|l"


def test_characters_outside_the_restriction_are_refused_with_a_reason() -> None:
    text = edited("5|", restrict="[0-9]")
    assert text.insert("a") == "That character cannot stand here."
    assert text.insert("87") == ""
    assert marked(text) == "587|"


def test_no_more_than_the_longest_is_taken() -> None:
    text = edited("1234|", max_length=5)
    assert text.insert("56") == "At most 5 characters."
    assert marked(text) == "12345|"


def test_of_what_is_pasted_the_first_line_is_taken() -> None:
    text = edited("|")
    assert text.insert("mail.example.com\r\nsecond") == "Only the first line was taken."
    assert marked(text) == "mail.example.com|"
    assert text.insert("\r\n.\r\n") == ""
    assert marked(text) == "mail.example.com.|"


def test_what_a_paste_loses_is_said_and_blanks_round_it_are_no_loss() -> None:
    text = edited("|", restrict="[0-9]")
    assert text.insert("25.0") == "Some characters were left out."
    assert marked(text) == "250|"
    text.put("")
    assert text.insert("\t587 ") == ""
    assert marked(text) == "587|"
    assert text.insert(" ") == "That character cannot stand here."


def test_control_characters_never_get_in() -> None:
    for nasty in NASTY:
        text = EditedText(max_length=5000)
        text.insert(nasty)
        assert not any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for one in text.text)


def test_erasing() -> None:
    text = edited("mail se|rver")
    text.erase_left()
    assert marked(text) == "mail s|rver"
    text.erase_right()
    assert marked(text) == "mail s|ver"
    text.erase_word()
    assert marked(text) == "mail |ver"


def test_moving_by_words_and_ends() -> None:
    text = edited("mail.example.com|")
    text.move_word(-1)
    assert marked(text) == "mail.example.|com"
    text.move(-999)
    text.move_word(1)
    assert marked(text) == "mail|.example.com"


@given(st.text(max_size=80), st.integers(0, 80), st.integers(2, 30))
def test_the_caret_is_always_in_sight(typed: str, caret: int, width: int) -> None:
    text = EditedText(max_length=200)
    text.insert(typed)
    text.caret = min(caret, len(text.text))
    before, under, after = text.window(width)
    assert cell_len(before + under + after) <= width
    assert text.text.startswith(under.strip() or "", text.caret)


@given(st.lists(st.sampled_from(["a", "left", "right", "word", "home", "end", "wordleft"]), max_size=40))
def test_no_sequence_of_keys_loses_the_caret(keys: list[str]) -> None:
    text = EditedText(max_length=20)
    moves: dict[str, Callable[[], object]] = {
        "a": lambda: text.insert("ab c"),
        "left": text.erase_left,
        "right": text.erase_right,
        "word": text.erase_word,
        "home": lambda: text.move(-99),
        "end": lambda: text.move(99),
        "wordleft": lambda: text.move_word(-1),
    }
    for key in keys:
        moves[key]()
        assert 0 <= text.caret <= len(text.text) <= 20
