"""An app's sign-in on the screen: its credential, the key pair made here, the check."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.microsoft365.own_certificate import own_certificate, upload_path
from console.sandbox.box import Sandbox
from console.sandbox.directory import CLIENT_SECRET
from console.secret import Secret
from console.settings.model import TransportName
from screens.app_sign_in import AppSignInScreen
from screens.mail_host import MailHostScreen
from tests.support.rehearsal import Rehearsal
from tests.support.screens import engine_below, focused_id, picture, press, screens_of, shows, status


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("sandbox"), interval=0) as running:
        yield running


@pytest.fixture
def rehearsal(box: Sandbox, root: Path) -> Rehearsal:
    box.set_fault(None)
    made = Rehearsal(box, root)
    made.choose(TransportName.GRAPH_APP)
    return made


def by_certificate(rehearsal: Rehearsal) -> None:
    rehearsal.choose(TransportName.GRAPH_APP, microsoft365__credential="certificate")


def words(app: object) -> str:
    return " ".join(picture(app).split())


async def test_the_key_pair_is_made_shown_uploaded_and_checked(rehearsal: Rehearsal) -> None:
    by_certificate(rehearsal)
    async with screens_of(rehearsal.engine, sandbox=rehearsal.box) as pilot:
        await press(pilot, "4")
        assert shows(pilot, AppSignInScreen)
        assert "there is none on this appliance" in words(pilot.app)
        assert "open settings" not in picture(pilot.app), "F6 is what makes it"
        await press(pilot, "f6")
        made = own_certificate(rehearsal.engine)
        assert made is not None
        assert f"Thumbprint: {made.thumbprint}" in words(pilot.app)
        assert "-----BEGIN CERTIFICATE-----" in words(pilot.app)
        assert "PRIVATE" not in picture(pilot.app)
        assert rehearsal.box.addresses.app_page in status(pilot.app)
        await press(pilot, "f5")
        assert "does not know the certificate" in words(pilot.app)
        rehearsal.box.entra.certificates.upload(upload_path(rehearsal.engine).read_bytes())
        await press(pilot, "f5")
        assert "ok Roles: Mail.Send" in words(pilot.app)


async def test_another_pair_takes_an_explicit_yes(rehearsal: Rehearsal) -> None:
    by_certificate(rehearsal)
    async with screens_of(rehearsal.engine) as pilot:
        await press(pilot, "4", "f6")
        first = own_certificate(rehearsal.engine)
        assert first is not None
        await press(pilot, "f6", "enter")
        assert own_certificate(rehearsal.engine) == first
        await press(pilot, "f6", "2")
        assert own_certificate(rehearsal.engine) != first


async def test_a_secret_is_checked_and_its_faults_are_told(rehearsal: Rehearsal) -> None:
    async with screens_of(rehearsal.engine) as pilot:
        await press(pilot, "4")
        assert "Client secret: stored" in words(pilot.app)
        assert "to be warned" in words(pilot.app)
        assert CLIENT_SECRET not in picture(pilot.app)
        await press(pilot, "f5")
        assert "ok Signed in: the app" in words(pilot.app)
        rehearsal.box.set_fault("secret-expired")
        await press(pilot, "f5")
        assert "\n Not signed in " in picture(pilot.app)
        await press(pilot, "f6")
        assert "menu item 3" in status(pilot.app)
        assert own_certificate(rehearsal.engine) is None


async def test_a_token_without_roles_is_a_warning(rehearsal: Rehearsal) -> None:
    rehearsal.box.set_fault("app-without-roles")
    async with screens_of(rehearsal.engine) as pilot:
        await press(pilot, "4", "f5")
        assert "warning Roles: none" in words(pilot.app)


async def test_a_secrets_id_is_found_before_any_request(rehearsal: Rehearsal) -> None:
    rehearsal.engine.secrets.put("microsoft365.client_secret", Secret("6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"))
    async with screens_of(rehearsal.engine, size=(40, 12)) as pilot:
        await press(pilot, "4")
        assert "copy the secret's ID instead of its Value" in words(pilot.app)


async def test_what_the_settings_lack_is_entered_there_and_looked_at_again(rehearsal: Rehearsal) -> None:
    rehearsal.engine.secrets.remove("microsoft365.client_secret")
    async with screens_of(rehearsal.engine) as pilot:
        await press(pilot, "4")
        assert "No client secret is stored" in words(pilot.app)
        assert " Enter open settings " in picture(pilot.app)
        await press(pilot, "enter")
        assert shows(pilot, MailHostScreen)
        assert focused_id(pilot.app) == "microsoft365-client_secret"
        await press(pilot, *CLIENT_SECRET, "f2", "escape")
        assert shows(pilot, AppSignInScreen)
        assert "Client secret: stored" in words(pilot.app)
        assert "open settings" not in picture(pilot.app)
        await press(pilot, "f1")
        assert "mail-console signin --app\n" in "\n".join(
            line.strip() for line in picture(pilot.app).splitlines()
        )


@pytest.mark.parametrize(
    ("cloud", "host"), [("gcc-high", "smtp.office365.us"), ("china", "smtp.partner.outlook.cn")]
)
async def test_the_menu_names_the_clouds_own_mail_host(tmp_path: Path, cloud: str, host: str) -> None:
    engine = engine_below(
        tmp_path,
        mail_transport="microsoft365",
        mail_sender="a@contoso.com",
        microsoft365_tenant="contoso.com",
        microsoft365_client_id="6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
        microsoft365_cloud=cloud,
    )
    async with screens_of(engine) as pilot:
        assert f"{host}:587" in picture(pilot.app)
