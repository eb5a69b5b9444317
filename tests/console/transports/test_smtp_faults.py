"""Every fault the stand-in can play ends in the failure its table promises; hostile talk costs no more."""

import threading

import pytest

from console.diagnosis import diagnose
from console.sandbox.smtp_fault import At, Behaviour
from console.sandbox.smtp_server import SMTP_FAULTS
from console.settings.model import AuthMechanism, Encryption
from console.transcript import Stage
from tests.support.scripted_smtp import Peer, ScriptedSmtp
from tests.support.smtp_world import (
    Attempt,
    SmtpWorld,
    attempt,
    authority,
    bearer,
    mail,
    password,
    plain_server,
    smtp_world,
)

__all__ = ["authority", "smtp_world"]

STAGES = {
    At.GREETING: Stage.GREETING,
    At.EHLO: Stage.EHLO,
    At.STARTTLS: Stage.TLS,
    At.TLS: Stage.TLS,
    At.AUTH: Stage.AUTH,
    At.MAIL: Stage.SENDER,
    At.RCPT: Stage.RECIPIENT,
    At.SECOND_RCPT: Stage.RECIPIENT,
    At.DATA: Stage.DATA,
    At.BODY: Stage.DATA,
}
LATER = {"auth-missing": Stage.AUTH, "starttls-missing": Stage.TLS}


def outcome(done: Attempt) -> str:
    """Return what became of an attempt in the words of the fault table."""
    if done.sent is not None and not done.sent.refused:
        return ""
    failure = done.sent.refused[0] if done.sent is not None else done.failure
    return f"{failure.kind} {failure.reply_code or ''} {failure.enhanced_code}".strip()


@pytest.mark.parametrize("name", [name for name, fault in SMTP_FAULTS.items() if not fault.needs_8bit])
def test_a_fault_ends_as_the_table_promises(smtp_world: SmtpWorld, name: str) -> None:
    fault = SMTP_FAULTS[name]
    smtp_world.stand_in.set_fault(name)
    server = smtp_world.server(read_timeout=0.3)
    done = attempt(server, bearer(), mail("a@b.example", "c@d.example"))
    assert outcome(done) == fault.expects
    if done.error is not None:
        assert done.failure.stage is LATER.get(name, STAGES[fault.at])
        assert done.failure.text
    if fault.behaviour is Behaviour.HANG:
        assert done.seconds < 2.5


@pytest.mark.parametrize("name", [name for name, fault in SMTP_FAULTS.items() if fault.needs_8bit])
def test_a_server_without_8_bit_gets_no_such_message(smtp_world: SmtpWorld, name: str) -> None:
    smtp_world.stand_in.set_fault(name)
    recipient = "jörg@b.example" if "utf8" in name else "a@b.example"
    message = mail(recipient, content=b"DKIM-Signature: v=1\r\n\r\n\xe4\r\n")
    assert outcome(attempt(smtp_world.server(), bearer(), message)) == SMTP_FAULTS[name].expects


def saying(*lines: bytes | str) -> "ScriptedSmtp":
    def script(peer: Peer) -> None:
        peer.say(*lines)
        peer.wait_until_gone()

    return ScriptedSmtp(script)


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request", b"", b"2", b"22", b"999 x", b"220", b"220x", b"\xff\xfe220 x"]
)
def test_what_is_no_reply_is_garbage(greeting: bytes) -> None:
    with saying(greeting) as server:
        done = attempt(plain_server(server.port, read_timeout=0.1))
    is_reply = greeting == b"220"
    assert done.failure.kind == ("smtp.timeout" if is_reply else "smtp.garbage")


def test_an_enhanced_code_may_stand_behind_a_number_sign() -> None:
    with saying("550 #5.7.1 Your access to this mail system has been rejected") as server:
        assert attempt(plain_server(server.port)).failure.enhanced_code == "5.7.1"


def test_codes_that_change_within_a_reply_are_garbage() -> None:
    with saying("220-one", "250 two") as server:
        assert attempt(plain_server(server.port)).failure.kind == "smtp.garbage"


def test_a_line_without_end_is_bounded() -> None:
    def script(peer: Peer) -> None:
        while True:
            peer.send(b"x" * 65536)

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port))
    assert done.failure.kind == "smtp.line-too-long"


def test_lines_of_100_kb_are_survived_and_shown_cut() -> None:
    with saying(b"220-" + b"a" * 100_000, b"220 " + b"b" * 100_000) as server:
        done = attempt(plain_server(server.port, read_timeout=0.2))
    assert done.failure.stage is Stage.EHLO
    assert all(len(line) < 1100 for line in done.said)
    assert "more characters" in done.said[0]


def test_control_codes_are_spelled_out_everywhere(smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("escape-sequences")
    done = attempt(smtp_world.server(), bearer())
    facts = [value for step in done.transcript.steps for value in step.facts.values()]
    for text in [*done.said, *facts, done.failure.text, str(done.error)]:
        assert text.isprintable()
    assert "\\x1b[2J" in done.failure.text


def test_a_server_slower_than_the_whole_time_allowed_ends_in_deadline() -> None:
    def script(peer: Peer) -> None:
        for _ in range(100):
            peer.say("220-wait")
            peer.connection.settimeout(0.05)
            try:
                peer.hear()
            except TimeoutError:
                continue

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, read_timeout=5), seconds=0.4)
    assert done.failure.kind == "deadline"
    assert done.seconds < 1.0


def test_words_said_before_closing_in_the_middle_of_the_message_are_the_reason() -> None:
    def script(peer: Peer) -> None:
        peer.greet()
        for answer in ("250 fine", "250 fine", "354 go on"):
            peer.hear()
            peer.say(answer)
        peer.connection.recv(1000)
        peer.say("552 5.3.4 too big for me")

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port), None, mail(content=b"x" * 70 + b"\r\n" * 4_000_000))
    assert done.failure.stage is Stage.DATA
    assert done.failure.reply_code in (552, None)  # its words may be lost with the connection's reset
    assert done.failure.kind in ("smtp.reply", "smtp.closed")


def test_what_was_sent_ahead_is_in_the_transcript_though_nothing_answers_it() -> None:
    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        peer.hear()
        peer.say("552 5.3.4 too big")

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port))
    assert done.said[-3:] == ["< 552 5.3.4 too big", "> RCPT TO:<admin@contoso.com>", "> DATA"]
    (finding,) = diagnose(done.failure)
    assert (finding.id, "26 octets" in finding.cause) == ("message-too-large", True)


def test_words_of_a_server_that_takes_no_more_of_the_message_are_the_reason() -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.greet()
        for answer in ("250 fine", "250 fine", "354 go on"):
            peer.hear()
            peer.say(answer)
        peer.say("552 5.3.4 too big for me")
        gone.wait(5)

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, read_timeout=0.5), None, mail(content=b"x\r\n" * 8_000_000))
        gone.set()
    assert (done.failure.stage, done.failure.reply_code) == (Stage.DATA, 552)


@pytest.mark.parametrize(
    ("offers", "login", "kind"),
    [
        ((), password(allow_plaintext=True), "auth.not-offered"),
        (("AUTH NTLM GSSAPI",), password(allow_plaintext=True), "auth.no-common-mechanism"),
        (
            ("AUTH LOGIN",),
            password(AuthMechanism.CRAM_MD5, allow_plaintext=True),
            "auth.no-common-mechanism",
        ),
        (("AUTH PLAIN LOGIN CRAM-MD5",), password(), "auth.password-without-tls"),
        (("AUTH CRAM-MD5",), password(AuthMechanism.CRAM_MD5), "auth.password-without-tls"),
    ],
)
def test_no_sign_in_without_a_way_to_do_it(offers: tuple[str, ...], login: object, kind: str) -> None:
    def script(peer: Peer) -> None:
        peer.greet(*offers)
        peer.hear()

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, read_timeout=0.3), login)  # type: ignore[arg-type]
    assert (done.failure.stage, done.failure.kind) == (Stage.AUTH, kind)
    assert not any(b"AUTH" in line for line in server.heard)


def test_auth_offered_in_the_old_way_counts() -> None:
    def script(peer: Peer) -> None:
        peer.greet("AUTH=LOGIN PLAIN")
        peer.hear()
        peer.say("535 no")
        peer.hear()

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, read_timeout=0.3), password(allow_plaintext=True))
    assert done.failure.reply_code == 535


@pytest.mark.parametrize("challenge", ["334 !!!", "334", "334 \xff\xfe"])
def test_a_bad_challenge_is_named_so(challenge: str) -> None:
    def script(peer: Peer) -> None:
        peer.greet("AUTH CRAM-MD5")
        peer.hear()
        peer.say(challenge.encode("latin-1"))
        peer.hear()

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, read_timeout=0.3), password(allow_plaintext=True))
    assert done.failure.kind == "auth.bad-challenge"


def test_a_server_that_asks_on_and_on_is_given_up() -> None:
    def script(peer: Peer) -> None:
        peer.greet("AUTH PLAIN")
        while peer.hear():
            peer.say("334 bW9yZQ==")

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port, read_timeout=0.3), password(allow_plaintext=True))
    assert done.failure.kind == "auth.bad-challenge"
    assert b"*" in server.heard


def test_a_server_that_hangs_up_on_being_given_up_asked_too_much_all_the_same() -> None:
    def script(peer: Peer) -> None:
        peer.greet("AUTH PLAIN")
        peer.hear()
        peer.say("334 bW9yZQ==")

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port), password(allow_plaintext=True))
    assert done.failure.kind == "auth.bad-challenge"


def test_capabilities_are_read_however_they_are_spaced() -> None:
    def script(peer: Peer) -> None:
        peer.greet("  size  10", "AUTH\tNTLM  GSSAPI", "AUTH=NTLM GSSAPI")
        peer.hear()

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port), password(allow_plaintext=True))
        assert done.failure.facts["offered"] == "NTLM GSSAPI"
        assert attempt(plain_server(server.port)).failure.kind == "message.too-large"


def test_a_token_challenge_is_answered_by_an_empty_line_and_explained(smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("token-challenge")
    done = attempt(smtp_world.server(Encryption.TLS), bearer())
    assert (done.failure.reply_code, done.failure.enhanced_code) == (535, "5.7.8")
    assert any('"status":"401"' in line for line in done.said)
    assert "> " in done.said
