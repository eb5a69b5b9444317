"""The header Graph reads names exactly the envelope's recipients."""

import base64
import json
from email import message_from_bytes
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.message import Message
from console.transports.graph_json import json_form
from console.transports.graph_message import with_recipients
from tests.support.stdlib_addresses import stdlib_addresses


def message(content: bytes, *recipients: str, hidden: tuple[str, ...] = ()) -> Message:
    return Message("alerts@contoso.com", recipients, content, "s", "<1@x>", hidden)


def named(content: bytes) -> list[str]:
    mail = message_from_bytes(content)
    fields = [value for name in ("to", "cc", "bcc") for value in mail.get_all(name, [])]
    return [address for _, address in stdlib_addresses(fields) if address]


PLAIN = b"From: alerts@contoso.com\r\nTo: you@x.test\r\nSubject: s\r\n\r\nBody\r\n.\r\n"


def test_when_header_and_envelope_agree_no_octet_changes() -> None:
    assert with_recipients(message(PLAIN, "you@x.test")) == PLAIN


def test_upper_case_is_no_difference() -> None:
    assert with_recipients(message(PLAIN, "YOU@X.test")) == PLAIN


def test_hidden_recipients_become_bcc() -> None:
    content = with_recipients(
        message(PLAIN, "you@x.test", "a@x.test", "b@x.test", hidden=("a@x.test", "b@x.test"))
    )
    assert b"Bcc: a@x.test,\r\n b@x.test\r\n\r\nBody\r\n.\r\n" in content


def test_those_not_meant_get_no_copy_and_the_original_stays_readable() -> None:
    """Cron's ``To: root``, rewritten to the administrator."""
    raw = b'From: alerts@contoso.com\r\nTo: root,\r\n "Doe, J" <j@x.test>\r\n'
    raw += b"Cc: =?utf-8?q?G=C3=B6?= <g@x.test>\r\n\r\nx"
    content = with_recipients(message(raw, "admin@contoso.com", "g@x.test"))
    assert named(content) == ["g@x.test", "admin@contoso.com"]
    assert b'X-Original-To: root,\r\n "Doe, J" <j@x.test>\r\n' in content
    assert b"Cc: =?utf-8?q?G=C3=B6?= <g@x.test>\r\n" in content


def test_nobody_in_the_header_is_said_as_rfc_5322_does() -> None:
    content = with_recipients(message(b"To: root\r\n\r\nx", "admin@contoso.com"))
    assert b"\r\nTo: undisclosed-recipients:;\r\nBcc: admin@contoso.com\r\n\r\nx" in content


def test_part_of_a_field_is_kept_with_its_names() -> None:
    raw = b'To: "Doe, J" <j@x.test>, k@x.test\r\n\r\nx'
    content = with_recipients(message(raw, "j@x.test"))
    assert b'\r\nTo: "Doe, J" <j@x.test>\r\n' in content
    assert named(content) == ["j@x.test"]


@pytest.mark.parametrize(
    "field",
    [
        "c@x.test (the boss), (nobody, really) d@x.test",
        "c@x.test (open",
        "Team: c@x.test;",
        '"c@x.test',
        "c@x.test)d@x.test",
    ],
)
def test_a_field_read_in_more_than_one_way_names_nobody(field: str) -> None:
    """Python's own parser gives some of these up, by patch level; Exchange would send to all it finds."""
    content = with_recipients(message(f"To: {field}\r\n\r\nx".encode(), "a@x.test"))
    assert content.startswith(f"X-Original-To: {field}\r\n".encode())
    assert named(content) == ["a@x.test"]


def test_a_bcc_field_left_in_the_header_is_not_trusted() -> None:
    content = with_recipients(message(b"To: a@x.test\r\nBcc: evil@x.test\r\n\r\nx", "a@x.test"))
    assert named(content) == ["a@x.test"]


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n\r\n", b"Subject: s", b"Subject: s\r\n", b"To: ;;<>,@\r\n\r\n", b"\xff\r\n\r\n"]
)
def test_odd_contents_still_name_the_recipient(raw: bytes) -> None:
    assert "a@x.test" in named(with_recipients(message(raw, "a@x.test")))


@given(
    header=st.lists(
        st.sampled_from([b"To: a@x.test, b@x.test", b"Cc: c@x.test", b"X: y", b" folded", b"To:"])
    )
)
def test_the_header_always_names_the_envelope(header: list[bytes]) -> None:
    raw = b"From: z@x.test\r\n" + b"".join(line + b"\r\n" for line in header) + b"\r\nbody"
    content = with_recipients(message(raw, "a@x.test", "c@x.test", "d@x.test"))
    assert set(named(content)) == {"a@x.test", "c@x.test", "d@x.test"}
    assert content.endswith(b"\r\n\r\nbody")


def test_json_form_carries_what_it_can_and_says_what_not() -> None:
    mail = EmailMessage()
    mail["From"] = "Backup <alerts@contoso.com>"
    mail["To"] = "You <you@x.test>, other@x.test"
    mail["Reply-To"] = "help@x.test"
    mail["Subject"] = "Grüße"
    mail["X-Job"] = "7"
    mail.set_content("plain")
    mail.add_alternative("<b>html</b>", subtype="html")
    mail.add_attachment(b"\x00\x01", maintype="application", subtype="pdf", filename="a.pdf")
    form = json_form(message(mail.as_bytes(), "you@x.test", "bcc@x.test", hidden=("bcc@x.test",)))
    shape = json.loads(form.body)
    assert shape["saveToSentItems"] is False
    told = shape["message"]
    assert told["subject"] == "Grüße"
    assert told["body"]["contentType"] == "HTML"
    assert told["toRecipients"] == [{"emailAddress": {"address": "you@x.test", "name": "You"}}]
    assert told["bccRecipients"] == [{"emailAddress": {"address": "bcc@x.test"}}]
    assert told["from"]["emailAddress"]["address"] == "alerts@contoso.com"
    assert told["replyTo"][0]["emailAddress"]["address"] == "help@x.test"
    assert told["internetMessageHeaders"] == [{"name": "X-Job", "value": "7"}]
    (attachment,) = told["attachments"]
    assert (attachment["name"], base64.b64decode(attachment["contentBytes"])) == ("a.pdf", b"\x00\x01")
    assert any("plain text" in one for one in form.left_out)


MIXED = b"""\
From: alerts@contoso.com
To: you@x.test
Content-Type: multipart/mixed; boundary=X

--X
Content-Type: multipart/alternative; boundary=Y

--Y
Content-Type: text/plain

plain
--Y
Content-Type: text/html

<b>html</b>
--Y--
--X
Content-Type: message/rfc822

Subject: inner

inner text
--X
Content-Type: text/plain
Content-Disposition: attachment

notes
--X
Content-Type: text/plain

footer
--X--
"""


def test_json_form_loses_no_part() -> None:
    form = json_form(message(MIXED.replace(b"\n", b"\r\n"), "you@x.test"))
    told = json.loads(form.body)["message"]
    assert told["body"] == {"contentType": "HTML", "content": "<b>html</b>"}
    attached = {one["name"]: base64.b64decode(one["contentBytes"]) for one in told["attachments"]}
    assert [one["name"] for one in told["attachments"]] == ["attachment.eml", *["attachment.txt"] * 2]
    assert told["attachments"][0]["contentType"] == "message/rfc822"
    assert attached["attachment.eml"].replace(b"\r", b"") == b"Subject: inner\n\ninner text"
    texts = [base64.b64decode(one["contentBytes"]) for one in told["attachments"][1:]]
    assert texts == [b"notes", b"footer"]
    assert "the plain text beside the HTML is left out" in form.left_out


@pytest.mark.parametrize(
    "field", ["To: <", 'To: "', "To: a@[", "Reply-To: =?x?b?!!?= <", "From: (", "Content-Type: ;", "X-A: =?"]
)
def test_a_malformed_field_holds_no_mail_up(field: str) -> None:
    form = json_form(message(f"{field}\r\n\r\nBody".encode(), "you@x.test"))
    told = json.loads(form.body)["message"]
    assert told["bccRecipients"] == [{"emailAddress": {"address": "you@x.test"}}]
    assert told["body"]["content"] == "Body"
    assert "replyTo" not in told
