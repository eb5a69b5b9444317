"""What looks like a secret is taken out, and ordinary words stay."""

import pytest

from console.scrub import scrubbed

CANARY = "planted-canary-0123"


@pytest.mark.parametrize(
    "text",
    [
        f"password: {CANARY}",
        f"# the old password={CANARY} was better",
        f'"refresh_token": "{CANARY}", "x": 1',
        f"pass phrase: {CANARY}",
        f"device_code={CANARY}",
        f"http_proxy=http://user:{CANARY}@proxy:3128",
        f"Could not connect to http://:{CANARY}@proxy",
        f"Authorization: Bearer {CANARY}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}\ncut off",
        f"token eyJ0eXAiOiJKV1Qi.{CANARY}.{CANARY}",
        f"1.A{'x' * 40}{CANARY}",
        f"abc8Q~{CANARY}{'y' * 20}",
    ],
)
def test_secrets_go(text: str) -> None:
    assert CANARY not in scrubbed(text)
    assert "***" in scrubbed(text)


@pytest.mark.parametrize(
    "text",
    [
        "smtp.password 0600 uid 0 17 octets",
        "client_secret_expires: 2027-01-01",
        "allow_plaintext_password: false",
        "credential: secret",
        "https://login.microsoftonline.com/common?x=a@b",
        "failed          Secrets            Missing: Password. Menu item 3.",
        "Basic authentication ends",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert scrubbed(text) == text
