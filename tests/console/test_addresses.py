"""Addresses and lists of them, checked against the standard library's parser."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.addresses import Mailbox, parse_addresses, valid_address
from tests.support.stdlib_addresses import stdlib_addresses

ATEXT = "abcXYZ019!#$%&'*+/=?^_`{|}~-"
LOCALS = st.lists(st.text(ATEXT, min_size=1, max_size=10), min_size=1, max_size=4).map(".".join)
DOMAINS = st.lists(st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True), min_size=1, max_size=4)
ADDRESSES = st.builds(lambda local, labels: f"{local}@{'.'.join(labels)}", LOCALS, DOMAINS)
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=30)


@given(ADDRESSES)
def test_every_plain_address_is_one_and_stays_itself(address: str) -> None:
    assert valid_address(address) == address


@given(st.text(max_size=80))
def test_no_text_makes_an_address_that_breaks_a_line(text: str) -> None:
    try:
        address = valid_address(text)
    except ValueError as error:
        assert not isinstance(error, UnicodeError)
        return
    assert address.isprintable()
    assert "@" in address
    assert valid_address(address) == address
    assert not set("\r\n\0") & set(address)


@given(
    st.lists(st.tuples(NAMES, ADDRESSES), min_size=1, max_size=5), st.sampled_from([",", ", ", ";", " ;  "])
)
def test_a_list_with_quoted_names_is_read_as_written(boxes: list[tuple[str, str]], between: str) -> None:
    text = between.join(f'"{name}" <{address}>' for name, address in boxes)
    assert parse_addresses(text) == tuple(Mailbox(address, " ".join(name.split())) for name, address in boxes)


@pytest.mark.parametrize(
    "text",
    [
        "a@b.example",
        "<a@b.example>",
        "A B <a@b.example>, c@d.example",
        '"B, A" <a@b.example>, "x \\" y" <c@d.example>',
        "a@b.example (the boss), (nobody, really) c@d.example",
        '"a,b"@c.example',
        "A <a@[192.0.2.1]>",
    ],
)
def test_lists_are_read_as_the_standard_library_reads_them(text: str) -> None:
    ours = [(one.name, one.address) for one in parse_addresses(text)]
    theirs = [(" ".join(name.split()), address) for name, address in stdlib_addresses([text])]
    assert [address for _, address in ours] == [address for _, address in theirs]
    assert all(name in ("", other) for (name, _), (other, _) in zip(ours, theirs, strict=True))


def test_groups_count_by_their_members() -> None:
    text = "Team: a@b.example, B <b@b.example>;, c@d.example"
    assert [one.address for one in parse_addresses(text)] == ["a@b.example", "b@b.example", "c@d.example"]
    assert parse_addresses("undisclosed-recipients:;") == ()
    assert parse_addresses(" , ;") == ()


def test_local_names_are_refused_or_stand_for_somebody() -> None:
    with pytest.raises(ValueError, match="root: The @ is missing"):
        parse_addresses("root")
    assert parse_addresses("root, <www-data>, a@b.example", "admin@c.example") == (
        Mailbox("admin@c.example"),
        Mailbox("admin@c.example"),
        Mailbox("a@b.example"),
    )


@pytest.mark.parametrize(
    "text",
    [
        '"open <a@b.example>',
        "a@b.example (open",
        "A <a@b.example",
        "a@b.example>",
        "A a@b.example",
        "<>",
        "a b",
    ],
)
def test_what_is_no_list_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse_addresses(text)


@given(st.text('abc@<>()[],;:"\\ .é\r\n', max_size=60))
def test_any_list_ends_in_addresses_or_a_sentence(text: str) -> None:
    try:
        boxes = parse_addresses(text)
    except ValueError:
        return
    assert all(valid_address(one.address) == one.address for one in boxes)


def test_an_address_of_any_length_is_refused_at_once() -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="too long"):
        valid_address("a" + "\u0316\u0300" * 40_000 + "@example.com")
    assert time.process_time() - began < 1  # to normalise it would take ten seconds
