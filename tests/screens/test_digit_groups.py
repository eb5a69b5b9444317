"""Long IDs typed without dashes, with dashes, with slips; and domains that begin like one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.settings.rules import guid, tenant
from screens.widgets.edited_text import EditedText
from tests.support.screens import engine_below, picture, press, screens_of

GUID = "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"


def empty(rule: object) -> EditedText:
    return EditedText("", 0, rule.restrict, rule.max_length, rule.groups)  # type: ignore[attr-defined]


def typed(text: EditedText, keys: str) -> str:
    for one in keys:
        text.insert(one)
    return text.text


@pytest.mark.parametrize("rule", [guid, tenant])
@pytest.mark.parametrize("keys", [GUID, GUID.replace("-", ""), GUID.upper(), GUID.replace("-", "", 2)])
def test_dashes_are_put_in_by_themselves(rule: object, keys: str) -> None:
    text = empty(rule)
    assert typed(text, keys).lower() == GUID
    assert text.caret == len(GUID)
    pasted = empty(rule)
    pasted.insert(keys)
    assert pasted.text.lower() == GUID


def test_they_come_with_the_digit_that_needs_them() -> None:
    assert typed(empty(guid), "6a9ff3c7") == "6a9ff3c7"
    assert typed(empty(guid), "6a9ff3c71") == "6a9ff3c7-1"
    assert typed(empty(guid), "6a9-ff3c71") == "6a9ff3c7-1", "a dash in a wrong place is a slip"


def test_wrong_characters_and_digits_too_many_are_refused() -> None:
    text = empty(guid)
    assert text.insert("g") == "That character cannot stand here."
    typed(text, GUID)
    assert text.insert("a") == "All 32 digits are there."
    assert text.text == GUID


@pytest.mark.parametrize(
    "domain",
    [
        "contoso.com",
        "deadbeefcafe.com",
        "deadbeef-cafe.com",
        "cafe-bad.de",
        "a-b-c.example",
        "0123456789a.org",
    ],
)
def test_a_domain_stays_as_typed(domain: str) -> None:
    assert typed(empty(tenant), domain) == domain


def test_backspace_and_delete_pass_the_dashes() -> None:
    text = empty(guid)
    typed(text, GUID)
    for _ in range(32):
        text.erase_left()
    assert text.text == ""
    typed(text, GUID)
    text.caret = 0
    for _ in range(32):
        text.erase_right()
    assert text.text == ""


def test_a_digit_left_out_is_put_in_where_it_belongs() -> None:
    text = empty(guid)
    typed(text, GUID.replace("c7", "7", 1))
    assert text.text.startswith("6a9ff371-f0a4")
    text.caret = 6
    text.insert("c")
    assert text.text == GUID
    assert text.caret == 7


@given(st.lists(st.sampled_from([*"0af-", "left", "right", "home", "end", "bs", "del", "word"]), max_size=60))
def test_no_sequence_of_keys_loses_a_digit_or_the_caret(keys: list[str]) -> None:
    text = empty(guid)
    for key in keys:
        digits = text.text.replace("-", "")
        if key in "0af-":
            text.insert(key)
            assert len(text.text.replace("-", "")) == min(32, len(digits) + (key != "-"))
        elif key in ("bs", "del", "word"):
            {"bs": text.erase_left, "del": text.erase_right, "word": text.erase_word}[key]()
        else:
            text.move({"left": -1, "right": 1, "home": -99, "end": 99}[key])
        assert 0 <= text.caret <= len(text.text)


async def test_a_small_screen_shows_it_whole(tmp_path: Path) -> None:
    engine = engine_below(
        tmp_path, mail_transport="graph", microsoft365_tenant=GUID, microsoft365_client_id=GUID
    )
    async with screens_of(engine, size=(40, 12)) as pilot:
        await press(pilot, "3", "down", "down", "down", "down", "down")
        assert f"    {GUID}"[1:] in picture(pilot.app)
