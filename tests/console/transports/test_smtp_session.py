"""Several messages on one connection: what goes wrong with one leaves the next one well."""

import pytest

from console.deadline import Cancellation, Deadline
from console.errors import CancelledError
from console.sandbox.smtp_server import USER
from console.secret import Secret
from console.settings.model import Encryption
from console.transcript import Recorder, Stage
from console.transports.smtp import BearerToken, SmtpTransport
from console.verdict import TransportError
from tests.support.scripted_smtp import Peer, ScriptedSmtp, take_mail
from tests.support.smtp_world import SmtpWorld, authority, bearer, mail, plain_server, smtp_world

__all__ = ["authority", "smtp_world"]


def test_several_messages_go_over_one_connection(smtp_world: SmtpWorld) -> None:
    transport = SmtpTransport(smtp_world.server(), bearer())
    with transport.session() as session:
        for number in range(5):
            session.send(mail(content=b"Subject: %d\r\n\r\nx\r\n" % number), Recorder(), Deadline(10))
    assert [one.subject for one in smtp_world.mailbox.mails()] == ["0", "1", "2", "3", "4"]
    assert smtp_world.stand_in.state.connections == 1


def test_a_session_goes_on_after_a_refused_message(smtp_world: SmtpWorld) -> None:
    with SmtpTransport(smtp_world.server(Encryption.TLS)).session() as session:
        smtp_world.stand_in.set_fault("spam")
        with pytest.raises(Exception, match="spam"):
            session.send(mail(), Recorder(), Deadline(10))
        smtp_world.stand_in.set_fault("recipient-unknown")
        with pytest.raises(Exception, match="unknown"):
            session.send(mail(), Recorder(), Deadline(10))
        smtp_world.stand_in.set_fault(None)
        session.send(mail(), Recorder(), Deadline(10))
    assert len(smtp_world.mailbox.mails()) == 1
    assert smtp_world.stand_in.state.connections == 1


def test_a_session_connects_anew_when_the_server_closed(smtp_world: SmtpWorld) -> None:
    with SmtpTransport(smtp_world.server(Encryption.TLS)).session() as session:
        session.send(mail(), Recorder(), Deadline(10))
        smtp_world.stand_in.drop_connections()
        session.send(mail(), Recorder(), Deadline(10))
    assert len(smtp_world.mailbox.mails()) == 2
    assert smtp_world.stand_in.state.connections == 2


def test_a_server_that_closes_at_rset_gets_the_next_message_on_a_new_connection() -> None:
    def script(peer: Peer) -> None:
        if server.connections > 1:
            take_mail(peer)
            return
        peer.greet()
        for answer in ("250 fine", "550 5.1.1 unknown"):
            peer.hear()
            peer.say(answer)
        peer.hear()  # RSET

    with ScriptedSmtp(script) as server:
        with SmtpTransport(plain_server(server.port)).session() as session:
            with pytest.raises(TransportError, match="unknown"):
                session.send(mail(), Recorder(), Deadline(10))
            recorder = Recorder()
            session.send(mail(), recorder, Deadline(10))
        assert server.connections == 2
    assert any("opening a new one" in line.text for line in recorder.transcript().lines)


def test_a_message_whose_fate_is_unknown_is_not_sent_again(smtp_world: SmtpWorld) -> None:
    with SmtpTransport(smtp_world.server(Encryption.TLS)).session() as session:
        session.send(mail(), Recorder(), Deadline(10))
        smtp_world.stand_in.set_fault("close-end-of-data")
        with pytest.raises(Exception, match="closed"):
            session.send(mail(), Recorder(), Deadline(10))
    assert smtp_world.stand_in.state.connections == 1


def test_a_sender_refused_leaves_the_connection_in_step(smtp_world: SmtpWorld) -> None:
    with SmtpTransport(smtp_world.server(Encryption.TLS)).session() as session:
        smtp_world.stand_in.set_fault("sender-refused")
        for _ in range(2):
            with pytest.raises(TransportError) as caught:
                session.send(mail("a@b.example", "c@d.example"), Recorder(), Deadline(10))
            assert caught.value.failure.stage is Stage.SENDER
        smtp_world.stand_in.set_fault(None)
        assert session.send(mail(), Recorder(), Deadline(10)).reply.startswith("250")
    assert smtp_world.stand_in.state.connections == 1


def test_a_token_that_hangs_is_stopped_with_the_delivery(smtp_world: SmtpWorld) -> None:
    cancellation = Cancellation()

    def token(_renew: bool, deadline: Deadline) -> Secret:
        cancellation.cancel()
        deadline.sleep(60)
        raise AssertionError("it waited")

    transport = SmtpTransport(smtp_world.server(), BearerToken(USER, token))
    with pytest.raises(CancelledError):
        transport.send(mail(), Recorder(), Deadline(60, cancellation))
