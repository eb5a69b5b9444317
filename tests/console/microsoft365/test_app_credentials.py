"""Apps that sign in as themselves: what is wrong here is found before any request."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.deadline import Deadline
from console.microsoft365.app_credentials import proof_of
from console.microsoft365.certificates import make_certificate
from console.microsoft365.own_certificate import (
    file_to_upload,
    new_own_certificate,
    own_certificate,
    upload_path,
)
from console.microsoft365.tokens import fit_of, renew
from console.sandbox.directory import CLIENT_SECRET
from console.secret import Secret
from console.verdict import SignInError
from tests.support.microsoft365 import Scripted, World, scripted_world, secrets_on_disk

WAIT = 20.0


@pytest.fixture
def app(world: World) -> World:
    """Return a world whose transport is an app with the right secret."""
    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    world.set(mail_transport="graph-app")
    return world


def refusal(world: World) -> SignInError:
    with pytest.raises(SignInError) as caught:
        renew(world.engine, world.settings, Deadline(WAIT))
    return caught.value


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("", "app.secret-empty"),
        ("  \t ", "app.secret-empty"),
        ("6A9FF3C7-1f0a-4b7e-9d2c-0b7d5e1c2f34", "app.secret-is-id"),
        (" 6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34\n", "app.secret-is-id"),
    ],
)
def test_secrets_that_cannot_work(service: Scripted, root: Path, secret: str, kind: str) -> None:
    world = scripted_world(service, root, mail_transport="graph-app")
    if secret:
        world.engine.secrets.put("microsoft365.client_secret", Secret(secret))
    assert refusal(world).failure.kind == kind
    assert service.asked == [], "nothing was asked of any server"


def test_certificates_that_cannot_work(service: Scripted, root: Path, tmp_path: Path) -> None:
    world = scripted_world(service, root, mail_transport="graph-app", microsoft365_credential="certificate")
    assert refusal(world).failure.kind == "app.certificate-missing"
    one, other = make_certificate("a", bits=2048), make_certificate("b", bits=2048)
    path = tmp_path / "app.pem"
    world.set(microsoft365_certificate_file=str(path))
    past = make_certificate("c", bits=2048, now=datetime.now(UTC) - timedelta(days=900))
    future = make_certificate("d", bits=2048, now=datetime.now(UTC) + timedelta(days=9))
    for key, public, kind in (
        (one, other, "app.certificate-mismatch"),
        (past, past, "app.certificate-expired"),
        (future, future, "app.certificate-not-yet-valid"),
    ):
        path.write_text(key.private_key.reveal() + public.public_pem)
        assert refusal(world).failure.kind == kind
    assert service.asked == []


def test_secret_with_blanks_round_it_as_pasted(app: World) -> None:
    app.engine.secrets.put("microsoft365.client_secret", Secret(f" {CLIENT_SECRET}\n"))
    assert renew(app.engine, app.settings, Deadline(WAIT)).record.roles == ("Mail.Send",)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("secret-wrong", "7000215"),
        ("secret-expired", "7000222"),
        ("app-not-found", "700016"),
        ("tenant-not-found", "90002"),
    ],
)
def test_refusals_name_cause_and_code(app: World, fault: str, code: str) -> None:
    app.box.set_fault(fault)
    error = refusal(app)
    assert code in error.failure.error_codes
    assert CLIENT_SECRET not in f"{error!r} {error} {error.failure}"


def test_own_certificate_is_kept_here_and_its_public_half_written(app: World) -> None:
    assert own_certificate(app.engine) is None
    made = new_own_certificate(app.engine, bits=2048)
    app.set(microsoft365_credential="certificate")
    found = own_certificate(app.engine)
    assert found is not None
    assert found.thumbprint == made.thumbprint
    public = upload_path(app.engine).read_text()
    assert public == made.public_pem
    key = made.private_key.reveal().splitlines()[5]
    on_disk = secrets_on_disk(app.engine.paths.settings.parents[2])
    assert [Path(name).name for name, text in on_disk.items() if key in text] == ["app-key"]
    assert "not registered" in refusal(app).failure.text
    app.box.entra.certificates.upload(public.encode())
    assert (
        renew(app.engine, app.settings, Deadline(WAIT)).record.credential_expires
        == f"{made.not_after:%Y-%m-%d}"
    )


def test_token_without_roles_is_a_warning(app: World) -> None:
    app.box.set_fault("app-without-roles")
    record = renew(app.engine, app.settings, Deadline(WAIT)).record
    fit = fit_of(record, app.settings)
    assert fit.is_good
    assert [failure.kind for failure in fit.warnings] == ["oauth.no-roles"]


def test_environment_cannot_send_the_secret_elsewhere(app: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """MSAL would ask ``westus.…`` instead."""
    monkeypatch.setenv("MSAL_FORCE_REGION", "westus")
    assert renew(app.engine, app.settings, Deadline(WAIT)).was_renewed


def test_proof_hides_itself(app: World) -> None:
    assert CLIENT_SECRET not in repr(proof_of(app.engine, app.settings))


def test_only_the_certificate_in_use_is_named_for_upload(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root, mail_transport="graph-app")
    made, other = new_own_certificate(world.engine, bits=2048), make_certificate("other", bits=2048)
    assert file_to_upload(world.engine, made) == upload_path(world.engine)
    assert file_to_upload(world.engine, other) is None
    upload_path(world.engine).unlink()
    assert file_to_upload(world.engine, made) is None
