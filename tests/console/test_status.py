"""What mail still needs, and what an app's credential has to say before anybody signed in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console.microsoft365.own_certificate import new_own_certificate
from console.secret import Secret
from console.status import KEY_PAIR, missing, status
from tests.support.screens import engine_below

APP: Any = {
    "mail_sender": "a@contoso.com",
    "mail_enabled": "true",
    "mail_transport": "graph-app",
    "microsoft365_tenant": "contoso.com",
    "microsoft365_client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
}


def test_an_app_with_a_certificate_misses_its_key_pair_until_it_is_made_or_named(tmp_path: Path) -> None:
    engine = engine_below(tmp_path, **APP, microsoft365_credential="certificate")
    assert missing(engine, engine.settings.load()) == (KEY_PAIR,)
    named = engine.settings.load().with_values({"microsoft365.certificate_file": "/etc/app.pfx"})
    assert missing(engine, named) == ()
    new_own_certificate(engine, bits=2048)
    assert missing(engine, engine.settings.load()) == ()


def test_a_secret_that_expires_is_said_before_the_app_signed_in(tmp_path: Path) -> None:
    day = (datetime.now(UTC).date() + timedelta(days=5)).isoformat()
    engine = engine_below(tmp_path, **APP, microsoft365_client_secret_expires=day)
    engine.secrets.put("microsoft365.client_secret", Secret("value"))
    assert any("expires in 5 days" in one for one in status(engine).warnings)
