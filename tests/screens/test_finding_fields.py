"""F6 after a failed mail opens the form at the field that the finding speaks of."""

from pathlib import Path
from typing import Any

import pytest

from console.diagnosis import catalogue, diagnose
from console.settings import FIELDS, form_fields
from console.settings.model import TransportName
from console.transcript import Stage
from console.verdict import Failure, Finding, Who
from screens.finding_fields import FIELDS_OF, TRANSPORT, fields_of, values_of
from screens.mail_host import MailHostScreen
from screens.mail_transport import MailTransportScreen
from screens.offers import OPEN_SETTINGS, go
from tests.screens.test_test_mail import scripted_engine
from tests.support.screens import engine_below, focused_id, picture, press, screens_of, settled, shows, status
from tests.support.scripted_smtp import Peer, ScriptedSmtp

FIRST_FIELD_DOES = {"settings-invalid"}
"""Findings that may speak of any field."""


def finding(finding_id: str) -> Finding:
    return Finding(id=finding_id, stage=Stage.LOCAL, cause="", fix=(), who=Who.OPERATOR, offer=OPEN_SETTINGS)


def test_every_finding_that_opens_the_settings_has_a_field() -> None:
    offering = {entry.id for entry in catalogue() if entry.offer == OPEN_SETTINGS}
    assert offering - FIELDS_OF.keys() == FIRST_FIELD_DOES
    assert FIELDS_OF.keys() <= {entry.id for entry in catalogue()}


def test_every_key_is_a_field_of_some_form() -> None:
    known = {field.key for transport in TransportName for field in form_fields(transport)}
    for keys in FIELDS_OF.values():
        assert set(keys) <= FIELDS.keys()
        assert keys == TRANSPORT or set(keys) <= known


def test_the_finding_with_the_offer_counts() -> None:
    other = Finding(id="wrong-password", stage=Stage.AUTH, cause="", fix=(), who=Who.OPERATOR)
    assert fields_of(OPEN_SETTINGS, (other, finding("no-sender"))) == ("mail.sender",)
    assert fields_of(OPEN_SETTINGS, (finding("unheard-of"),)) == ()
    assert fields_of(OPEN_SETTINGS, ()) == ()


def test_the_catalogue_and_the_table_agree() -> None:
    (found,) = diagnose(Failure(Stage.CONNECT, "connect.refused", facts={"host": "h", "port": "1"}))
    assert fields_of(found.offer, (found,))[0] == "smtp.port"


async def test_f6_after_a_mail_to_a_wrong_port_is_at_the_port(tmp_path: Path) -> None:
    def speak_something_else(peer: Peer) -> None:
        peer.say("SSH-2.0-OpenSSH_9.2p1")

    with ScriptedSmtp(speak_something_else) as server:
        async with screens_of(scripted_engine(server, tmp_path)) as pilot:
            await press(pilot, "6", "enter", "f6")
            assert shows(pilot, MailHostScreen)
            assert focused_id(pilot.app) == "smtp-port"
            assert status(pilot.app).startswith(FIELDS["smtp.port"].help)


async def opened(pilot: Any, finding_id: str) -> str | None:
    go(OPEN_SETTINGS, pilot.app.screen, (finding(finding_id),))
    await settled(pilot)
    return focused_id(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_a_field_seldom_needed_is_brought_out(tmp_path: Path, size: tuple[int, int]) -> None:
    async with screens_of(engine_below(tmp_path), size) as pilot:
        assert await opened(pilot, "certificate-untrusted") == "network-ca_file"
        assert "Private CA" in picture(pilot.app)
        assert "Fewer settings" in picture(pilot.app) or size == (40, 12)


@pytest.mark.parametrize(
    ("transport", "finding_id", "wanted"),
    [
        ("smtp", "name-not-found", "smtp-host"),
        ("microsoft365", "name-not-found", "microsoft365-smtp_host"),
        ("smtp", "wrong-password", "smtp-password"),
        ("graph-app", "secret-empty", "microsoft365-client_secret"),
        ("smtp", "tenant-not-found", "mail-sender"),
        ("smtp", "unheard-of", "mail-sender"),
    ],
)
async def test_each_transport_has_its_own_field(
    tmp_path: Path, transport: str, finding_id: str, wanted: str
) -> None:
    async with screens_of(engine_below(tmp_path, mail_transport=transport)) as pilot:
        assert await opened(pilot, finding_id) == wanted


async def test_a_locked_field_is_passed_over(tmp_path: Path) -> None:
    from console.appliance import Lock, Profile

    lock = Lock("smtp.host", "Set by the maker")
    profile = Profile(host="acme-7", defaults={"smtp.host": "mail.example.com"}, locks=(lock,))
    async with screens_of(engine_below(tmp_path, profile)) as pilot:
        assert await opened(pilot, "name-not-found") == "mail-sender"


async def test_where_the_fix_is_another_transport_that_screen_opens(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await opened(pilot, "basic-auth-disabled")
        assert shows(pilot, MailTransportScreen)


PINNED = "d5:6a:" + ":".join(["0b"] * 30)


def self_signed(fingerprint: str = PINNED) -> Finding:
    (found,) = diagnose(
        Failure(Stage.TLS, "tls.self-signed", facts={"host": "h", "fingerprint": fingerprint})
    )
    return found


def test_what_is_suggested_is_a_setting_and_what_is_not_known_is_not_suggested() -> None:
    suggested = {key for entry in catalogue() for key in entry.suggest}
    assert suggested
    assert suggested <= FIELDS.keys()
    assert self_signed().suggested == (("smtp.fingerprint", PINNED),)
    assert self_signed("").suggested == ()
    assert values_of(OPEN_SETTINGS, (finding("no-sender"), self_signed())) == {}
    assert values_of(OPEN_SETTINGS, (self_signed(),)) == {"smtp.fingerprint": PINNED}


async def test_f8_pins_the_certificate_that_the_server_showed(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        go(OPEN_SETTINGS, pilot.app.screen, [self_signed()])  # type: ignore[arg-type]
        await settled(pilot)
        assert focused_id(pilot.app) == "smtp-fingerprint"
        assert "F8 enters what the server showed, once you have compared:" in status(pilot.app)
        assert PINNED in "".join(picture(pilot.app).split()), "whole, or nobody can compare it"
        await press(pilot, "f8", "f8")
        assert "F8" not in status(pilot.app)
        assert engine.settings.load().smtp.fingerprint == "", "entered, not applied"
        await press(pilot, "f2")
        assert engine.settings.load().smtp.fingerprint == PINNED


async def test_f8_enters_nothing_where_nothing_was_suggested(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3", "f8")
        screen = pilot.app.screen
        assert isinstance(screen, MailHostScreen)
        assert not screen.is_unsaved


async def test_a_hostile_suggestion_is_text_and_refused_as_if_typed(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        pilot.app.push_screen(MailHostScreen(("smtp.fingerprint",), {"smtp.fingerprint": "[/red] no digits"}))
        await settled(pilot)
        assert "[/red] no digits" in status(pilot.app)
        await press(pilot, "f8", "f2")
        assert "cannot stand in a fingerprint" in status(pilot.app)
