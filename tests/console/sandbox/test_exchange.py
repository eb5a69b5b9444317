"""How the stand-in for Exchange Online judges tokens, through a real SMTP conversation."""

import smtplib
import ssl

import pytest

from console.sandbox.directory import ACCOUNTS, CLIENT_ID, OUTLOOK, OUTLOOK_APP, SENDER
from console.sandbox.entra_tokens import TokenMint
from tests.support.sandbox import GRAPH_SCOPE, Client


def greeted(client: Client, user: str, token: str) -> tuple[int, bytes]:
    """Sign in with XOAUTH2 in two steps and return the reply."""
    said = f"user={user}\x01auth=Bearer {token}\x01\x01"
    with smtplib.SMTP("127.0.0.1", client.box.smtp.port("starttls"), timeout=10) as smtp:
        smtp.starttls(context=ssl.create_default_context(cafile=client.box.authority.ca_file))
        smtp.ehlo()
        try:
            code, text = smtp.auth("XOAUTH2", lambda challenge=None: said, initial_response_ok=False)
        except smtplib.SMTPAuthenticationError as error:
            code, text = error.smtp_code, error.smtp_error  # type: ignore[assignment]
    return code, text


def is_refused(client: Client, user: str, token: str) -> bool:
    code, text = greeted(client, user, token)
    if code == 235:
        return False
    assert code == 535
    assert text.startswith(b"5.7.3 Authentication unsuccessful [")
    return True


def test_signed_in_mailbox_may_send(client: Client) -> None:
    token = client.signed_in()["access_token"]
    assert greeted(client, "alerts@contoso.com", token) == (235, b"2.7.0 Authentication successful")
    assert not is_refused(client, "Alerts@Contoso.com", token)


def test_user_must_be_who_signed_in(client: Client) -> None:
    token = client.signed_in()["access_token"]
    assert is_refused(client, "reports@contoso.com", token)
    assert is_refused(client, "nobody@contoso.com", token)
    assert is_refused(client, "", token)


def test_administrator_has_no_mailbox(client: Client) -> None:
    token = client.signed_in(address="admin@contoso.com")["access_token"]
    assert is_refused(client, "admin@contoso.com", token)


def test_token_for_graph_is_for_another_audience(client: Client) -> None:
    assert is_refused(client, "alerts@contoso.com", client.signed_in(GRAPH_SCOPE)["access_token"])


def test_expired_token(client: Client) -> None:
    mint = client.box.entra.mint
    assert is_refused(client, SENDER.address, mint.for_user(SENDER, CLIENT_ID, OUTLOOK, "SMTP.Send", -1))
    assert not is_refused(client, SENDER.address, mint.for_user(SENDER, CLIENT_ID, OUTLOOK, "SMTP.Send", 60))


def test_other_scope_is_not_enough(client: Client) -> None:
    token = client.box.entra.mint.for_user(SENDER, CLIENT_ID, OUTLOOK, "IMAP.AccessAsUser.All", 60)
    assert is_refused(client, SENDER.address, token)


@pytest.mark.parametrize("token", ["", "x", "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "x" * 9000])
def test_nonsense_is_refused(client: Client, token: str) -> None:
    assert is_refused(client, SENDER.address, token)


def test_forged_signature_is_refused(client: Client) -> None:
    forged = TokenMint().for_user(SENDER, CLIENT_ID, OUTLOOK, "SMTP.Send", 60)
    assert is_refused(client, SENDER.address, forged)


def test_app_may_open_every_licensed_mailbox(client: Client) -> None:
    token = client.app().json()["access_token"]
    for account in ACCOUNTS:
        assert is_refused(client, account.address, token) != account.has_mailbox


def test_app_without_role_is_refused(client: Client) -> None:
    token = client.box.entra.mint.for_app(CLIENT_ID, OUTLOOK_APP, [], 60, proof="1")
    assert is_refused(client, SENDER.address, token)
