"""The SMTP stand-in as an independent client (smtplib) sees it: TLS, sign-in, Exchange Online's words."""

import base64
import smtplib
import socket
import ssl
from collections.abc import Iterator

import pytest

from console.sandbox.smtp_server import PASSWORD, SMTP_FAULTS, USER, Listener, SmtpStandIn
from tests.support.smtp_world import GOOD_TOKEN, SmtpWorld, authority, smtp_world

__all__ = ["authority", "smtp_world"]

MESSAGE = b"Subject: hello\r\n\r\n.dot\r\n"


@pytest.fixture
def context(smtp_world: SmtpWorld) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=smtp_world.authority.ca_file)


@pytest.fixture
def exchange(smtp_world: SmtpWorld, context: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    """A client after STARTTLS, not signed in."""
    port = smtp_world.stand_in.port("starttls")
    with smtplib.SMTP("127.0.0.1", port, local_hostname="test", timeout=5) as client:
        client.starttls(context=context)
        client.ehlo()
        yield client


def xoauth2(client: smtplib.SMTP, token: str, user: str = USER) -> tuple[int, bytes]:
    coded = base64.b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode()).decode()
    assert client.docmd("AUTH", "XOAUTH2") == (334, b"")
    return client.docmd(coded)


def test_it_greets_and_offers_like_exchange_online(smtp_world: SmtpWorld, context: ssl.SSLContext) -> None:
    port = smtp_world.stand_in.port("starttls")
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        assert b"Microsoft ESMTP MAIL Service ready at" in connection.recv(1000)
    with smtplib.SMTP("127.0.0.1", port, local_hostname="test", timeout=5) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "157286400"
        assert "auth" not in client.esmtp_features
        client.starttls(context=context)
        client.ehlo()
        assert client.esmtp_features["auth"].split() == ["LOGIN", "XOAUTH2"]


def test_a_mail_arrives_once_signed_in(exchange: smtplib.SMTP, smtp_world: SmtpWorld) -> None:
    exchange.login(USER, PASSWORD)
    exchange.sendmail(USER, ["a@b.example"], MESSAGE)
    (mail,) = smtp_world.mailbox.mails()
    assert (mail.sender, mail.recipients, mail.content, mail.user) == (USER, ("a@b.example",), MESSAGE, USER)


def test_without_sign_in_the_sender_is_refused(exchange: smtplib.SMTP) -> None:
    with pytest.raises(smtplib.SMTPSenderRefused) as caught:
        exchange.sendmail(USER, ["a@b.example"], MESSAGE)
    assert caught.value.smtp_code == 530
    assert b"5.7.57 Client not authenticated to send mail. [" in caught.value.smtp_error


def test_another_sender_than_the_mailbox_is_refused(exchange: smtplib.SMTP, smtp_world: SmtpWorld) -> None:
    exchange.login(USER, PASSWORD)
    with pytest.raises(smtplib.SMTPDataError) as caught:
        exchange.sendmail("other@contoso.com", ["a@b.example"], MESSAGE)
    assert caught.value.smtp_code == 554
    assert b"5.2.252 SendAsDenied; alerts@contoso.com not allowed to send as other@contoso.com" in bytes(
        caught.value.smtp_error  # type: ignore[arg-type]
    )
    assert smtp_world.mailbox.mails() == ()


def test_tokens_are_judged_by_who_knows_them(exchange: smtplib.SMTP) -> None:
    code, text = xoauth2(exchange, "bad")
    assert (code, text[:35]) == (535, b"5.7.3 Authentication unsuccessful [")
    assert xoauth2(exchange, GOOD_TOKEN) == (235, b"2.7.0 Authentication successful")


def test_a_token_as_initial_response_is_taken_too(exchange: smtplib.SMTP) -> None:
    coded = base64.b64encode(f"user={USER}\x01auth=Bearer {GOOD_TOKEN}\x01\x01".encode()).decode()
    assert exchange.docmd("AUTH", f"XOAUTH2 {coded}")[0] == 235


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("is_right", [True, False])
def test_passwords_by_every_mechanism(
    smtp_world: SmtpWorld, context: ssl.SSLContext, mechanism: str, is_right: bool
) -> None:
    port = smtp_world.stand_in.port("tls")
    with smtplib.SMTP_SSL("127.0.0.1", port, context=context, local_hostname="test", timeout=5) as client:
        client.ehlo()
        client.esmtp_features["auth"] = mechanism
        if is_right:
            assert client.login(USER, PASSWORD)[0] == 235
        else:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login(USER, "wrong")


def test_a_taken_port_is_replaced_by_a_free_one(smtp_world: SmtpWorld) -> None:
    taken = smtp_world.stand_in.port("none")
    with SmtpStandIn(smtp_world.authority, smtp_world.mailbox, listeners=(Listener("none", taken),)) as other:
        assert other.port("none") not in (0, taken)


def test_faults_have_names_titles_and_come_and_go(smtp_world: SmtpWorld) -> None:
    assert all(name == fault.name and fault.title for name, fault in SMTP_FAULTS.items())
    port = smtp_world.stand_in.port("none")
    smtp_world.stand_in.set_fault("busy")
    with pytest.raises(smtplib.SMTPConnectError):
        smtplib.SMTP("127.0.0.1", port, local_hostname="test", timeout=5)
    smtp_world.stand_in.set_fault(None)
    smtplib.SMTP("127.0.0.1", port, local_hostname="test", timeout=5).quit()


def test_closing_twice_is_fine(smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.close()
    smtp_world.stand_in.close()
    assert smtp_world.stand_in.port("tls") > 0
    with pytest.raises(OSError, match="refused"):
        smtplib.SMTP("127.0.0.1", smtp_world.stand_in.port("tls"), timeout=1)
