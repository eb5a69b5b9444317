"""One message after the other: the next one's MAIL goes out while the last one is put on record."""

import threading

import pytest

from console.deadline import Deadline
from console.settings.model import Encryption
from console.transcript import Direction, Recorder
from console.transports.smtp import SmtpSession, SmtpTransport
from console.verdict import TransportError
from tests.support.scripted_smtp import Peer, ScriptedSmtp
from tests.support.smtp_world import SmtpWorld, authority, mail, plain_server, smtp_world

__all__ = ["authority", "smtp_world"]

VERBS = ("MAIL", "RCPT", "DATA", "RSET", "QUIT")


def send(
    session: SmtpSession, to: str = "ops@example.com", content: bytes = b"Subject: x\r\n\r\nx\r\n"
) -> Recorder:
    recorder = Recorder()
    session.send(mail(to, content=content), recorder, Deadline(10))
    return recorder


def take_mails(peer: Peer) -> None:
    peer.greet("SIZE 100")
    while line := peer.hear():
        if line == b"DATA":
            peer.say("354 go on")
            peer.hear_until(b".")
        peer.say("221 bye" if line == b"QUIT" else "250 2.0.0 fine")


def test_the_next_mail_command_is_said_before_the_next_message_is_sent() -> None:
    is_there = threading.Event()

    def script(peer: Peer) -> None:
        peer.greet()
        for answer in ("250 fine", "250 fine", "354 go on"):
            peer.hear()
            peer.say(answer)
        peer.hear_until(b".")
        peer.say("250 taken")
        if peer.hear().startswith(b"MAIL FROM:"):
            is_there.set()

    with ScriptedSmtp(script) as server, SmtpTransport(plain_server(server.port)).session() as session:
        send(session)
        session.ahead(mail())
        assert is_there.wait(10)


def test_what_was_said_ahead_is_said_once_and_stands_in_the_transcript() -> None:
    with ScriptedSmtp(take_mails) as server:
        with SmtpTransport(plain_server(server.port)).session() as session:
            send(session)
            following = mail()
            session.ahead(following)
            session.ahead(following)
            recorder = Recorder()
            session.send(following, recorder, Deadline(10))
        verbs = [verb for line in server.heard if (verb := line[:4].decode()) in VERBS]
        assert verbs == ["MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA", "QUIT"]
    said = [one.text for one in recorder.transcript().lines if one.direction is Direction.SENT]
    assert [one.partition(":")[0] for one in said] == ["MAIL FROM", "RCPT TO", "DATA", "QUIT"]


def test_another_message_than_the_one_announced_starts_afresh() -> None:
    with ScriptedSmtp(take_mails) as server:
        with SmtpTransport(plain_server(server.port)).session() as session:
            send(session)
            session.ahead(mail("announced@example.com"))
            send(session, "other@example.com")
        heard = b"\n".join(server.heard)
    assert heard.count(b"MAIL FROM") == 3
    assert heard.count(b"RSET") == 1
    assert heard.count(b"RCPT TO:<other@example.com>") == 1
    assert b"announced" not in heard
    assert server.connections == 1


def test_a_message_the_server_cannot_take_is_not_announced() -> None:
    with ScriptedSmtp(take_mails) as server, SmtpTransport(plain_server(server.port)).session() as session:
        send(session)
        too_large = mail(content=b"x" * 200)
        session.ahead(too_large)
        with pytest.raises(TransportError, match="200 octets"):
            session.send(too_large, Recorder(), Deadline(10))
        send(session)
        heard = b"\n".join(server.heard)
    assert heard.count(b"MAIL FROM") == 2


@pytest.mark.parametrize("farewell", ["421 too long idle", ""])
def test_a_server_that_gave_up_waiting_gets_the_message_on_a_new_connection(farewell: str) -> None:
    is_gone = threading.Event()

    def script(peer: Peer) -> None:
        if server.connections > 1:
            take_mails(peer)
            return
        peer.greet()
        for answer in ("250 fine", "250 fine", "354 go on"):
            peer.hear()
            peer.say(answer)
        peer.hear_until(b".")
        peer.say("250 taken")
        peer.hear()
        if farewell:
            peer.say(farewell)
        peer.connection.close()
        is_gone.set()

    with ScriptedSmtp(script) as server:
        with SmtpTransport(plain_server(server.port)).session() as session:
            send(session)
            following = mail()
            session.ahead(following)
            assert is_gone.wait(10)
            sent = session.send(following, Recorder(), Deadline(10))
        assert server.connections == 2
    assert sent.reply == "250 2.0.0 fine"


def test_a_server_that_closes_at_rset_gets_the_next_message_on_a_new_connection() -> None:
    def script(peer: Peer) -> None:
        if server.connections > 1:
            take_mails(peer)
            return
        peer.greet()
        for answer in ("250 fine", "550 5.1.1 unknown"):
            peer.hear()
            peer.say(answer)
        peer.hear()  # RSET

    with ScriptedSmtp(script) as server:
        with SmtpTransport(plain_server(server.port)).session() as session:
            with pytest.raises(TransportError, match="unknown"):
                send(session)
            recorder = send(session)
        assert server.connections == 2
    assert any("opening a new one" in line.text for line in recorder.transcript().lines)


def test_a_refused_announcement_is_the_failure_of_its_own_message(smtp_world: SmtpWorld) -> None:
    with SmtpTransport(smtp_world.server(Encryption.TLS)).session() as session:
        send(session)
        smtp_world.stand_in.set_fault("sender-refused")
        following = mail()
        session.ahead(following)
        with pytest.raises(TransportError) as caught:
            session.send(following, Recorder(), Deadline(10))
        smtp_world.stand_in.set_fault(None)
        send(session)
    assert caught.value.failure.stage.value == "sender"
    assert len(smtp_world.mailbox.mails()) == 2
