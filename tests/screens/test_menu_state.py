"""What the menu says, from the engine's values."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.engine import Engine
from console.secret import Secret
from console.settings import Settings
from console.status import ago, missing
from console.transcript import Stage, Transcript
from console.values import replace
from console.verdict import Delivery, Finding, RecipientResult, Result, Who
from screens.menu_state import menu_state, standing_warning
from screens.theme import Tone
from tests.support.screens import engine_below, ready_engine

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def delivery(result: Result, *, purpose: str = "test", cause: str = "", minutes: int = 2) -> Delivery:
    finding = Finding("x", Stage.CONNECT, cause, ("do this",), Who.OPERATOR)
    return Delivery(
        id=f"20261120T115800Z-{result.name.lower()}",
        at=NOW - timedelta(minutes=minutes),
        seconds=1.5,
        purpose=purpose,
        transport="smtp",
        server="smtp.contoso.com:587",
        sender="alerts@contoso.com",
        recipients=(RecipientResult("admin@contoso.com", result is Result.ACCEPTED),),
        subject="Test",
        message_id="<1@contoso.com>",
        size=1000,
        result=result,
        reply="250 ok",
        transcript=Transcript(NOW),
        findings=(finding,) if cause else (),
    )


def settle(engine: Engine) -> None:
    """Let the settings be an hour old."""
    before = NOW.timestamp() - 3600
    os.utime(engine.paths.settings, (before, before))


def test_off_says_so_whatever_else_is_wrong(tmp_path: Path) -> None:
    state = menu_state(engine_below(tmp_path), NOW)
    assert state.verdict.text == "Outgoing mail is off. Nothing is sent."
    assert state.states["mail_switch"].text == "off"


def test_a_log_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    engine = ready_engine(tmp_path)
    engine.paths.log.parent.mkdir(parents=True, exist_ok=True)
    engine.paths.log.write_text("a file where a folder belongs")
    state = menu_state(engine, NOW)
    assert state.verdict.text == "Mail is set up. Whether it works is not known: the log cannot be read."
    assert state.states["test_mail"].text == "not known"
    assert state.states["test_log"].text == "cannot be read"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    state = menu_state(engine_below(tmp_path, mail_enabled="true", smtp_user="relay"), NOW)
    assert state.verdict.text == (
        "Mail is not set up yet. Missing: the From address, the mail server, the password."
    )
    assert state.states["mail_host"].text == "missing: From address, mail server, password"


def test_set_up_but_never_tried(tmp_path: Path) -> None:
    state = menu_state(ready_engine(tmp_path), NOW)
    assert state.verdict.text == "Mail is set up, and has not been tried yet. Send a test mail."
    assert state.states["mail_host"].text == "smtp.contoso.com:587, alerts@contoso.com"
    assert state.states["test_mail"].text == "never sent"
    assert state.states["test_log"].text == "empty"


def test_accepted_is_the_good_news(tmp_path: Path) -> None:
    engine = ready_engine(tmp_path)
    engine.log.append(delivery(Result.ACCEPTED))
    state = menu_state(engine, NOW)
    assert state.verdict.text == "Mail works. Last test accepted by smtp.contoso.com:587 2 minutes ago."
    assert state.verdict.tone is Tone.OK
    assert state.states["test_mail"].text == "accepted 2 min ago"
    assert state.states["test_log"].text == "1 mail"


@pytest.mark.parametrize("result", [Result.ACCEPTED, Result.FAILED])
@pytest.mark.parametrize(
    "changed", [{"smtp.port": "465"}, {"smtp.host": "mx.contoso.com"}, {"smtp.host": "2001:db8::1"}]
)
def test_another_server_has_not_been_tried(tmp_path: Path, changed: dict[str, str], result: Result) -> None:
    engine = ready_engine(tmp_path)
    engine.log.append(delivery(result))
    engine.settings.change(changed)
    said = "Mail is set up, and has not been tried this way yet. Send a test mail."
    assert menu_state(engine, NOW).verdict.text == said


def test_a_server_with_an_ipv6_address_is_the_one_that_was_tried(tmp_path: Path) -> None:
    engine = ready_engine(tmp_path)
    engine.settings.change({"smtp.host": "2001:db8::1"})
    engine.log.append(replace(delivery(Result.ACCEPTED), server="[2001:db8::1]:587"))
    assert menu_state(engine, NOW).verdict.text.startswith("Mail works.")


def test_failed_names_the_cause(tmp_path: Path) -> None:
    engine = ready_engine(tmp_path)
    engine.log.append(delivery(Result.ACCEPTED, minutes=10))
    engine.log.append(delivery(Result.FAILED, purpose="send", cause="The server refuses connections."))
    settle(engine)
    state = menu_state(engine, NOW)
    assert state.verdict.text == (
        "Mail does not work. Last mail failed 2 minutes ago: The server refuses connections."
    )
    assert state.verdict.tone is Tone.FAILURE
    assert state.states["test_log"].text == "2 mails, 1 failed"


@pytest.mark.parametrize("changed", ["settings", "smtp.password"])
def test_a_failure_before_the_last_change_says_nothing_of_what_is_set_up_now(
    tmp_path: Path, changed: str
) -> None:
    engine = ready_engine(tmp_path)
    engine.log.append(delivery(Result.FAILED, cause="The password is wrong."))
    settle(engine)
    if changed == "settings":
        engine.settings.change({"mail.sender": "other@contoso.com"})
    else:
        engine.secrets.put(changed, Secret("another"))
    state = menu_state(engine, NOW)
    assert state.verdict.text == "Changed since the last mail failed 2 minutes ago. Send a test mail."
    assert state.verdict.tone is Tone.WARNING


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (Result.PARTLY, "Mail works in part."),
        (Result.CANCELLED, "Mail is set up. The last test was"),
    ],
)
def test_the_other_ends(tmp_path: Path, result: Result, said: str) -> None:
    engine = ready_engine(tmp_path)
    engine.log.append(delivery(result))
    assert menu_state(engine, NOW).verdict.text.startswith(said)


def test_settings_that_cannot_be_read_are_an_error_not_a_crash(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    engine.paths.settings.parent.mkdir(parents=True)
    engine.paths.settings.write_text("version: 1\nsmtp:\n  port: nonsense\n")
    state = menu_state(engine, NOW)
    assert state.verdict.tone is Tone.FAILURE
    assert state.verdict.text.startswith("Error: ")
    assert "smtp.port" in state.verdict.text
    assert [one.text for one in state.warnings] == [
        "Put the file right in an editor, or move it away and set mail up anew."
    ]


@pytest.mark.parametrize(
    ("transport", "gaps"),
    [
        ("microsoft365", ("the tenant", "the client ID")),
        ("graph", ("the tenant", "the client ID")),
        ("office365-app", ("the tenant", "the client ID", "the client secret")),
        ("graph-app", ("the tenant", "the client ID", "the client secret")),
    ],
)
def test_each_transport_misses_its_own(tmp_path: Path, transport: str, gaps: tuple[str, ...]) -> None:
    engine = engine_below(tmp_path, mail_transport=transport, mail_sender="a@contoso.com")
    assert missing(engine, engine.settings.load()) == gaps


def test_a_stored_secret_is_no_longer_missing(tmp_path: Path) -> None:
    engine = engine_below(tmp_path, mail_sender="a@contoso.com", smtp_host="mail.example.com", smtp_user="a")
    assert missing(engine, engine.settings.load()) == ("the password",)
    engine.secrets.put("smtp.password", Secret("hunter22"))
    assert missing(engine, engine.settings.load()) == ()


@pytest.mark.parametrize(
    ("typed", "warning"),
    [
        ({}, ""),
        ({"smtp.verify": "false"}, "Warning: the mail server's certificate is not verified"),
        ({"smtp.verify": "false", "mail.transport": "graph"}, ""),
        (
            {"smtp.encryption": "none", "smtp.user": "a", "smtp.allow_plaintext_password": "true"},
            "Warning: the password crosses the network readable by anybody",
        ),
        ({"smtp.encryption": "none", "smtp.allow_plaintext_password": "true"}, ""),
    ],
)
def test_what_makes_mail_unsafe_is_said(tmp_path: Path, typed: dict[str, str], warning: str) -> None:
    engine = engine_below(tmp_path)
    settings = engine.settings.change(typed) if typed else Settings()
    assert standing_warning(settings) == warning
    state = menu_state(engine, NOW)
    assert state.standing == warning
    assert [one.text for one in state.warnings if one.tone is Tone.FAILURE] == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("seconds", "long", "short"),
    [
        (-5, "just now", "just now"),
        (59, "just now", "just now"),
        (60, "1 minute ago", "1 min ago"),
        (7200, "2 hours ago", "2 h ago"),
        (86400 * 3, "3 days ago", "3 d ago"),
    ],
)
def test_ago(seconds: int, long: str, short: str) -> None:
    moment = NOW - timedelta(seconds=seconds)
    assert (ago(moment, NOW), ago(moment, NOW, short=True)) == (long, short)
