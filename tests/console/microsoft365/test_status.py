"""How the sign-in stands, from disk alone; and what a change of settings does to it."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from console.microsoft365.status import SignInStatus, invalidated_by, sign_in_status
from console.secret import Secret
from console.settings.model import AppCredential, CloudName, Settings, TransportName
from tests.support.microsoft365 import World

DAY = 86400.0
BASE = Settings().with_values(
    {
        "mail.sender": "alerts@contoso.com",
        "mail.transport": TransportName.MICROSOFT365,
        "microsoft365.tenant": "contoso.com",
        "microsoft365.client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
    }
)


def test_smtp_needs_none(world: World) -> None:
    status = sign_in_status(world.engine, world.set(mail_transport="smtp"))
    assert not status.is_signed_in
    assert status.kind == ""
    assert status.warnings == ()


def test_days_left_and_the_warning_from_thirty_days_on(world: World) -> None:
    world.sign_in()
    status = sign_in_status(world.engine, world.settings)
    assert status.days_left == 89
    assert status.warnings == ()
    now = time.time()
    for days, word in ((58, ""), (61, "lapses in 28 days"), (89.5, "less than a day"), (95, "sign in again")):
        warnings = sign_in_status(world.engine, world.settings, now + days * DAY).warnings
        assert (word in warnings[0]) if word else warnings == ()


def test_when_it_lapses_in_words() -> None:
    for days, words in (
        (40.5, "in 40 days"),
        (1.5, "in 1 day"),
        (0.5, "in less than a day"),
        (-276, "that is over"),
    ):
        lapses = datetime.fromtimestamp(time.time() + days * DAY, UTC)
        assert SignInStatus(is_signed_in=True, lapses_at=lapses).lapses_in == words
    assert SignInStatus(is_signed_in=True).lapses_in == ""


def test_clock_put_back_is_said(world: World) -> None:
    world.sign_in()
    warnings = sign_in_status(world.engine, world.settings, time.time() - 365 * DAY).warnings
    assert "clock" in warnings[0]


def test_secret_that_expires_is_warned_about(world: World) -> None:
    from datetime import UTC, datetime, timedelta

    today = datetime.now(UTC).date()
    for days, word in ((31, ""), (30, "expires in 30 days"), (1, "in 1 day "), (-1, "expired on")):
        day = (today + timedelta(days=days)).isoformat()
        settings = world.set(mail_transport="graph-app", microsoft365_client_secret_expires=day)
        told = [one for one in sign_in_status(world.engine, settings).warnings if "secret" in one]
        assert (word in told[0]) if word else told == []


def test_certificate_that_expires_is_warned_about(world: World) -> None:
    from datetime import UTC, datetime, timedelta

    from console.deadline import Deadline
    from console.microsoft365.record import read_record, write_record
    from console.microsoft365.tokens import renew
    from console.sandbox.directory import CLIENT_SECRET
    from console.values import replace

    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    world.set(mail_transport="graph-app")
    renew(world.engine, world.settings, Deadline(20))
    record = read_record(world.engine.secrets, "app")
    assert record is not None
    day = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
    write_record(world.engine.secrets, replace(record, credential_expires=day, credential="certificate"))
    settings = world.settings.with_values({"microsoft365.credential": AppCredential.CERTIFICATE})
    assert f"certificate expires in 9 days ({day})" in sign_in_status(world.engine, settings).warnings[0]


def test_settings_that_cannot_work_are_said(world: World) -> None:
    status = sign_in_status(world.engine, world.settings.with_values({"microsoft365.tenant": "common"}))
    assert not status.is_signed_in
    assert "AADSTS50194" in status.warnings[0]


def test_an_app_that_was_never_checked(world: World) -> None:
    status = sign_in_status(world.engine, world.set(mail_transport="graph-app"))
    assert not status.is_signed_in
    assert "has not signed in yet" in status.warnings[0]


def test_a_credential_changed_after_the_sign_in_is_said_and_not_dated_by_the_old_one(world: World) -> None:
    from console.deadline import Deadline
    from console.microsoft365.record import read_record
    from console.microsoft365.tokens import renew
    from console.sandbox.directory import CLIENT_SECRET

    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    day = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
    settings = world.set(mail_transport="graph-app", microsoft365_client_secret_expires=day)
    renew(world.engine, settings, Deadline(20))
    assert sign_in_status(world.engine, settings).warnings == (
        f"The app's client secret expires in 9 days ({day}).",
    )
    record = read_record(world.engine.secrets, "app")
    assert record is not None
    assert record.credential == "secret"
    other = settings.with_values({"microsoft365.credential": AppCredential.CERTIFICATE})
    told = sign_in_status(world.engine, other)
    assert told.warnings == ("The app has not signed in with its certificate yet: menu item 4 checks it.",)
    assert told.credential_expires is None


def test_a_record_of_an_earlier_release_still_holds(world: World) -> None:
    from console.microsoft365.record import KEYS, read_record

    world.sign_in()
    kept = world.engine.secrets.get(KEYS["delegated"])
    assert kept is not None
    shape = json.loads(kept.reveal())
    del shape["credential"]
    world.engine.secrets.put(KEYS["delegated"], Secret(json.dumps(shape)))
    record = read_record(world.engine.secrets, "delegated")
    assert record is not None
    assert record.credential == ""


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"microsoft365.tenant": "fabrikam.com"}, "Another tenant"),
        ({"microsoft365.client_id": "other"}, "Another client ID"),
        ({"microsoft365.cloud": CloudName.DOD}, "Another cloud"),
        ({"microsoft365.authority": "https://idp.test"}, "Another cloud or authority"),
        ({"mail.sender": "reports@contoso.com"}, "Another mailbox"),
        ({"mail.transport": TransportName.GRAPH_APP}, "app signs in as itself"),
    ],
)
def test_what_a_change_invalidates_is_said(values: dict[str, object], word: str) -> None:
    sentences = invalidated_by(BASE, BASE.with_values(values))
    assert len(sentences) == 1
    assert word in sentences[0]


def test_another_sender_with_the_same_mailbox_needs_a_right_only() -> None:
    old = BASE.with_values({"microsoft365.mailbox": "alerts@contoso.com"})
    (sentence,) = invalidated_by(old, old.with_values({"mail.sender": "reports@contoso.com"}))
    assert "right to send as reports@contoso.com" in sentence
    assert invalidated_by(old.with_values({"mail.sender": "reports@contoso.com"}), old) == ()


def test_an_apps_other_mailbox_needs_a_right() -> None:
    old = BASE.with_values({"mail.transport": TransportName.GRAPH_APP})
    (sentence,) = invalidated_by(old, old.with_values({"mail.sender": "reports@contoso.com"}))
    assert sentence == "Another mailbox: the app needs the right to send as reports@contoso.com."


def test_what_changes_nothing() -> None:
    for values in (
        {"mail.sender_name": "x"},
        {"microsoft365.tenant": "CONTOSO.com"},
        {"mail.transport": TransportName.GRAPH},
        {"mail.transport": TransportName.SMTP},
        {"network.read_timeout": 5},
    ):
        assert invalidated_by(BASE, BASE.with_values(values)) == ()
