"""Sending through a real server on loopback: encryptions, sign-in, envelope, content, several messages."""

import base64
import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.deadline import Deadline
from console.errors import MessageError
from console.network.dial import open_stream
from console.network.resolve import Address
from console.sandbox.certificates import Authority
from console.sandbox.smtp_server import USER
from console.secret import Secret
from console.settings.model import AuthMechanism, Encryption
from console.transcript import Outcome, Recorder, Stage
from console.transports.smtp import BearerToken, probe
from console.transports.smtp.transaction import on_the_wire
from tests.support.scripted_smtp import Peer, ScriptedSmtp, take_mail, take_rest
from tests.support.smtp_world import (
    GOOD_TOKEN,
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

OFFERS = ("SIZE 5000", "8BITMIME", "SMTPUTF8")


@pytest.mark.parametrize("encryption", list(Encryption))
def test_mail_arrives_as_it_was_given(smtp_world: SmtpWorld, encryption: Encryption) -> None:
    content = b"Subject: dots\r\n\r\n.one\r\n..two\r\n\r\n.\r\nend\r\n"
    login = password(allow_plaintext=encryption is Encryption.NONE)
    done = attempt(smtp_world.server(encryption), login, mail("a@b.example", "c@d.example", content=content))
    assert done.sent is not None
    assert done.sent.reply.startswith("250 2.0.0 ")
    assert [result.accepted for result in done.sent.recipients] == [True, True]
    (arrived,) = smtp_world.mailbox.mails()
    assert (arrived.sender, arrived.recipients) == (USER, ("a@b.example", "c@d.example"))
    assert arrived.content == content
    assert arrived.user == USER


@pytest.mark.parametrize("mechanism", [AuthMechanism.PLAIN, AuthMechanism.LOGIN, AuthMechanism.CRAM_MD5])
def test_every_password_mechanism_signs_in(smtp_world: SmtpWorld, mechanism: AuthMechanism) -> None:
    done = attempt(smtp_world.server(Encryption.TLS), password(mechanism))
    assert done.sent is not None
    assert smtp_world.mailbox.mails()[0].user == USER
    assert f"> AUTH {mechanism.value.upper()}" in " ".join(done.said)


def test_a_long_password_is_not_sent_as_initial_response() -> None:
    def script(peer: Peer) -> None:
        peer.greet("AUTH PLAIN")
        peer.hear()
        peer.say("334 ")
        peer.hear()
        peer.say("235 yes")
        peer.hear()

    with ScriptedSmtp(script) as server:
        attempt(
            plain_server(server.port, read_timeout=0.2),
            password(password=Secret("p" * 600), allow_plaintext=True),
        )
    assert server.heard[1] == b"AUTH PLAIN"
    assert len(server.heard[2]) > 800


def test_the_strongest_mechanism_depends_on_the_encryption(smtp_world: SmtpWorld) -> None:
    over_tls = attempt(smtp_world.server(Encryption.TLS), password())
    in_plain = attempt(smtp_world.server(Encryption.NONE), password(allow_plaintext=True))
    assert "> AUTH PLAIN ***" in over_tls.said
    assert "> AUTH CRAM-MD5" in in_plain.said


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
def test_a_token_signs_in_in_two_steps(smtp_world: SmtpWorld, encryption: Encryption) -> None:
    done = attempt(smtp_world.server(encryption), bearer(GOOD_TOKEN))
    assert done.sent is not None
    assert done.said.count("> AUTH XOAUTH2") == 1
    assert "> ***" in done.said


def test_a_refused_token_is_renewed_once(smtp_world: SmtpWorld) -> None:
    done = attempt(smtp_world.server(), bearer("stale", GOOD_TOKEN))
    assert done.sent is not None
    steps = [step.outcome for step in done.transcript.steps if step.stage is Stage.AUTH]
    assert steps == [Outcome.FAILED, Outcome.OK]


def test_a_token_refused_twice_is_a_failure(smtp_world: SmtpWorld) -> None:
    done = attempt(smtp_world.server(), bearer("stale", "stale as well"))
    assert (done.failure.reply_code, done.failure.enhanced_code) == (535, "5.7.3")
    assert done.failure.facts["user"] == USER
    assert done.said.count("> AUTH XOAUTH2") == 2


def test_a_server_that_closes_after_535_is_connected_to_again(authority: Authority) -> None:
    context = authority.server_context(authority.issue(("127.0.0.1",)))

    def script(peer: Peer) -> None:
        peer.secure(context)
        peer.greet("AUTH XOAUTH2")
        peer.hear()
        peer.say("334 ")
        is_good = GOOD_TOKEN.encode() in base64.b64decode(peer.hear())
        peer.say("235 2.7.0 yes" if is_good else "535 5.7.3 no")
        if is_good:
            take_rest(peer)

    given: list[bool] = []

    def token(renew: bool, _: Deadline) -> Secret:
        given.append(renew)
        return Secret(GOOD_TOKEN if any(given) else "stale")

    with ScriptedSmtp(script) as server:
        settings = plain_server(server.port, encryption=Encryption.TLS, ca_file=str(authority.ca_file))
        done = attempt(settings, BearerToken(USER, token))
    assert done.sent is not None
    assert given[:2] == [False, True]
    assert server.connections == 2


def test_a_token_never_crosses_a_connection_without_tls() -> None:
    with ScriptedSmtp(lambda peer: take_mail(peer, "AUTH XOAUTH2")) as server:
        done = attempt(plain_server(server.port), bearer())
    assert done.failure.kind == "auth.password-without-tls"
    assert not any(b"AUTH" in line for line in server.heard)


def test_parameters_follow_what_the_server_offers() -> None:
    with ScriptedSmtp(lambda peer: take_mail(peer, *OFFERS)) as server:
        attempt(
            plain_server(server.port),
            None,
            mail("jörg@example.com", content=b"Subject: x\r\n\r\n\xc3\xa4\r\n"),
        )
    assert b"MAIL FROM:<alerts@contoso.com> SIZE=18 BODY=8BITMIME SMTPUTF8" in server.heard
    assert "RCPT TO:<jörg@example.com>".encode() in server.heard


def test_a_plain_server_gets_no_parameters() -> None:
    with ScriptedSmtp(take_mail) as server:
        done = attempt(plain_server(server.port))
    assert done.sent is not None
    assert b"MAIL FROM:<alerts@contoso.com>" in server.heard


@pytest.mark.parametrize(
    ("offers", "message", "kind"),
    [
        (("SIZE 10",), mail(), "message.too-large"),
        (("SIZE 9000",), mail("ä@example.com"), "message.smtputf8-not-offered"),
        (("SIZE 9000",), mail(content=b"DKIM-Signature: v=1\r\n\r\n\xff\r\n"), "message.8bit-not-offered"),
    ],
)
def test_what_the_server_cannot_take_is_not_sent(offers: tuple[str, ...], message: object, kind: str) -> None:
    with ScriptedSmtp(lambda peer: take_mail(peer, *offers)) as server:
        done = attempt(plain_server(server.port), None, message)  # type: ignore[arg-type]
    assert done.failure.kind == kind
    assert done.failure.stage is Stage.SENDER
    assert not any(line.startswith(b"MAIL") for line in server.heard)
    assert done.transcript.steps[-1].outcome is Outcome.FAILED


def test_8_bit_content_is_encoded_for_a_server_that_takes_seven(smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("8bit-missing")
    done = attempt(
        smtp_world.server(Encryption.TLS),
        None,
        mail(content="Subject: x\r\n\r\nGrüße aus dem Lager\r\n".encode()),
    )
    assert done.sent is not None
    (arrived,) = smtp_world.mailbox.mails()
    assert arrived.content.isascii()
    assert b"Gr=C3=BC=C3=9Fe" in arrived.content
    assert any("8BITMIME" in line for line in done.said if line.startswith("*"))
    assert not any("BODY=" in line for line in done.said)


def test_size_zero_means_no_limit() -> None:
    with ScriptedSmtp(lambda peer: take_mail(peer, "SIZE 0")) as server:
        assert attempt(plain_server(server.port)).sent is not None


def test_one_recipient_refused_does_not_stop_the_others(smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("recipient-partly")
    done = attempt(smtp_world.server(Encryption.TLS), None, mail("a@b.example", "c@d.example"))
    assert done.sent is not None
    assert [result.accepted for result in done.sent.recipients] == [True, False]
    (refused,) = done.sent.refused
    assert (refused.reply_code, refused.enhanced_code) == (550, "5.1.1")
    assert refused.facts["recipient"] == "c@d.example"
    assert smtp_world.mailbox.mails()[0].recipients == ("a@b.example",)
    outcomes = [step.outcome for step in done.transcript.steps if step.stage is Stage.RECIPIENT]
    assert outcomes == [Outcome.OK, Outcome.FAILED]


def test_all_recipients_refused_is_a_failure_and_no_data_follows(smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("relay-denied")
    done = attempt(smtp_world.server(Encryption.TLS), None, mail("a@b.example", "c@d.example"))
    assert (done.failure.stage, done.failure.reply_code) == (Stage.RECIPIENT, 554)
    assert smtp_world.mailbox.mails() == ()
    assert not any("354" in line for line in done.said)


@pytest.mark.parametrize("fault", ["hang-quit", "close-quit"])
def test_what_happens_at_quit_changes_nothing(smtp_world: SmtpWorld, fault: str) -> None:
    smtp_world.stand_in.set_fault(fault)
    done = attempt(smtp_world.server(Encryption.TLS))
    assert done.sent is not None
    assert done.seconds < 1.5


def test_a_server_without_ehlo_is_spoken_to_with_helo() -> None:
    def script(peer: Peer) -> None:
        peer.say("220 old")
        peer.hear()
        peer.say("502 what?")
        while line := peer.hear():
            peer.say("354 go" if line == b"DATA" else "250 fine")
            if line == b"DATA":
                peer.hear_until(b".")
                peer.say("250 taken")

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port))
    assert done.sent is not None
    assert server.heard[1].startswith(b"HELO ")


def test_the_ehlo_name_is_the_one_set_or_an_address() -> None:
    with ScriptedSmtp(take_mail) as server:
        attempt(plain_server(server.port, ehlo_name="appliance.example.com"))
        attempt(plain_server(server.port))
    names = [line for line in server.heard if line.startswith(b"EHLO")]
    assert names[0] == b"EHLO appliance.example.com"
    assert b"." in names[1]


def test_a_probe_tells_what_the_server_offers_and_sends_nothing(smtp_world: SmtpWorld) -> None:
    capabilities = probe(smtp_world.server(), Recorder(), Deadline(10))
    assert capabilities.mechanisms == ("LOGIN", "XOAUTH2")
    assert capabilities.size_limit == 157286400
    assert capabilities.is_encrypted
    assert smtp_world.mailbox.mails() == ()


def test_an_address_that_would_break_the_command_is_refused() -> None:
    with ScriptedSmtp(take_mail) as server:
        done = attempt(plain_server(server.port), None, mail("a@b.example>\r\nRSET"))
    assert isinstance(done.error, MessageError)
    assert not any(b"RSET" in line for line in server.heard)


@pytest.mark.parametrize("address", ['"john doe"@example.com', '"a>b"@example.com', '"a\\"b"@example.com'])
def test_what_quotes_hold_may_stand_in_an_address(address: str) -> None:
    with ScriptedSmtp(take_mail) as server:
        assert attempt(plain_server(server.port), None, mail(address)).sent is not None
    assert f"RCPT TO:<{address}>".encode() in server.heard


@pytest.mark.parametrize("address", ['"a"b" c@d.example', '"a\r\nRSET"@b.example', '"a"@b.example> x'])
def test_quotes_let_nothing_else_into_a_command(address: str) -> None:
    with ScriptedSmtp(take_mail) as server:
        assert isinstance(attempt(plain_server(server.port), None, mail(address)).error, MessageError)


def test_the_message_and_its_dot_are_one_write_without_nagle() -> None:
    written: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        for answer in ("250 fine", "250 fine", "354 go on"):
            written.append(peer.hear())
            peer.say(answer)
        written.append(peer.connection.recv(65536))
        peer.say("250 taken")
        peer.hear()

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port))
    assert done.sent is not None
    assert written[-1] == b"Subject: hello\r\n\r\nHello.\r\n.\r\n"


def test_nagle_is_off() -> None:
    with ScriptedSmtp(lambda peer: None) as server:
        stream = open_stream(Address(socket.AF_INET, ("127.0.0.1", server.port)), Deadline(5))
        with socket.socket(fileno=os.dup(stream.fileno())) as same:
            assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        stream.close()


def test_recipients_by_the_hundred_are_named_one_by_one(smtp_world: SmtpWorld) -> None:
    recipients = tuple(f"user{number}@example.com" for number in range(120))
    done = attempt(smtp_world.server(Encryption.TLS), None, mail(*recipients))
    assert done.sent is not None
    assert smtp_world.mailbox.mails()[0].recipients == recipients


def test_a_server_that_goes_on_without_recipients_gets_an_empty_message() -> None:
    def script(peer: Peer) -> None:
        peer.greet("PIPELINING")
        for answer in ("250 fine", "550 5.1.1 unknown", "354 go on"):
            peer.hear()
            peer.say(answer)
        peer.hear()
        peer.say("554 nobody to send it to")
        peer.hear()

    with ScriptedSmtp(script) as server:
        done = attempt(plain_server(server.port))
    assert done.failure.enhanced_code == "5.1.1"
    assert server.heard[-2:] == [b".", b"QUIT"]


def test_a_large_message_arrives_whole(smtp_world: SmtpWorld) -> None:
    content = b"Subject: big\r\n\r\n" + b".".join([b"x" * 70 + b"\r\n"] * 30_000)
    done = attempt(smtp_world.server(Encryption.TLS), None, mail(content=content))
    assert done.sent is not None
    assert smtp_world.mailbox.mails()[0].content == content


CONTENT = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b".", b"a", b"\xff"]), max_size=40).map(b"".join)


@given(CONTENT)
def test_the_final_dot_stands_alone_once_and_nothing_is_lost(content: bytes) -> None:
    wire = on_the_wire(content)
    assert wire.endswith(b".\r\n")
    lines = wire.removesuffix(b"\r\n").split(b"\r\n")
    assert lines.pop() == b"."
    assert b"." not in lines
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    taken = b"\r\n".join(line.removeprefix(b".") for line in lines)
    wanted = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert taken == wanted.removesuffix(b"\r\n")
