"""The sandbox's mailbox: what arrives can be read, by people as well, whatever is in it."""

from pathlib import Path

import pytest

from console.sandbox.mailbox import KEPT, Mailbox, ReceivedMail


def test_mails_are_kept_in_order_and_written_as_files(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mails")
    seen: list[ReceivedMail] = []
    mailbox.subscribe(seen.append)
    mailbox.deliver("a@b.example", ("c@d.example",), b"Subject: one\r\n\r\nfirst\r\n", user="a")
    mailbox.deliver("a@b.example", ("c@d.example",), b"Subject: two\r\n\r\nsecond\r\n", via="graph")
    first, second = mailbox.mails()
    assert (first.number, first.subject, first.text.strip(), first.user) == (1, "one", "first", "a")
    assert (second.number, second.via) == (2, "graph")
    assert second.file is not None
    assert second.file.read_bytes() == second.content
    assert seen == [first, second]


def test_hostile_content_is_printable() -> None:
    mailbox = Mailbox()
    mail = mailbox.deliver(
        "a@b.example", (), b"Subject: \x1b[2Jx =?utf-8?q?=1b]0;t=07?=\r\n\r\n\x1b]52;c;eA==\x07\xff"
    )
    assert mail.subject.isprintable()
    assert "\x1b" not in mail.text
    assert "\\x1b" in mail.text


def test_what_is_no_mail_can_still_be_looked_at() -> None:
    mailbox = Mailbox()
    for content in (b"", b"\x00\xff", b"Content-Type: text/plain; charset=nonsense\r\n\r\nhi"):
        mail = mailbox.deliver("a@b.example", (), content)
        assert isinstance(mail.subject, str)
        assert isinstance(mail.text, str)
    assert mailbox.mails()[-1].text == "hi"


def test_html_alone_is_shown() -> None:
    mail = Mailbox().deliver("a@b.example", (), b"Content-Type: text/html\r\n\r\n<b>bold</b>")
    assert "<b>bold</b>" in mail.text


def test_memory_is_bounded() -> None:
    mailbox = Mailbox()
    for _ in range(KEPT + 5):
        mailbox.deliver("a@b.example", (), b"")
    assert len(mailbox.mails()) == KEPT
    assert mailbox.mails()[-1].number == KEPT + 5


def test_waiting_ends_when_the_mail_is_there_or_in_time() -> None:
    mailbox = Mailbox()
    assert mailbox.wait_for(1, seconds=0.01) == ()
    mailbox.deliver("a@b.example", (), b"")
    assert len(mailbox.wait_for(1, seconds=5)) == 1


@pytest.mark.parametrize("value", ["<", "a@["])
def test_a_field_that_pythons_parser_chokes_on_is_shown_raw(value: str) -> None:
    mail = Mailbox().deliver("a@b.example", (), f"To: {value}\r\n\r\nbody\r\n".encode())
    assert mail.field("To") == value


@pytest.mark.parametrize("field", ["Subject: =?utf-8?b?=", "Content-Type: ;", "Content-Disposition: ;"])
def test_a_malformed_field_spoils_nothing_else(field: str) -> None:
    mail = Mailbox().deliver("a@b.example", (), f"{field}\r\nFrom: me\r\n\r\nbody\r\n".encode())
    assert (mail.field("From"), mail.attachments) == ("me", ())
    assert "body" in mail.text


def test_attachments_are_named() -> None:
    part = "--x\r\nContent-Type: {}\r\nContent-Disposition: attachment{}\r\n\r\nbytes\r\n"
    body = (
        part.format("text/csv", '; filename="report.csv"')
        + part.format("image/png", "; filename*=''%")
        + "--x--\r\n"
    )
    content = f"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{body}".encode()
    mail = Mailbox().deliver("a@b.example", (), content)
    assert mail.attachments[0] == "report.csv, text/csv"
    assert mail.attachments[1].endswith(", image/png")
