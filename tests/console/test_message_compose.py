"""Composing: what another program's parser reads is what was filled in, in lines every server takes."""

import email.policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from console.appliance import Profile
from console.message import (
    AddressError,
    AttachmentError,
    Draft,
    HeaderError,
    Message,
    NoRecipientError,
    NoSenderError,
    compose,
)
from console.message import test_message as make_test_message
from console.settings.model import Settings, TransportName

SETTINGS = Settings().with_values(
    {"mail.enabled": True, "mail.sender": "alerts@example.com", "mail.sender_name": "Backup, Ltd."}
)


def parsed(message: Message) -> EmailMessage:
    assert message.content.isascii()
    lines = message.content.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert b"\n" not in b"".join(lines)
    assert b"\r" not in b"".join(lines)
    read = BytesParser(policy=email.policy.default).parsebytes(message.content)
    assert not [part.defects for part in read.walk() if part.defects]
    return read


def text_of(read: EmailMessage, kind: str = "plain") -> str:
    body = read.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_everything_filled_in_arrives(tmp_path: Path) -> None:
    (tmp_path / "Bericht ü.pdf").write_bytes(b"%PDF\0\xff")
    (tmp_path / "log.tar.gz").write_bytes(b"\x1f\x8b")
    (tmp_path / "old.eml").write_bytes(b"Subject: x\n\ny\n")
    draft = Draft(
        to=("Jörg <j@bücher.example>, b@c.example",),
        cc=("c@c.example",),
        bcc=("hidden@x.example", "b@c.example"),
        subject="Sicherung fehlgeschlagen: Gerät 7",
        text="Grüße\n.\nFrom here\n",
        html="<p>Grüße</p>",
        reply_to="Help <help@example.com>",
        attachments=(tmp_path / "Bericht ü.pdf", tmp_path / "log.tar.gz", tmp_path / "old.eml"),
        headers=(("X-Priority", "1"), ("References", "<a@b.example>")),
    )
    message = compose(draft, SETTINGS)
    read = parsed(message)
    assert message.sender == "alerts@example.com"
    assert message.recipients == ("j@xn--bcher-kva.example", "b@c.example", "c@c.example", "hidden@x.example")
    assert message.hidden == ("hidden@x.example",)
    assert b"hidden@" not in message.content
    assert "bcc" not in read
    assert read["from"].addresses[0].display_name == "Backup, Ltd."
    assert [one.addr_spec for one in read["to"].addresses] == ["j@xn--bcher-kva.example", "b@c.example"]
    assert read["reply-to"].addresses[0].addr_spec == "help@example.com"
    assert read["subject"] == draft.subject == message.subject
    assert read["message-id"] == message.message_id
    assert read["message-id"].endswith("@example.com>")
    assert read["auto-submitted"] == "auto-generated"
    assert read["mime-version"] == "1.0"
    assert read["date"].datetime.tzinfo is not None
    assert (read["x-priority"], read["references"]) == ("1", "<a@b.example>")
    assert text_of(read) == draft.text
    assert text_of(read, "html").rstrip() == draft.html
    files = list(read.iter_attachments())
    assert [one.get_content_type() for one in files] == [
        "application/pdf",
        "application/gzip",
        "application/octet-stream",
    ]
    assert files[0].get_payload(decode=True) == b"%PDF\0\xff"
    assert [one.get_filename() for one in files][1:] == ["log.tar.gz", "old.eml"]
    assert b"filename*=utf-8''Bericht%20%C3%BC.pdf" in message.content
    assert not message.needs_smtputf8
    assert not message.needs_8bitmime


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
@effort(max_examples=200)
def test_any_text_arrives_as_it_was(text: str) -> None:
    read = parsed(compose(Draft(to=("a@b.example",), text=text), SETTINGS))
    raw = read.get_payload(decode=True)
    assert isinstance(raw, bytes)
    sent = text.replace("\r\n", "\n").replace("\r", "\n")
    assert raw.decode().replace("\r\n", "\n") == (sent + "\n" if sent and not sent.endswith("\n") else sent)


@pytest.mark.parametrize(
    "text", ["x" * 5000, "ö" * 5000, "東京" * 3000, "a\0b", "tail  \n\tx\n", "\x1b[2J", "\ud800lone"]
)
def test_awkward_texts_keep_to_short_lines(text: str) -> None:
    read = parsed(compose(Draft(to=("a@b.example",), text=text, html=text), SETTINGS))
    assert text_of(read).rstrip("\n") == text.replace("\ud800", "?").rstrip("\n")


@given(
    st.fixed_dictionaries(
        {
            "subject": st.text(max_size=40),
            "reply_to": st.text(max_size=30),
            "name": st.text(max_size=20),
            "value": st.text(max_size=40),
            "to": st.text(max_size=40),
        }
    )
)
@effort(max_examples=300)
def test_no_text_smuggles_in_a_field_or_a_recipient(typed: dict[str, str]) -> None:
    draft = Draft(
        to=("a@b.example", typed["to"]),
        subject=typed["subject"],
        reply_to=typed["reply_to"],
        headers=((typed["name"], typed["value"]),),
    )
    try:
        message = compose(draft, SETTINGS)
    except (HeaderError, AddressError):
        return
    read = BytesParser(policy=email.policy.compat32).parsebytes(message.content)
    known = {"from", "to", "subject", "date", "message-id", "mime-version", "auto-submitted", "reply-to"}
    known |= {"content-type", "content-transfer-encoding", typed["name"].lower()}
    assert {name.lower() for name in read} <= known


@pytest.mark.parametrize(
    "draft",
    [
        Draft(to=("a@b.example",), subject="x\r\nBcc: evil@x.example"),
        Draft(to=("a@b.example\r\nBcc: evil@x.example",)),
        Draft(to=('"x\r\nBcc: evil@x.example" <a@b.example>',)),
        Draft(to=("a@b.example",), reply_to="a@b.example\nX: y"),
        Draft(to=("a@b.example",), headers=(("X-A", "b\nBcc: evil@x.example"),)),
        Draft(to=("a@b.example",), headers=(("X-A: y\nBcc", "evil@x.example"),)),
        Draft(to=("a@b.example",), headers=(("Bcc", "evil@x.example"),)),
        Draft(to=("a@b.example",), headers=(("Content-Type", "text/html"),)),
        Draft(to=("a@b.example",), headers=(("From", "ceo@example.com"),)),
    ],
)
def test_injection_is_refused(draft: Draft) -> None:
    with pytest.raises(HeaderError):
        compose(draft, SETTINGS)


def test_a_file_name_breaks_no_header(tmp_path: Path) -> None:
    name = 'a"\r\nBcc: x@y.example;\x1b[2J.txt'
    (tmp_path / name).write_text("x")
    (one,) = parsed(
        compose(Draft(to=("a@b.example",), attachments=(tmp_path / name,)), SETTINGS)
    ).iter_attachments()
    assert one.keys() == ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSenderError) as no_sender:
        compose(Draft(to=("a@b.example",)), Settings())
    with pytest.raises(NoRecipientError) as no_recipient:
        compose(Draft(to=("",)), SETTINGS)
    with pytest.raises(AddressError, match="Cc: nobody: The @ is missing"):
        compose(Draft(to=("a@b.example",), cc=("nobody",)), SETTINGS)
    for path, what in ((tmp_path / "no", "not there"), (tmp_path, "not an ordinary file")):
        with pytest.raises(AttachmentError, match=what):
            compose(Draft(to=("a@b.example",), attachments=(path,)), SETTINGS)
    with pytest.raises(AttachmentError) as no_file:
        compose(Draft(to=("a@b.example",), attachments=(tmp_path,)), SETTINGS)
    assert "Move it away" not in no_file.value.fix
    assert (no_sender.value.code, no_recipient.value.code) == ("local.no-sender", "local.no-recipient")


def test_only_html_is_only_html_and_bcc_alone_is_enough() -> None:
    message = compose(Draft(to=(), bcc=("a@b.example",), html="<b>x</b>"), SETTINGS)
    assert parsed(message).get_content_type() == "text/html"
    assert message.hidden == message.recipients == ("a@b.example",)


def test_an_own_auto_submitted_stays_alone() -> None:
    message = compose(Draft(to=("a@b.example",), headers=(("Auto-Submitted", "no"),)), SETTINGS)
    assert parsed(message).get_all("auto-submitted") == ["no"]


def test_an_international_local_part_needs_smtputf8_and_a_domain_does_not() -> None:
    assert compose(Draft(to=("jörg@b.example",)), SETTINGS).needs_smtputf8
    assert not compose(Draft(to=("j@bücher.example",)), SETTINGS).needs_smtputf8


def test_an_address_with_an_octet_that_is_no_utf_8_goes_to_nobody_else() -> None:
    with pytest.raises(AddressError, match="no UTF-8"):
        compose(Draft(to=("a\udcff@b.example",), subject="", text=""), SETTINGS)


def test_the_test_mail_says_who_how_and_when() -> None:
    settings = SETTINGS.with_values({"mail.transport": TransportName.GRAPH_APP})
    message = make_test_message(settings, Profile(product="Acme Mail", host="acme-7"), " admin@example.com ")
    text = text_of(parsed(message))
    assert message.subject == "Test mail from acme-7"
    assert message.recipients == ("admin@example.com",)
    for part in ("acme-7 (Acme Mail)", "Exchange Online (Graph API, app)", "UTC", "alerts@example.com"):
        assert part in text


def test_composing_imports_no_email_package() -> None:
    from tests.support.children import run_python

    program = """
import sys
from console.message import Draft, compose, pass_through
from console.settings.model import Settings
compose(Draft(to=("a@b.example",), text="x"), Settings().with_values({"mail.sender": "a@b.example"}))
pass_through(b"Subject: x\\n\\ny", ["a@b.example"], "a@b.example", from_header=False)
print([one for one in sys.modules if one.split(".")[0] in ("email", "mimetypes", "yaml", "ssl", "smtplib")])
"""
    assert run_python(program) == "[]\n"
