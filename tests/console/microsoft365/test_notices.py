"""What a change of settings invalidates, told by the engine, the command and the form."""

from pathlib import Path

import pytest

from console.notices import notices
from console.sandbox.directory import CLIENT_SECRET
from console.secret import Secret
from screens.mail_host import MailHostScreen
from tests.support.cli import run_cli
from tests.support.microsoft365 import Scripted, World, finish, scripted_world, token_answer
from tests.support.screens import press, screens_of, status, type_text

GUID = "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"


@pytest.fixture
def signed_in(service: Scripted, root: Path) -> World:
    """Return a console where somebody signed in."""
    service.is_entra()
    service.on("/token", token_answer("a-token"))
    world = scripted_world(service, root)
    finish(world)
    return world


def said(world: World, **typed: str) -> tuple[str, ...]:
    before = world.settings
    return notices(world.engine, before, world.set(**typed))


def test_after_a_sign_in_each_change_says_what_it_invalidates(signed_in: World) -> None:
    assert "Another tenant" in said(signed_in, microsoft365_tenant="fabrikam.com")[0]
    assert "Another client ID" in said(signed_in, microsoft365_client_id=GUID.replace("6a", "6b"))[0]
    assert "Another mailbox" in said(signed_in, mail_sender="reports@contoso.com")[0]
    assert said(signed_in, mail_sender_name="Reports") == ()
    assert said(signed_in, mail_transport="graph") == ()
    assert said(signed_in, mail_transport="smtp") == ()


def test_before_a_sign_in_nothing_is_invalidated(service: Scripted, root: Path) -> None:
    assert said(scripted_world(service, root), microsoft365_tenant="fabrikam.com") == ()


def test_a_secrets_id_in_place_of_its_value_is_said_when_it_is_saved(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root, mail_transport="graph-app")
    world.engine.secrets.put("microsoft365.client_secret", Secret(f" {GUID} "))
    assert "secret's ID" in notices(world.engine, world.settings, world.settings)[0]
    oidc = world.settings.with_values({"microsoft365.oidc": True})
    assert notices(world.engine, oidc, oidc) == (), "other services give out GUIDs as secrets"
    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    assert notices(world.engine, world.settings, world.settings) == ()


def test_the_command_says_it(root: Path) -> None:
    run_cli("--root", root, "settings", "set", "mail.transport=graph-app")
    ended = run_cli("--root", root, "settings", "set", "microsoft365.client_secret=-", stdin=GUID)
    assert ended.code == 0
    assert ended.out == ""
    assert ended.err.startswith("Note: The client secret looks like the secret's ID")


async def test_the_form_says_it(signed_in: World) -> None:
    async with screens_of(signed_in.engine) as pilot:
        await pilot.app.push_screen(MailHostScreen())
        await press(pilot, "ctrl+u")
        await type_text(pilot, "reports@contoso.com")
        await press(pilot, "f2")
        assert status(pilot.app) == "Saved. Another mailbox: sign in as reports@contoso.com."
