"""Tokens that never lapse: renewed in time, stored before use, one request for many who want it."""

import json
import os
import stat
import time
from pathlib import Path

import pytest

from console.appliance import Profile, TokenDirectory
from console.cli.exit_codes import ExitCode
from console.cli.microsoft365 import exit_code_of_refusal
from console.deadline import Deadline
from console.engine import open_engine
from console.errors import FileError
from console.microsoft365 import tokens
from console.microsoft365.record import read_record
from console.microsoft365.sign_in import Refused
from console.microsoft365.tokens import renew, sign_in_status, sign_out, switch_transport, token_source
from console.sandbox.box import Sandbox
from console.sandbox.https_server import Reply
from console.secret import Secret
from console.settings.model import TransportName
from console.verdict import SignInError
from tests.support.children import run_python
from tests.support.microsoft365 import (
    Scripted,
    World,
    age,
    error,
    finish,
    refresh_token_of,
    scripted_world,
    token_answer,
)

YEAR = 365 * 86400.0
WAIT = 20.0

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand files to a group")


def kind_of(caught: pytest.ExceptionInfo[SignInError]) -> str:
    return caught.value.failure.kind


def test_a_live_token_is_used_without_asking_anybody(world: World) -> None:
    world.sign_in()
    source = token_source(world.engine, world.settings)
    first = source()
    assert source() == first
    world.set(microsoft365_authority=world.box.addresses.authority)
    assert token_source(world.engine, world.settings)(False) == first


def test_a_token_about_to_end_is_renewed_and_the_refresh_token_rotates(world: World) -> None:
    world.sign_in()
    old, old_refresh = token_source(world.engine, world.settings)(), refresh_token_of(world)
    age(world, 299)
    new = token_source(world.engine, world.settings)()
    assert new != old
    assert refresh_token_of(world) != old_refresh


def test_a_refused_token_is_not_given_again(world: World) -> None:
    world.sign_in()
    source = token_source(world.engine, world.settings)
    first = source()
    second = source(True)
    assert second != first
    assert source() == second


def test_somebody_elses_renewal_is_taken_after_a_refusal(world: World) -> None:
    world.sign_in()
    source = token_source(world.engine, world.settings)
    source()
    other = renew(world.engine, world.settings, Deadline(WAIT)).record.token
    assert source(True) == other, "the refused one is gone already"


@pytest.mark.parametrize("years", [1, -1])
def test_clock_set_by_a_year(world: World, monkeypatch: pytest.MonkeyPatch, years: int) -> None:
    world.sign_in()
    old = token_source(world.engine, world.settings)()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + years * YEAR)
    record = read_record(world.engine.secrets, "delegated")
    assert record is not None
    assert not record.lives(), "by this clock nobody knows whether it still holds"
    refresh_token_of(world)
    monkeypatch.setattr(time, "time", real)
    assert token_source(world.engine, world.settings)() == old, "put right again, nothing was lost"


@pytest.mark.parametrize("years", [1, -1])
def test_renewing_with_a_wrong_clock_works(service: Scripted, root: Path, years: int) -> None:
    """The service's clock is right, ours is not: tokens come with a lifetime, not with a date."""
    program = (
        "import sys, time; real = time.time\n"
        f"time.time = lambda: real() + {years} * {YEAR}\n"
        "from pathlib import Path; from console.appliance import Profile\n"
        "from console.engine import open_engine; from console.microsoft365.tokens import token_source\n"
        "engine = open_engine(Path(sys.argv[1]))\n"
        "source = token_source(engine, engine.settings.load()); token = source(); print(token.reveal())\n"
        "print(source() == token)"
    )
    service.is_entra()
    tokens_given = iter(f"access-{number}" for number in range(1, 9))
    service.on("/token", lambda _request: token_answer(next(tokens_given)))
    world = scripted_world(service, root)
    world.set(
        **{key.replace(".", "_", 1): str(value) for key, value in world.engine.profile.defaults.items()}
    )
    finish(world)
    assert run_python(program, str(root)).split() == ["access-2", "True"]


def test_service_without_id_token_is_renewed_too(service: Scripted, root: Path) -> None:
    """Plain OAuth2: MSAL makes no account of it, the refresh token is found all the same."""
    world = scripted_world(service, root)
    service.is_entra()
    service.in_turn("/token", token_answer("first"), token_answer("second"))
    finish(world)
    source = token_source(world.engine, world.settings)
    assert source().reveal() == "first"
    assert source(True).reveal() == "second"
    assert service.asked[-1].form()["refresh_token"] == "refresh-of-first"
    assert refresh_token_of(world) == "refresh-of-second"


@pytest.mark.parametrize(
    ("expires_in", "lives"),
    [(60, 60), (-5, 600), (10**12, 100_800), ("3599", 3599), (None, None), ("x", None)],
)
def test_lifetimes_of_every_kind(
    service: Scripted, root: Path, expires_in: object, lives: float | None
) -> None:
    """A short-lived token is used too, half its life; one said to live for ever is renewed all the same."""
    world = scripted_world(service, root)
    service.is_entra()
    service.on("/token", token_answer("short", expires_in=expires_in))
    if lives is None:
        assert isinstance(world.begin().poll(world.deadline), Refused)
        return
    finish(world)
    record = read_record(world.engine.secrets, "delegated")
    assert record is not None
    assert record.expires_at - record.renewed_at == pytest.approx(lives)
    asked = service.count("/token")
    assert token_source(world.engine, world.settings)().reveal() == "short"
    assert service.count("/token") == asked


def test_no_new_refresh_token_keeps_the_old_one(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.in_turn("/token", token_answer("first"), token_answer("second", refresh_token=None))
    finish(world)
    token_source(world.engine, world.settings)(True)
    assert refresh_token_of(world) == "refresh-of-first"


def test_refused_renewal_keeps_the_refresh_token(service: Scripted, root: Path) -> None:
    """MFA may be wanted today and not tomorrow: the refresh token is not thrown away."""
    world = scripted_world(service, root)
    service.is_entra()
    service.in_turn("/token", token_answer("first"), error("invalid_grant", 50076), token_answer("third"))
    finish(world)
    with pytest.raises(SignInError) as caught:
        renew(world.engine, world.settings, Deadline(WAIT))
    assert caught.value.failure.error_codes == ("50076",)
    assert refresh_token_of(world) == "refresh-of-first"
    assert renew(world.engine, world.settings, Deadline(WAIT)).record.token.reveal() == "third"


def test_unreachable_service_lets_a_token_live_to_its_end(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.in_turn("/token", token_answer("first"), Reply.json(503, {}))
    finish(world)
    age(world, 120)
    source = token_source(world.engine, world.settings)
    assert source().reveal() == "first"
    with pytest.raises(SignInError) as caught:
        source(True)
    assert kind_of(caught) == "oauth.unreachable"
    age(world, 10)
    with pytest.raises(SignInError):
        source()


def test_a_box_that_opens_tls_lets_a_token_live_to_its_end(
    service: Scripted, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.in_turn("/token", token_answer("first"))
    finish(world)
    age(world, 120)
    monkeypatch.setattr("console.microsoft365.clouds.Endpoints.is_microsoft", property(lambda _: True))
    world.set(network_ca_file="")
    source = token_source(world.engine, world.settings)
    assert source().reveal() == "first"
    with pytest.raises(SignInError) as caught:
        source(True)
    assert kind_of(caught) == "oauth.tls-inspection"
    assert exit_code_of_refusal(caught.value) is ExitCode.TEMPORARY


def test_switch_to_graph_without_signing_in_again(world: World) -> None:
    world.sign_in()
    renewal = switch_transport(world.engine, world.settings, TransportName.GRAPH, Deadline(WAIT))
    assert renewal.record.audience == "https://graph.microsoft.com"
    assert world.settings.mail.transport is TransportName.GRAPH
    assert token_source(world.engine, world.settings)() == renewal.record.token
    switch_transport(world.engine, world.settings, TransportName.MICROSOFT365, Deadline(WAIT))
    assert sign_in_status(world.engine, world.settings).audience == "https://outlook.office.com"


def test_switch_that_is_not_granted_changes_nothing(world: World) -> None:
    world.sign_in()
    before = token_source(world.engine, world.settings)()
    world.box.set_fault("consent-missing")
    with pytest.raises(SignInError) as caught:
        switch_transport(world.engine, world.settings, TransportName.GRAPH, Deadline(WAIT))
    assert "65001" in caught.value.failure.error_codes
    assert world.settings.mail.transport is TransportName.MICROSOFT365
    assert token_source(world.engine, world.settings)() == before


def test_nobody_signed_in(world: World) -> None:
    with pytest.raises(SignInError) as caught:
        token_source(world.engine, world.settings)()
    assert kind_of(caught) == "oauth.not-signed-in"


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"microsoft365_tenant": "contoso.onmicrosoft.com"}, "oauth.not-signed-in"),
        ({"microsoft365_client_id": "11111111-2222-3333-4444-555555555555"}, "oauth.not-signed-in"),
        ({"mail_sender": "other@contoso.com"}, "oauth.wrong-account"),
    ],
)
def test_changed_settings_never_use_the_old_sign_in(world: World, changed: dict[str, str], kind: str) -> None:
    world.sign_in()
    before = world.settings
    world.set(**changed)
    with pytest.raises(SignInError) as caught:
        token_source(world.engine, world.settings)()
    assert kind_of(caught) == kind
    status = sign_in_status(world.engine, world.settings)
    assert not status.is_signed_in
    assert tokens.invalidated_by(before, world.settings)


def test_damaged_cache_is_set_aside_and_signing_in_again_helps(world: World) -> None:
    world.sign_in()
    for damage in ("{", "[]", "null", '{"RefreshToken": []}', "\x00\x01"):
        world.engine.secrets.put("token-cache", Secret(damage))
        with pytest.raises(SignInError) as caught:
            renew(world.engine, world.settings, Deadline(WAIT))
        assert kind_of(caught) == "oauth.cache-corrupt"
        assert not world.engine.secrets.has("token-cache")
        aside = world.engine.secrets.get("token-cache.damaged")
        assert aside is not None
        assert aside.reveal() == damage
    assert "damaged" in sign_in_status(world.engine, world.settings).warnings[0]
    world.sign_in()
    assert sign_in_status(world.engine, world.settings).is_signed_in


@pytest.mark.parametrize("damage", ["{", "[]", '{"version": 2}', '{"version": 1, "token": 5}', "\x00"])
def test_damaged_record_is_made_anew(world: World, damage: str) -> None:
    world.sign_in()
    world.engine.secrets.put("access-token", Secret(damage))
    assert sign_in_status(world.engine, world.settings).is_signed_in
    assert token_source(world.engine, world.settings)()
    assert sign_in_status(world.engine, world.settings).account == "alerts@contoso.com"


def test_sign_out_forgets_everything_on_disk(world: World) -> None:
    world.sign_in()
    token, refresh = token_source(world.engine, world.settings)().reveal(), refresh_token_of(world)
    sign_out(world.engine)
    for path in world.engine.paths.settings.parents[2].rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8", "replace")
            assert token not in text
            assert refresh not in text
    assert not world.engine.paths.token_file.exists()
    assert not sign_in_status(world.engine, world.settings).is_signed_in
    sign_out(world.engine)


def test_token_file_for_the_appliances_software(world: World) -> None:
    world.sign_in()
    path = world.engine.paths.token_file
    shape = json.loads(path.read_text())
    token = token_source(world.engine, world.settings)()
    port = world.settings.microsoft365.smtp_port
    assert shape == {
        "version": 1,
        "user": "alerts@contoso.com",
        "access_token": token.reveal(),
        "expires_at": shape["expires_at"],
        "host": "localhost",
        "port": port,
        "encryption": "starttls",
    }
    assert abs(shape["expires_at"] - time.time()) < 7200
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
    assert refresh_token_of(world) not in path.read_text()
    renewed = renew(world.engine, world.settings, Deadline(WAIT)).record.token
    assert json.loads(path.read_text())["access_token"] == renewed.reveal()


def test_token_file_is_left_alone_when_nothing_changed(world: World) -> None:
    world.sign_in()
    path = world.engine.paths.token_file
    before = path.stat().st_ino
    renewal = renew(world.engine, world.settings, Deadline(WAIT), only_if_due=True)
    assert not renewal.was_renewed
    assert path.stat().st_ino == before
    path.unlink()
    renew(world.engine, world.settings, Deadline(WAIT), only_if_due=True)
    assert path.exists()


@needs_root
def test_token_file_is_the_profiles_groups_and_never_readable_for_all(box: Sandbox, root: Path) -> None:
    directory = TokenDirectory(group="daemon", directory_mode=0o777, file_mode=0o666)
    profile = Profile(defaults=box.profile.defaults, token_directory=directory)
    engine = open_engine(root, profile=profile)
    world = World(box, engine)
    world.set(mail_enabled="true", mail_transport="microsoft365")
    world.sign_in()
    status = engine.paths.token_file.stat()
    assert stat.S_IMODE(status.st_mode) == 0o660
    assert stat.S_IMODE(engine.paths.token_file.parent.stat().st_mode) == 0o770
    import grp

    assert status.st_gid == grp.getgrnam("daemon").gr_gid


@needs_root
def test_mail_goes_out_although_the_token_file_cannot_be_written(box: Sandbox, root: Path) -> None:
    profile = Profile(defaults=box.profile.defaults, token_directory=TokenDirectory(group="no-such-group"))
    world = World(box, open_engine(root, profile=profile))
    world.set(mail_enabled="true", mail_transport="microsoft365")
    world.sign_in()
    renewal = renew(world.engine, world.settings, Deadline(WAIT))
    assert isinstance(renewal.token_file_problem, FileError)
    assert token_source(world.engine, world.settings)() == renewal.record.token


def test_secrets_are_roots_alone(world: World) -> None:
    world.sign_in()
    folder = world.engine.paths.secrets
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_an_app_gets_a_token_by_secret(world: World) -> None:
    from console.sandbox.directory import CLIENT_SECRET

    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    world.set(mail_transport="graph-app", microsoft365_client_secret_expires="2099-01-01")
    record = renew(world.engine, world.settings, Deadline(WAIT)).record
    assert record.roles == ("Mail.Send",)
    source = token_source(world.engine, world.settings)
    assert source() == record.token
    assert source(True) != record.token
    status = sign_in_status(world.engine, world.settings)
    assert status.is_signed_in
    assert status.lapses_at is None
    assert str(status.credential_expires) == "2099-01-01"
    shape = json.loads(world.engine.paths.token_file.read_text())
    assert "host" not in shape
    assert shape["graph"] == world.box.addresses.graph_root


def test_an_account_and_an_app_keep_their_sign_ins_apart(world: World) -> None:
    from console.sandbox.directory import CLIENT_SECRET

    world.sign_in()
    delegated = token_source(world.engine, world.settings)()
    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    world.set(mail_transport="office365-app")
    token_source(world.engine, world.settings)()
    world.set(mail_transport="microsoft365")
    assert token_source(world.engine, world.settings)() == delegated
