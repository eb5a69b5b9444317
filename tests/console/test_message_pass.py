"""Passing on what other programs wrote: completed where it lacks, untouched elsewhere."""

import email
import email.policy
import quopri
import re
import time

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from console.errors import MessageError
from console.headers import decoded_words
from console.message import AddressError, Message, NoRecipientError, NoSenderError, pass_through

WHOLE = (
    b"From: a@b.example\r\nTo: B <b@c.example>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@b.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nbody \xff\r\n.\r\n"
)


def passed(raw: bytes, *recipients: str, from_header: bool = False, local_user: str = "") -> Message:
    return pass_through(raw, recipients, "alerts@example.com", from_header=from_header, local_user=local_user)


def test_a_whole_message_stays_as_it_is_to_the_octet() -> None:
    message = passed(WHOLE, "b@c.example")
    assert message.content == WHOLE
    assert message.subject == "Grüße"
    assert message.message_id == "<1@b.example>"
    assert message.sender == "alerts@example.com"
    assert message.hidden == ()
    assert message.needs_8bitmime


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_line_ends_become_crlf(end: bytes) -> None:
    assert passed(WHOLE.replace(b"\r\n", end), "b@c.example").content == WHOLE


def test_recipients_come_from_the_header_and_bcc_is_taken_out() -> None:
    raw = (
        b"From: a@b.example\nTo: b@c.example,\n  C <c@c.example>\nCc: d@c.example\n"
        b"BCC: e@c.example,\n\tf@c.example\nSubject: x\n\ny\n"
    )
    message = passed(raw, "g@c.example", from_header=True)
    assert sorted(message.recipients) == [f"{one}@c.example" for one in "bcdefg"]
    assert sorted(message.hidden) == [f"{one}@c.example" for one in "efg"]
    assert b"bcc" not in message.content.lower()
    assert b"e@c.example" not in message.content
    assert b"f@c.example" not in message.content
    assert b"To: b@c.example,\r\n  C <c@c.example>\r\n" in message.content


def test_a_byte_order_mark_does_not_make_the_header_body() -> None:
    message = passed(b"\xef\xbb\xbfBcc: hidden@y.example\nTo: b@c.example\n\nx", "b@c.example")
    assert b"hidden" not in message.content
    assert message.content.endswith(b"To: b@c.example\r\n\r\nx")


def test_the_header_is_not_asked_when_recipients_are_given() -> None:
    message = passed(b"To: not an address, x@y.example\nBcc: z@y.example\n\nx", "b@c.example")
    assert message.recipients == message.hidden == ("b@c.example",)
    assert b"z@y.example" not in message.content


def test_what_is_missing_is_added_and_only_that() -> None:
    message = passed(b"Subject: x\n\nbody\n", "b@c.example")
    header, _, body = message.content.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in header.split(b"\r\n")]
    assert sorted(names) == [b"Date", b"From", b"Message-ID", b"Subject"]
    assert b"From: alerts@example.com" in header
    assert message.message_id.encode() in header
    assert body == b"body\r\n"


@pytest.mark.parametrize("raw", [b"just text\nmore: text\n", b"\njust text\nmore: text\n", b" indented\n"])
def test_text_without_a_header_is_all_body(raw: bytes) -> None:
    body = passed(raw, "b@c.example").content.partition(b"\r\n\r\n")[2]
    assert body == raw.lstrip(b"\n").replace(b"\n", b"\r\n")


def test_a_header_that_runs_into_its_body_loses_nothing() -> None:
    message = passed(b"Subject: x\nthis is no field\n\nbody\n", "b@c.example")
    assert message.content.endswith(b"Subject: x\r\n\r\nthis is no field\r\n\r\nbody\r\n")


def test_an_mbox_line_is_dropped_and_a_header_without_end_is_whole() -> None:
    message = passed(b"From root Mon Nov  2 10:00:00 2026\nSubject: x", "b@c.example")
    assert b"From root" not in message.content
    assert message.subject == "x"
    assert message.content.endswith(b"Subject: x\r\n\r\n")


def test_crons_local_author_keeps_the_name_and_gets_the_senders_address() -> None:
    message = passed(
        b"From: root (Cron Daemon)\nTo: root\n\nx", from_header=True, local_user="admin@b.example"
    )
    assert b"From: root Cron Daemon <alerts@example.com>\r\n" in message.content
    assert message.recipients == ("admin@b.example",)
    with pytest.raises(AddressError, match="root"):
        passed(b"To: root\n\nx", from_header=True)
    assert passed(b"x", "root", local_user="admin@b.example").recipients == ("admin@b.example",)


def test_only_the_newest_resent_fields_name_recipients() -> None:
    raw = (
        b"Resent-To: new@c.example\nResent-Bcc: dark@c.example\nResent-From: r@c.example\n"
        b"Resent-To: old@c.example\nTo: first@c.example\nFrom: a@b.example\n\nx"
    )
    message = passed(raw, from_header=True)
    assert message.recipients == ("new@c.example", "dark@c.example")
    assert message.hidden == ("dark@c.example",)
    assert b"dark@" not in message.content
    assert b"Resent-From: r@c.example" in message.content


def test_a_long_line_of_plain_text_is_encoded_without_loss() -> None:
    line = "ü".encode() * 700
    message = passed(b"Subject: x\nContent-Transfer-Encoding: 8bit\n\nshort\n" + line + b"\n", "b@c.example")
    header, _, body = message.content.partition(b"\r\n\r\n")
    assert max(map(len, message.content.split(b"\r\n"))) <= 998
    assert header.count(b"Content-Transfer-Encoding") == 1
    assert b"MIME-Version: 1.0" in header
    if b"quoted-printable" in header:
        decoded = quopri.decodestring(body)
    else:
        import base64

        decoded = base64.b64decode(body)
    assert decoded == b"short\r\n" + line + b"\r\n"


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"DKIM-Signature: v=1\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"Content-Type: message/partial\n",
    ],
)
def test_long_lines_that_cannot_be_encoded_are_refused(header: bytes) -> None:
    with pytest.raises(MessageError, match="998"):
        passed(header + b"\n" + b"x" * 999, "b@c.example")
    assert passed(header + b"\n" + b"x" * 998, "b@c.example").content.endswith(b"x" * 998)


def test_a_page_in_one_line_beside_its_text_is_sent_as_php_and_reports_make_it() -> None:
    page = "<p>" + "Größe " * 400 + "</p>"
    raw = (
        "To: b@c.example\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b1\n\n"
        "--b1\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGröße\n"
        f"--b1\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{page}\n--b1--\n"
    )
    message = passed(raw.encode(), from_header=True)
    assert max(map(len, message.content.split(b"\r\n"))) <= 998
    read = email.message_from_bytes(message.content, policy=email.policy.default)
    text, html = read.iter_parts()
    assert "Größe".encode() in message.content, "a part that can go stays as it is"
    assert [text.get_content().strip(), html.get_content().strip()] == ["Größe", page]


def test_a_long_header_line_is_refused() -> None:
    with pytest.raises(MessageError, match="Subject"):
        passed(b"Subject: " + b"x" * 1000 + b"\n\nx", "b@c.example")


def test_nul_and_missing_parts_are_refused() -> None:
    with pytest.raises(MessageError, match="NUL"):
        passed(b"Subject: x\n\na\0b", "b@c.example")
    with pytest.raises(NoRecipientError):
        passed(b"Subject: x\n\nx", from_header=True)
    with pytest.raises(NoSenderError):
        pass_through(b"x", ["b@c.example"], "", from_header=False)
    with pytest.raises(AddressError):
        pass_through(b"x", ["b@c.example\r\nRCPT TO:<x@y.example>"], "a@b.example", from_header=False)


def test_hostile_subjects_are_shown_printable_and_bounded() -> None:
    raw = b"Subject: =?utf-8?q?=1B[2J?= \xff " + b"y" * 900 + b"\n\nx"
    subject = passed(raw, "b@c.example").subject
    assert "\x1b" not in subject
    assert len(subject) < 340


def test_a_header_of_a_hundred_thousand_lines_takes_no_square_of_time() -> None:
    began = time.monotonic()
    passed(b"Subject: a\n" + b" b\n" * 100_000 + b"\nx", "b@c.example")
    assert time.monotonic() - began < 2


FIELDS = st.sampled_from(
    [b"Bcc: h@x.example", b"bcc : h@x.example", b"To: a@b.example", b"Subject: x", b"X: y", b" more", b""]
)


@given(
    st.lists(st.one_of(FIELDS, st.binary(max_size=30)), max_size=8), st.sampled_from([b"\n", b"\r\n", b"\r"])
)
@effort(max_examples=300)
def test_whatever_comes_the_result_is_a_message(lines: list[bytes], end: bytes) -> None:
    raw = end.join(lines)
    try:
        message = passed(raw, "b@c.example")
    except MessageError:
        return
    header, gap, _ = message.content.partition(b"\r\n\r\n")
    assert gap
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message.content)
    assert not re.search(rb"(?mi)^bcc[ \t]*:", header)
    for name in (b"date", b"from", b"message-id"):
        assert len(re.findall(rb"(?mi)^" + name + rb"[ \t]*:", header)) >= 1


@given(st.binary(max_size=200))
def test_passing_on_twice_changes_nothing_more(raw: bytes) -> None:
    try:
        once = passed(raw, "b@c.example")
    except MessageError:
        return
    assert passed(once.content, "b@c.example").content == once.content


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_raw_8_bit_header_fields_are_encoded_so_that_any_server_takes_the_mail(charset: str) -> None:
    raw = "To: Jürgen <j@c.example>\nSubject: Größe\n über alles\nX-Host: Küche\n\nx".encode(charset)
    message = passed(raw, from_header=True)
    assert not message.needs_smtputf8
    header = message.content.partition(b"\r\n\r\n")[0].decode("ascii")
    assert "To: =?utf-8?q?J=C3=BCrgen?= <j@c.example>\r\n" in header
    assert decoded_words(header.partition("Subject: ")[2].partition("\r\n")[0]) == "Größe über alles"
    assert decoded_words(header.partition("X-Host: ")[2].partition("\r\n")[0]) == "Küche"
    assert message.subject == "Größe über alles"


def test_encoded_words_beside_raw_text_are_not_encoded_twice() -> None:
    raw = "To: =?utf-8?q?J=C3=BC?= ü <j@bücher.example>\nSubject: =?utf-8?q?a?= ü\n\nx".encode()
    message = passed(raw, from_header=True)
    assert message.recipients == ("j@xn--bcher-kva.example",)
    header = message.content.partition(b"\r\n\r\n")[0].decode("ascii")
    assert decoded_words(header.partition("To: ")[2].partition(" <")[0]) == "Jü ü"
    assert message.subject == "a ü"


@pytest.mark.parametrize(
    "field",
    [
        "To: jürgen@c.example",  # the address itself needs SMTPUTF8
        "Reply-To: ü (never closed",
        "Subject: ü \x1b[31m",
        'Content-Disposition: attachment; filename="ü"',
        "DKIM-Signature: v=1\r\nSubject: ü",  # a signed header must not change
    ],
)
def test_8_bit_fields_stay_as_they_came_where_encoding_would_change_them(field: str) -> None:
    message = passed(f"{field}\r\n\r\nx".encode(), "b@c.example")
    assert f"{field}\r\n".encode() in message.content
    assert message.needs_smtputf8


def test_an_address_that_cannot_be_read_is_nobodys() -> None:
    with pytest.raises(AddressError, match="no UTF-8"):
        passed(b"To: j\xfcrgen@c.example\n\nx", from_header=True)


def test_a_header_line_that_is_too_long_is_folded_at_its_blanks() -> None:
    everybody = [f"r{number}@c.example" for number in range(300)]
    message = passed(f"To: {', '.join(everybody)}\nSubject: {'word ' * 300}\n\nx".encode(), from_header=True)
    assert message.recipients == tuple(everybody)
    header = message.content.partition(b"\r\n\r\n")[0]
    assert max(map(len, header.split(b"\r\n"))) <= 78
    assert header.count(b"\r\nTo: ") == header.count(b"\r\nSubject: word word") == 1
    assert not re.search(rb"\r\n[ \t]*\r\n", header)
    assert passed(message.content, from_header=True).recipients == tuple(everybody)


def test_a_signed_header_line_that_is_too_long_is_refused() -> None:
    raw = f"DKIM-Signature: v=1\nTo: {'a@b.example, ' * 100}\n\nx".encode()
    with pytest.raises(MessageError, match="field To has a line"):
        passed(raw, "b@c.example")


def test_a_long_line_of_blanks_neither_ends_the_header_nor_takes_the_square_of_its_length() -> None:
    blanks = " " * 100_000
    began = time.process_time()
    message = passed(f"Subject: a{blanks}\n{blanks}\n b\nX-Next: c\n\nx".encode(), "b@c.example")
    assert time.process_time() - began < 2
    header = message.content.partition(b"\r\n\r\n")[0]
    assert header.endswith(b"Subject: a\r\n b\r\nX-Next: c")
    assert b"\n" not in header.replace(b"\r\n", b"")
