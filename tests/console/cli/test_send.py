"""``send``: composed or whole messages through a real server; silent when all went well."""

from pathlib import Path

import pytest

from tests.console.cli.conftest import Appliance
from tests.support.cli import COMMAND, run_cli
from tests.support.terminal import Terminal


def test_a_mail_from_a_pipe_arrives_and_nothing_is_said(appliance: Appliance) -> None:
    ended = appliance.cli("send", "-s", "Grüße", "ops@contoso.com", stdin="body äöü\n")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    (mail,) = appliance.world.mailbox.mails()
    assert mail.subject == "Grüße"
    assert "body äöü" in mail.text
    assert mail.recipients == ("ops@contoso.com",)
    assert mail.sender == "alerts@contoso.com"


def test_a_mail_that_was_sent_but_not_recorded_is_not_passed_over_in_silence(
    appliance: Appliance, root: Path
) -> None:
    log = root / "var/log/mail-console"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("in the way")
    ended = appliance.cli("send", "ops@contoso.com", stdin="body")
    assert ended.code == 0
    assert "the send log could not be written" in ended.err
    assert len(appliance.world.mailbox.mails()) == 1


def test_everything_one_can_say_about_a_mail(appliance: Appliance, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes("caf\xe9".encode("latin-1"))
    (tmp_path / "page").write_text("<p>html</p>")
    (tmp_path / "report.csv").write_text("a,b\n")
    ended = appliance.cli(
        "send", "--to", "a@contoso.com", "--cc", "b@contoso.com", "--bcc", "hidden@contoso.com",
        "--reply-to", "help@contoso.com", "--subject", "All", "--text", tmp_path / "text",
        "--html", tmp_path / "page", "--attach", tmp_path / "report.csv", "--header", "X-Job: nightly",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    (mail,) = appliance.world.mailbox.mails()
    assert mail.recipients == ("a@contoso.com", "b@contoso.com", "hidden@contoso.com")
    message = mail.message
    assert "hidden@contoso.com" not in mail.content.decode()
    assert message["Reply-To"] == "help@contoso.com"
    assert message["X-Job"] == "nightly"
    assert "café" in mail.text
    assert [one.get_filename() for one in message.iter_attachments()] == ["report.csv"]


def test_a_whole_message_with_recipients_from_its_header(appliance: Appliance) -> None:
    raw = "To: a@contoso.com\nBcc: b@contoso.com\nSubject: Cron\n\nline\n.\nend\n"
    ended = appliance.cli("send", "-t", stdin=raw)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    (mail,) = appliance.world.mailbox.mails()
    assert mail.recipients == ("a@contoso.com", "b@contoso.com")
    assert b"Bcc" not in mail.content
    assert b"\r\n.\r\nend\r\n" in mail.content


def test_a_whole_message_with_recipients_from_the_command_line(appliance: Appliance) -> None:
    ended = appliance.cli("send", "--raw", "x@contoso.com", stdin="To: list@contoso.com\nSubject: s\n\nb\n")
    assert ended.code == 0, ended.err
    assert appliance.world.mailbox.mails()[0].recipients == ("x@contoso.com",)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no recipient"),
        (["--raw"], "no recipient"),
        (["-t", "-s", "x"], "exclude each other"),
        (["--raw", "--text", "message.eml", "a@contoso.com"], "--text and a whole message"),
        (["--text", "", "a@contoso.com"], "--text: the file's name is empty"),
        (["--html", "", "a@contoso.com"], "--html: the file's name is empty"),
        (["--attach", "", "a@contoso.com"], "--attach: the file's name is empty"),
        (["--header", "novalue", "a@contoso.com"], "NAME: VALUE"),
    ],
)
def test_what_makes_no_sense_is_refused(appliance: Appliance, arguments: list[str], words: str) -> None:
    ended = appliance.cli("send", *arguments, stdin="text")
    assert (ended.code, words in ended.err) == (2, True)
    assert appliance.world.mailbox.mails() == ()


@pytest.mark.parametrize("subject", ["a\nBcc: evil@example.com", "a\r\nX: y"])
def test_a_header_cannot_be_smuggled_in(appliance: Appliance, subject: str) -> None:
    ended = appliance.cli("send", "-s", subject, "a@contoso.com", stdin="text")
    assert ended.code == 65
    assert appliance.world.mailbox.mails() == ()


def test_a_file_that_is_not_there(appliance: Appliance) -> None:
    ended = appliance.cli("send", "--text", "/nowhere/body", "a@contoso.com")
    assert ended.code == 66
    assert "/nowhere/body" in ended.err


@pytest.mark.parametrize("option", ["--text", "--attach"])
def test_what_is_no_file_is_not_to_be_moved_away(appliance: Appliance, option: str) -> None:
    ended = appliance.cli("send", option, "/dev/null", "a@contoso.com")
    assert ended.code == 66
    assert "/dev/null is not an ordinary file. Name a file" in ended.err


def test_mail_off_is_a_refusal_with_a_fix(root: Path) -> None:
    ended = run_cli("--root", root, "send", "a@contoso.com", stdin="x" * 200_000)
    assert ended.code == 78
    assert "mail.enabled=true" in ended.err


def test_json_and_verbose(appliance: Appliance) -> None:
    ended = appliance.cli("send", "--json", "-v", "-s", "s", "a@contoso.com", stdin="b")
    assert ended.json["version"] == 1
    assert ended.json["delivery"]["result"] == "accepted"
    assert "> MAIL FROM:<alerts@contoso.com>" in ended.err
    assert "sandbox-password" not in ended.err + ended.out


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ("smtp.port=1", 75, "Cause:"),
        ("smtp.host=no-such-host.invalid", 68, "Cause:"),
        ("network.ca_file=", 76, "Cause:"),
    ],
)
def test_a_failure_has_its_exit_code_cause_and_fix(
    appliance: Appliance, change: str, code: int, words: str
) -> None:
    appliance.cli("settings", "set", change)
    ended = appliance.cli("send", "-s", "s", "a@contoso.com", stdin="b")
    assert (ended.code, words in ended.err, "Fix, by" in ended.err) == (code, True, True)
    assert ended.out == ""
    assert "Traceback" not in ended.err


def test_a_wrong_password_is_no_permission(appliance: Appliance) -> None:
    appliance.cli("settings", "set", "smtp.password=-", stdin="wrong-password\n")
    ended = appliance.cli("send", "a@contoso.com", stdin="b")
    assert ended.code == 77
    assert "wrong-password" not in ended.err


def test_what_is_wrong_with_a_mail_is_told_before_anybody_types_its_text(appliance: Appliance) -> None:
    command = [*COMMAND, "--root", str(appliance.root), "send", "ops@contoso.com", "not an address"]
    with Terminal(command) as terminal:
        assert terminal.wait_exit() == 65
        assert "not an address" in terminal.text()
        assert "Type the text" not in terminal.text()


def test_a_text_is_typed_and_ended_by_ctrl_d(appliance: Appliance) -> None:
    with Terminal([*COMMAND, "--root", str(appliance.root), "send", "ops@contoso.com"]) as terminal:
        terminal.wait_for("Type the text")
        terminal.send("typed body\r", b"\x04")
        assert terminal.wait_exit() == 0
    assert "typed body" in appliance.world.mailbox.mails()[0].text
