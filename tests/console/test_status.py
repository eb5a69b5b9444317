"""What mail still needs, and what an app's credential has to say before anybody signed in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console.microsoft365.own_certificate import new_own_certificate
from console.secret import Secret
from console.status import KEY_PAIR, Level, missing, status
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


def test_no_password_is_missed_where_a_user_name_is_set_but_nobody_signs_in(tmp_path: Path) -> None:
    typed: Any = {"mail_sender": "a@x.example", "smtp_host": "mx.x.example", "smtp_user": "a"}
    engine = engine_below(tmp_path, **typed, smtp_mechanism="none")
    assert missing(engine, engine.settings.load()) == ()
    engine.settings.change({"smtp.mechanism": "auto"})
    assert missing(engine, engine.settings.load()) == ("the password",)


def test_secrets_that_cannot_be_looked_at_leave_the_status_unknown(tmp_path: Path) -> None:
    engine = engine_below(tmp_path, mail_enabled="true", smtp_user="a")
    engine.paths.secrets.parent.mkdir(parents=True, exist_ok=True)
    engine.paths.secrets.write_text("no folder")
    found = status(engine)
    assert found.level is Level.UNKNOWN
    assert "not a folder" in found.sentence
