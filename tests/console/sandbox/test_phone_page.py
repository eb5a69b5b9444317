"""The page a browser plays the phone with: plain forms, no script, only our own forms count."""

import re

import pytest
import requests

from tests.support.sandbox import Client


class Browser:
    """Fills in the page's forms as they stand, as a browser without JavaScript does."""

    def __init__(self, client: Client) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(client.box.authority.ca_file)
        self.base = client.base

    def open(self, path: str) -> requests.Response:
        return self.http.get(self.base + path)

    def submit(self, seen: requests.Response, **typed: str) -> requests.Response:
        """Send the form that was seen, hidden fields included."""
        action = re.search(r"action=['\"]([^'\"]+)", seen.text)
        assert action is not None
        hidden = re.findall(r"type=['\"]hidden['\"] name=['\"](\w+)['\"] value=['\"]([^'\"]*)", seen.text)
        return self.http.post(self.base + action[1], data={**dict(hidden), **typed})


@pytest.fixture
def browser(client: Client) -> Browser:
    return Browser(client)


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [("approve", 200, None), ("decline", 400, "authorization_declined"), ("block", 400, "invalid_grant")],
)
def test_whole_way(client: Client, browser: Browser, answer: str, status: int, error: str | None) -> None:
    code = client.code().json()
    accounts = browser.submit(browser.open("/device"), user_code=code["user_code"].lower())
    assert accounts.status_code == 200 and "reports@contoso.com" in accounts.text
    done = browser.submit(accounts, account="reports@contoso.com", answer=answer)
    assert done.status_code == 200
    polled = client.poll(code["device_code"])
    assert (polled.status_code, polled.json().get("error")) == (status, error)


def test_account_is_the_chosen_one(client: Client, browser: Browser) -> None:
    code = client.code().json()
    accounts = browser.submit(browser.open("/device"), user_code=code["user_code"])
    browser.submit(accounts, account="admin@contoso.com", answer="approve")
    assert client.box.entra.codes.of_device(code["device_code"]).account.address == "admin@contoso.com"  # type: ignore[union-attr]


def test_complete_address_fills_the_code_in(browser: Browser) -> None:
    assert "value='ABCD12345'" in browser.open("/device?user_code=ABCD12345").text
    assert "value='ABCD12345'" in browser.open("/device?otc=ABCD12345").text


def test_page_has_no_script_and_forbids_it(browser: Browser) -> None:
    page = browser.open("/device")
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    cookie = page.headers["Set-Cookie"]
    assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=Strict" in cookie


def test_what_was_typed_is_never_markup(browser: Browser) -> None:
    hostile = "'><script>alert(1)</script>"
    assert "<script>" not in browser.open(f"/device?user_code={hostile}").text
    assert "<script>" not in browser.submit(browser.open("/device"), user_code=hostile).text


def test_wrong_code_asks_again(browser: Browser) -> None:
    again = browser.submit(browser.open("/device"), user_code="WRONG")
    assert again.status_code == 400
    assert "Error:" in again.text and "value='WRONG'" in again.text


def test_foreign_form_changes_nothing(client: Client, browser: Browser) -> None:
    code = client.code().json()
    form = {"user_code": code["user_code"], "account": "admin@contoso.com", "answer": "approve"}
    browser.open("/device")
    for forged in ({}, {"sandbox_form": ""}, {"sandbox_form": "guess"}):
        assert browser.http.post(browser.base + "/device/answer", data={**form, **forged}).status_code == 403
    assert client.poll(code["device_code"]).json()["error"] == "authorization_pending"


def test_answered_code_cannot_be_answered_again(client: Client, browser: Browser) -> None:
    code = client.code().json()
    accounts = browser.submit(browser.open("/device"), user_code=code["user_code"])
    client.box.phone.decline()
    late = browser.submit(accounts, account="alerts@contoso.com", answer="approve")
    assert late.status_code == 400
    assert client.poll(code["device_code"]).json()["error"] == "authorization_declined"


@pytest.mark.parametrize("broken", [{"account": "nobody@example.com"}, {"answer": "maybe"}])
def test_impossible_choice_is_refused(client: Client, browser: Browser, broken: dict[str, str]) -> None:
    code = client.code().json()
    accounts = browser.submit(browser.open("/device"), user_code=code["user_code"])
    typed = {"account": "alerts@contoso.com", "answer": "approve", **broken}
    assert browser.submit(accounts, **typed).status_code == 400
    assert client.poll(code["device_code"]).json()["error"] == "authorization_pending"


def test_app_page_shows_what_must_be_typed(browser: Browser) -> None:
    page = browser.open("/app").text
    assert "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34" in page
    assert "8a2c1f0e-5d3b-4c6a-9e7f-1b2d3c4e5f60" in page
    assert "sandbox-client-secret" in page


def test_app_page_takes_a_certificate(client: Client, browser: Browser) -> None:
    pem = client.box.authority.ca_file.read_text()
    assert "Thumbprint:" in browser.submit(browser.open("/app"), certificate=pem).text
    refused = browser.submit(browser.open("/app"), certificate="-----BEGIN PRIVATE KEY-----")
    assert refused.status_code == 400 and "Error: This is no certificate." in refused.text
    forged = browser.http.post(browser.base + "/app/certificate", data={"certificate": pem})
    assert forged.status_code == 403
