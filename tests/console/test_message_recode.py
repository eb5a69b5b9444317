"""Messages encoded anew: they say the same, and what must not be touched is not."""

import base64
import email
import email.policy
import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.message_recode import in_seven_bits, in_short_lines

HEADER = b"Subject: x\r\nMIME-Version: 1.0\r\n"
LATIN = b'Content-Type: text/plain; charset="iso-8859-1"\r\nContent-Transfer-Encoding: 8bit\r\n'


def recoded(content: bytes) -> EmailMessage:
    """Return a message encoded, as the standard library reads it."""
    encoded = in_seven_bits(content)
    assert encoded is not None
    assert encoded.isascii()
    assert encoded.replace(b"\r\n", b"").count(b"\n") == encoded.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, encoded.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(encoded, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not [part.defects for part in message.walk() if part.defects]
    return message


def text_of(part: object) -> str:
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("text", ["Grüße\r\n. =20 \r\n", "☃" * 500 + "\r\n", "ohne Ende ü"])
def test_a_text_says_the_same(text: str) -> None:
    message = recoded(HEADER + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode())
    assert text_of(message).rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")
    assert message["subject"] == "x"


def test_the_encoding_it_had_is_replaced_and_its_charset_kept() -> None:
    message = recoded(HEADER + LATIN + b"\r\nGr\xfc\xdfe\r\n")
    assert text_of(message) == "Grüße\n"
    assert len(message.get_all("content-transfer-encoding", [])) == 1


@pytest.mark.parametrize(("raw", "text"), [("Grüße".encode(), "Grüße\n"), (b"Gr\xfc\xdfe", "Grüße\n")])
def test_a_text_without_type_gets_the_one_it_seems_to_have(raw: bytes, text: str) -> None:
    message = recoded(b"Subject: x\r\n\r\n" + raw + b"\r\n")
    assert text_of(message) == text
    assert message["mime-version"] == "1.0"


def mixed(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    head = HEADER + b"Content-Type: multipart/" + kind + b';\r\n boundary="b.1?"\r\n'
    head += b"Content-Transfer-Encoding: 8bit\r\n\r\nfor old programs\r\n--b.1?\r\n"
    return head + b"\r\n--b.1?\r\n".join(parts) + b"\r\n--b.1?--\r\nafter\r\n"


def test_of_several_parts_those_with_8_bit_are_encoded() -> None:
    plain = b"Content-Type: text/plain\r\n\r\nas it was = =20"
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n\xc3\xa4"
    binary = b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\r\n\xff"
    content = mixed(plain, LATIN + b"\r\n\xe4", "\r\nä".encode(), inner, binary)
    message = recoded(content)
    assert plain in (in_seven_bits(content) or b"")
    assert message["content-transfer-encoding"] == "7bit"
    first, latin, bare, attached, picture = message.iter_parts()
    assert text_of(first) == "as it was = =20"
    assert (text_of(latin), text_of(bare)) == ("ä", "ä")
    forwarded = attached.get_content()
    assert isinstance(forwarded, EmailMessage)
    assert (forwarded["subject"], text_of(forwarded)) == ("inner", "ä")
    assert picture.get_content() == b"\x89PNG\r\n\xff"


def test_seven_bits_stay_as_they_are() -> None:
    assert in_seven_bits(HEADER + b"\r\nx\r\n") == HEADER + b"\r\nx\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"DKIM-Signature: v=1\r\n\r\n\xff",
        mixed(b"\r\n\xff", kind=b"signed"),
        mixed(b"Subject: x\r\n\r\n\xff", kind=b"digest"),
        mixed(b"Subject: \xff\r\n\r\nx"),
        mixed(b"\r\nx").replace(b"old", b"\xff"),
        HEADER + b"Content-Type: multipart/mixed\r\n\r\n\xff",
        HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xff",
        HEADER + b"Content-Transfer-Encoding: base64\r\n\r\n\xff",
        HEADER + b"Content-Type: message/delivery-status\r\n\r\n\xff",
        b"Subject: \xff\r\n\r\nx",
        (HEADER + b"Content-Type: message/rfc822\r\n\r\n") * 100 + b"\xff",
    ],
)
def test_what_would_break_is_left_alone(content: bytes) -> None:
    assert in_seven_bits(content) is None


@given(
    st.lists(
        st.sampled_from([b"--b", b"--b--", b"\r\n", b"\xff", b"Content-Type: text/plain", b"a: b", b" "])
    )
)
def test_whatever_comes_it_is_seven_bits_or_nothing(pieces: list[bytes]) -> None:
    head = HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    encoded = in_seven_bits(head + b"".join(pieces))
    assert encoded is None or encoded.isascii()


def shortened(content: bytes) -> EmailMessage:
    """Return a message without long lines, as the standard library reads it."""
    encoded = in_short_lines(content)
    assert encoded is not None
    assert max(map(len, encoded.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(encoded, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not [part.defects for part in message.walk() if part.defects]
    return message


def test_base64_in_one_line_is_broken_into_lines() -> None:
    octets = bytes(range(256)) * 20
    part = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    message = shortened(mixed(b"\r\nshort", part + base64.b64encode(octets)))
    assert [one.get_content() for one in message.iter_parts()] == ["short", octets]


@pytest.mark.parametrize("body", [b"no base64!" * 100, b"\xfc" * 999, b"=" * 999])
def test_what_only_says_that_it_is_base64_stays(body: bytes) -> None:
    assert in_short_lines(HEADER + b"Content-Transfer-Encoding: base64\r\n\r\n" + body) is None


def test_a_part_that_can_go_stays_as_it_is_and_so_does_what_says_eight_bits() -> None:
    content = mixed(LATIN + b"\r\nGr\xfc\xdfe", b"Content-Type: text/plain\r\n\r\n" + b"x" * 999)
    encoded = in_short_lines(content)
    assert encoded is not None
    assert LATIN + b"\r\nGr\xfc\xdfe\r\n" in encoded
    assert b"Content-Transfer-Encoding: 8bit\r\n\r\nfor old programs" in encoded
    assert [text_of(one).strip() for one in shortened(content).iter_parts()] == ["Grüße", "x" * 999]


def test_octets_in_a_long_line_come_out_the_same() -> None:
    message = shortened(HEADER + b"Content-Type: application/octet-stream\r\n\r\n" + b"\xff\x00" * 600)
    assert message.get_content() == b"\xff\x00" * 600


def test_a_long_line_in_a_header_cannot_be_mended_here() -> None:
    assert in_short_lines(b"Subject: " + b"x" * 999 + b"\r\n\r\nbody") is None
    assert in_short_lines(mixed(b"X-Long: " + b"x" * 999 + b"\r\n\r\nbody")) is None


def test_lines_just_short_enough_take_no_multiple_of_time() -> None:
    body = (b"x" * 900 + b"\r\n") * 5000
    began = time.process_time()
    assert in_short_lines(mixed(b"\r\n" + body, b"\r\n" + b"x" * 999)) is not None
    assert time.process_time() - began < 2


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=40), max_size=4))
def test_any_long_text_says_the_same(words: list[str]) -> None:
    text = "".join(f"{word * 60}\n" for word in words) + "x" * 999 + "\n"
    raw = text.replace("\n", "\r\n").encode()
    message = shortened(HEADER + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + raw)
    assert text_of(message) == text
