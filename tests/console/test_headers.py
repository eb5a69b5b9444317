"""Header fields: folded, encoded, and deaf to injection; read back by the standard library's parser."""

import email.policy
import re
import time
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from console.addresses import Mailbox
from console.headers import address_field, date_now, decoded_words, encoded_words, new_message_id, text_field
from console.message_model import HeaderError

LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)


def parsed(field: bytes) -> EmailMessage:
    return BytesParser(policy=email.policy.default).parsebytes(field + b"\r\n")


@given(LINES)
@effort(max_examples=200)
def test_any_line_of_text_comes_back_from_its_field(text: str) -> None:
    field = text_field("Subject", text)
    assert field.isascii()
    assert field.endswith(b"\r\n")
    assert all(
        len(line) <= 78 or b" " not in line[1:] or line.count(b" ") <= 2 for line in field.split(b"\r\n")
    )
    assert all(len(line) <= 998 for line in field.split(b"\r\n"))
    unfolded = field.decode().removeprefix("Subject:").replace("\r\n", "").strip()
    assert decoded_words(unfolded) == text.strip()


@pytest.mark.parametrize(
    "text", ["Grüße aus Köln", "東京" * 40, "plain", "=?utf-8?q?fake?=", "x" * 300, "a  b", "🎉" * 50]
)
def test_another_parser_reads_the_same(text: str) -> None:
    assert str(parsed(text_field("Subject", text))["subject"]) == text


@pytest.mark.parametrize(
    "bad", ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\0b", "a\x1b[2J", "a\u2028b", "a\x85b"]
)
def test_line_ends_and_controls_are_refused(bad: str) -> None:
    with pytest.raises(HeaderError) as caught:
        text_field("Subject", bad)
    assert caught.value.code == "local.header"
    with pytest.raises(HeaderError):
        address_field("To", [Mailbox("a@b.example", bad)])
    with pytest.raises(HeaderError):
        text_field("X-" + bad, "text")


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_smuggles_in_a_second_field(name: str, text: str) -> None:
    try:
        field = text_field(name, text)
    except HeaderError:
        return
    assert field.count(b"\r\n") == len(re.findall(rb"\r\n(?=[ \t]|$)", field))
    assert len(parsed(field).keys()) == 1


@given(LINES, st.sampled_from(["a@b.example", '"a b"@b.example', "jörg@b.example"]))
@effort(max_examples=150)
def test_any_name_stands_beside_its_address(name: str, address: str) -> None:
    field = address_field("To", [Mailbox(address, name), Mailbox("z@z.example")])
    assert all(len(line) <= 998 for line in field.split(b"\r\n"))
    unfolded = field.decode().replace("\r\n", "")
    assert unfolded.endswith((f"{address}>, z@z.example", f"{address}, z@z.example"))


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        "Ann B.",
        "B, Ann",
        'the "boss"',
        "back\\slash",
        "Jörg Müller",
        "a <b>",
        "=?utf-8?q?x?=",
        "東" * 12,
    ],
)
def test_names_are_read_by_another_parser(name: str) -> None:
    (box,) = parsed(address_field("From", [Mailbox("a@b.example", name)]))["from"].addresses
    assert (box.display_name, box.addr_spec) == (name, "a@b.example")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_encoded_words_are_short_and_whole(text: str) -> None:
    words = encoded_words(text, 20)
    assert all(len(word) <= 75 for word in words)
    assert decoded_words(" ".join(words)) == text
    assert "".join(decoded_words(word) for word in words) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?UTF-8?B?R3LDvMOfZQ==?= und =?utf-8?q?mehr?=", "Grüße und mehr"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?no-such-charset?q?a?=", "=?no-such-charset?q?a?="),
        ("=?utf-8?b?!?=", ""),
        ("=?rot13?q?a?=", "=?rot13?q?a?="),
        ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
    ],
)
def test_foreign_encoded_words(text: str, shown: str) -> None:
    assert decoded_words(text) == shown


def test_date_and_message_id_are_well_formed() -> None:
    message = parsed(f"Date: {date_now()}\r\nMessage-ID: {new_message_id('a@b.example')}\r\n".encode())
    assert message["date"].datetime.tzinfo is not None
    assert abs(message["date"].datetime.timestamp() - time.time()) < 5
    assert re.fullmatch(r"<[a-f0-9.]+@b\.example>", message["message-id"])
    assert new_message_id("a@b.example") != new_message_id("a@b.example")
