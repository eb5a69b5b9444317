"""Free text read: whatever people paste."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.diagnosis import explain
from console.diagnosis.reading import TEXT_LIMIT
from console.sendlog.export import export_text, finding_text
from console.transcript import Stage
from console.values import replace
from console.verdict import Finding, Result, Who
from tests.support.deliveries import made_delivery


def ids(text: str) -> list[str]:
    return [finding.id for finding in explain(text)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "250 2.0.0 Ok: queued as 4Zx",
        "The meeting is at 550 High Street, room 5.1.1.",
        "Python 3.11.2, OpenSSL 3.0.15, port 465 and 587",
        "took 535 ms",
        "220 mail.example.com ESMTP\n250-SIZE 52428800\n250 HELP\n354 go ahead",
        "192.4.2.1 answered",
        "E: Unable to locate package mail-console",
        "sshd[12]: Authorization failed for user admin",
        "Error connecting to database acme",
        "postfix/smtp[1]: to=<a@b.example>, relay=mx.b.example[192.0.2.1]:25, status=sent (250 2.0.0 Ok)",
        "Version 5.1.1 needs 4.2.2 or later",
        "smtp: 587, imap: 993, error 454",
    ],
)
def test_what_says_nothing_finds_nothing(text: str) -> None:
    assert ids(text) == []


def test_findings_come_in_the_order_of_the_text_and_once() -> None:
    text = (
        "socket.gaierror: [Errno -2] Name or service not known\n"
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.\n"
        "again: socket.gaierror: [Errno -2] Name or service not known\n"
        "AADSTS7000222: The provided client secret keys for app are expired.\n"
    )
    assert ids(text) == ["name-not-found", "basic-auth-disabled", "secret-expired"]


def test_a_vague_phrase_is_dropped_when_the_reason_stands_beside_it() -> None:
    phpmailer = "SMTP Error: Could not authenticate.\n"
    assert ids(phpmailer) == ["sign-in-refused"]
    reply = (
        "SERVER -> CLIENT: 535 5.7.139 Authentication unsuccessful, user is locked by your organization's "
    )
    assert ids(phpmailer + reply + "security defaults policy.") == ["security-defaults"]


def test_the_consoles_own_transcript_tells_the_stage() -> None:
    transcript = (
        "  0.031 > MAIL FROM:<alerts@contoso.com>\n"
        "  0.040 < 250 2.1.0 Ok\n"
        "  0.041 > RCPT TO:<admin@example.com>\n"
        "  0.050 < 550 no thanks, said the host\n"
    )
    (finding,) = explain(transcript)
    assert (finding.id, finding.stage) == ("recipient-refused", Stage.RECIPIENT)
    assert finding.said == "550 no thanks, said the host"


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("smtplib.SMTPSenderRefused: (550, b'5.7.1 not you', 'a@b.c')", Stage.SENDER),
        ("smtplib.SMTPDataError: (554, b'5.3.9 no')", Stage.DATA),
        ("SMTP error from remote mail server after RCPT TO:<a@b.c>: 550 5.7.1 no", Stage.RECIPIENT),
        ("smtpstatus=535 smtpmsg='535 5.7.8 Error: authentication failed' errormsg='x'", Stage.AUTH),
        (
            "SMTP error: MAIL FROM command failed Detail: no SMTP code: 550 Additional SMTP info: 5.7.1",
            Stage.SENDER,
        ),
    ],
)
def test_the_line_tells_the_stage(text: str, stage: Stage) -> None:
    assert explain(text)[0].stage is stage


def test_what_a_server_says_of_others_is_not_about_this_appliance() -> None:
    assert ids("550 5.7.1 <admin@example.com>: Permission denied by rule")[0] != "permission-denied"
    assert ids("451 4.4.1 mx.example.org: Connection timed out") == ["refused-for-now"]


def test_json_bodies_are_read() -> None:
    entra = (
        '{"error":"invalid_grant","error_description":"AADSTS50173: The provided grant has expired due to it '
        'being revoked.","error_codes":[50173],"trace_id":"x"}'
    )
    assert ids(entra) == ["sign-in-revoked"]
    graph = '{"error": {"code": "ErrorAccessDenied", "message": "Access is denied.", "innerError": {}}}'
    assert ids(graph) == ["graph-access-denied"]


def test_what_was_said_comes_back_printable_and_short() -> None:
    (finding,) = explain("535 5.7.8 \x1b[2J" + "x" * 5000)
    assert "\\x1b[2J" in finding.said
    assert len(finding.said) < 600


@pytest.mark.parametrize(
    "text",
    [
        "\n" * (TEXT_LIMIT + 5),
        "535 5.7.8 no\n" * 90_000,
        "<" * TEXT_LIMIT,
        '"error" : "' * 100_000,
        "> AUTH " * 150_000,
        "certificate verify failed" * 40_000,
        "Detail: " * 130_000,
        ("said: " * 50 + "\n") * 3500,
        ("550-" + "b" * 300 + "\n") * 3400,
        ("Transport: smtp, mail.example.com:587\n" * 40 + "Entry:     wrong-password\n") * 640,
    ],
    ids=lambda text: text[:12],
)
def test_a_mebibyte_of_anything_is_read_in_time(text: str) -> None:
    begun = time.process_time()
    explain(text)
    assert time.process_time() - begun < 8


@given(st.text(max_size=2000))
@settings(max_examples=150)
def test_no_text_ever_fails(text: str) -> None:
    for finding in explain(text):
        assert finding.fix


JUMBLE = [
    "535",
    "5.7.3",
    "<",
    ">",
    ":",
    "(",
    ")",
    "b'",
    "AADSTS",
    "70016",
    "\n",
    "-",
    '"',
    "error",
    "{",
    "}",
    "HTTP",
    "413",
    "said",
    "RCPT",
    "TO",
    "4.7.0",
]


@given(st.lists(st.sampled_from(JUMBLE)))
@settings(max_examples=150)
def test_no_jumble_of_what_is_looked_for_ever_fails(words: list[str]) -> None:
    explain(" ".join(words))
    explain("".join(words))


def test_the_consoles_own_words_are_taken_at_their_word() -> None:
    finding = Finding(
        "connect-timeout",
        Stage.CONNECT,
        "Cause.",
        ("Wait.",),
        Who.NETWORK,
        "errno ETIMEDOUT",
        "No answer.",
    )
    delivery = replace(made_delivery(result=Result.FAILED), server="mx.example.com:26", findings=(finding,))
    for text in (
        export_text(delivery),
        f"Failed at mx.example.com:26 after 10 s: No.\n\n{finding_text(finding)}",
    ):
        (found,) = explain(text)
        assert (found.id, found.said) == ("connect-timeout", "No answer.")
        assert "mx.example.com (port 26)" in found.cause


def test_a_port_that_is_not_known_reads_well() -> None:
    (found,) = explain("Connection timed out")
    assert "the mail server (port not known)" in found.cause
    assert "the port" not in " ".join(found.fix)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
            "may not send as the From address of this mail.",
        ),
        ("553 5.1.0 sender address rejected", "does not take mail from this sender."),
        ("553 Relaying disallowed as root@example.com", "does not take mail from root@example.com."),
    ],
)
def test_a_word_behind_the_sender_is_no_address(text: str, cause: str) -> None:
    (found,) = explain(text)
    assert found.cause.endswith(cause)
