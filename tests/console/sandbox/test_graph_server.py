"""The stand-in for Graph's sendMail: forms, limits, errors."""

import base64
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from console.sandbox.entra_tokens import TokenMint
from tests.support.sandbox import GRAPH_SCOPE, MAIL, Client, client_of_sandbox

MB = 1024 * 1024


@pytest.fixture
def token(client: Client) -> str:
    return str(client.signed_in(GRAPH_SCOPE)["access_token"])


@pytest.fixture
def app_token(client: Client) -> str:
    return str(client.app("https://graph.microsoft.com").json()["access_token"])


def refused(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    """Check an error's whole shape and return it."""
    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert set(error) == {"code", "message", "innerError"}
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
    assert answer.headers["request-id"] == error["innerError"]["request-id"]
    return error


def test_mime_is_accepted_and_arrives_without_bcc(client: Client, token: str) -> None:
    before = len(client.box.mailbox.mails())
    mail = MAIL.replace(
        b"Subject", b"Cc: c@example.com\r\nbcc: <b@example.com>,\r\n\tb2@example.com\r\nSubject"
    )
    answer = client.send(token, mail=mail)
    assert (answer.status_code, answer.content) == (202, b"")
    assert "request-id" in answer.headers and "Content-Type" not in answer.headers
    received = client.box.mailbox.mails()[before]
    assert received.recipients == ("you@example.com", "c@example.com", "b@example.com", "b2@example.com")
    assert received.content == MAIL.replace(b"Subject", b"Cc: c@example.com\r\nSubject")
    assert (received.sender, received.via, received.user) == (
        "alerts@contoso.com",
        "graph",
        "alerts@contoso.com",
    )


def test_client_request_id_comes_back(client: Client, token: str) -> None:
    assert (
        client.send(token, headers={"client-request-id": "my-own"}).headers["client-request-id"] == "my-own"
    )


def test_json_form(client: Client, token: str) -> None:
    attachment = {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": "größe.txt",
        "contentType": "text/x-log",
        "contentBytes": base64.b64encode(b"\x00\xff").decode(),
    }
    message = {
        "subject": "Grüße",
        "body": {"contentType": "HTML", "content": "<p>Hi</p>"},
        "toRecipients": [{"emailAddress": {"address": "you@example.com"}}],
        "bccRecipients": [{"emailAddress": {"address": "hidden@example.com"}}],
        "attachments": [attachment],
    }
    answer = client.http.post(
        f"{client.base}/v1.0/me/sendMail",
        json={"message": message, "saveToSentItems": False},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 202
    received = client.box.mailbox.mails()[-1]
    assert (received.subject, received.recipients) == ("Grüße", ("you@example.com", "hidden@example.com"))
    assert b"hidden@example.com" not in received.content
    [part] = received.message.iter_attachments()
    assert (part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) == (
        "größe.txt",
        "text/x-log",
        b"\x00\xff",
    )


@pytest.mark.parametrize("user", ["alerts@contoso.com", "11111111-5d3b-4c6a-9e7f-0000000000a1"])
def test_app_sends_as_a_user(client: Client, app_token: str, user: str) -> None:
    assert client.send(app_token, f"users/{user}").status_code == 202


def test_app_has_no_me(client: Client, app_token: str) -> None:
    refused(client.send(app_token), 400, "BadRequest")


def test_user_cannot_send_as_another_user(client: Client, token: str) -> None:
    refused(client.send(token, "users/reports@contoso.com"), 403, "ErrorAccessDenied")


@pytest.mark.parametrize(
    ("user", "code"),
    [
        ("nobody@contoso.com", "ErrorInvalidUser"),
        ("unlicensed@contoso.com", "MailboxNotEnabledForRESTAPI"),
        ("admin@contoso.com", "MailboxNotEnabledForRESTAPI"),
    ],
)
def test_user_without_mailbox(client: Client, app_token: str, user: str, code: str) -> None:
    refused(client.send(app_token, f"users/{user}"), 404, code)


def test_sender_must_be_the_mailbox(client: Client, token: str) -> None:
    mail = MAIL.replace(b"alerts@", b"other@")
    assert (
        "right to send mail on behalf of"
        in refused(client.send(token, mail=mail), 403, "ErrorSendAsDenied")["message"]
    )


def test_missing_sender_is_filled_in(client: Client, token: str) -> None:
    assert client.send(token, mail=MAIL.partition(b"\r\n")[2]).status_code == 202
    assert client.box.mailbox.mails()[-1].content == MAIL


def test_no_recipients(client: Client, token: str) -> None:
    refused(client.send(token, mail=b"Subject: x\r\n\r\n"), 400, "ErrorInvalidRecipients")


def test_no_token_and_nonsense(client: Client) -> None:
    refused(client.send(""), 401, "InvalidAuthenticationToken")
    answer = client.send("nonsense")
    refused(answer, 401, "InvalidAuthenticationToken")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_token_for_exchange_has_the_wrong_audience(client: Client) -> None:
    error = refused(client.send(client.signed_in()["access_token"]), 401, "InvalidAuthenticationToken")
    assert error["message"] == "Access token validation failure. Invalid audience."


def test_token_of_another_key_is_refused(client: Client) -> None:
    forged = TokenMint().for_app("x", "https://graph.microsoft.com", ["Mail.Send"], 60, proof="1")
    refused(client.send(forged, "users/alerts@contoso.com"), 401, "InvalidAuthenticationToken")


def test_expired_token(client: Client) -> None:
    stale = client.box.entra.mint.for_app("x", "https://graph.microsoft.com", ["Mail.Send"], -1, proof="1")
    error = refused(client.send(stale, "users/alerts@contoso.com"), 401, "InvalidAuthenticationToken")
    assert error["message"] == "Lifetime validation failed, the token is expired."


def test_app_without_roles(client: Client) -> None:
    client.box.set_fault("app-without-roles")
    token = client.app("https://graph.microsoft.com").json()["access_token"]
    refused(client.send(token, "users/alerts@contoso.com"), 403, "ErrorAccessDenied")


def test_body_must_be_base64(client: Client, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    answer = client.http.post(f"{client.base}/v1.0/me/sendMail", data=b"From: me", headers=headers)
    refused(answer, 400, "ErrorMimeContentInvalidBase64String")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"message": 3}', b'{"message": {"toRecipients": [1]}}', b"\xff"]
)
def test_broken_json(client: Client, token: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = client.http.post(f"{client.base}/v1.0/me/sendMail", data=body, headers=headers)
    refused(answer, 400, "BadRequest")


@pytest.fixture
def big() -> Iterator[bytes]:
    yield MAIL + b"x" * (3 * MB - len(MAIL))


def test_four_megabytes_pass_and_more_does_not(client: Client, token: str, big: bytes) -> None:
    assert client.send(token, mail=big).status_code == 202
    before = len(client.box.mailbox.mails())
    refused(client.send(token, mail=big + b"xxx"), 413, "RequestEntityTooLarge")
    assert len(client.box.mailbox.mails()) == before


@pytest.mark.parametrize("size", [5 * MB, 30 * MB])
def test_far_too_large_is_answered_too(client: Client, token: str, size: int) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    answer = client.http.post(f"{client.base}/v1.0/me/sendMail", data=bytes(size), headers=headers)
    refused(answer, 413, "RequestEntityTooLarge")


def test_throttled_once_passes_the_second_time(client: Client, token: str) -> None:
    client.box.set_fault("throttled-once")
    first = client.send(token)
    refused(first, 429, "ApplicationThrottled")
    assert first.headers["Retry-After"] == "1"
    assert client.send(token).status_code == 202


def test_other_resources_are_not_found(client: Client, token: str) -> None:
    refused(client.send(token, "me/messages/x"), 404, "ResourceNotFound")
    answer = client.http.get(f"{client.base}/v1.0/me/sendMail", headers={"Authorization": f"Bearer {token}"})
    refused(answer, 404, "ResourceNotFound")


def test_hostile_headers_do_not_break_it(client: Client, token: str) -> None:
    for header in (
        b"To: " + b"<" * 20000,
        b"To: =?x?b?y?=@[\x00\xff]",
        b"From: \xff\r\nTo: a@b.c",
        b":\r\n:\r\n",
    ):
        assert client.send(token, mail=header + b"\r\n\r\nx").status_code in (202, 400, 403)
    assert client.send(token).status_code == 202


def test_closing_ends_an_upload_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    with client_of_sandbox(tmp_path_factory.mktemp("box")) as client:
        client.http.get(client.base + "/device")  # leaves a connection open
        began = time.monotonic()
    assert time.monotonic() - began < 2
