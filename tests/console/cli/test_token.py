"""``token`` and ``certificate`` as a script or timer calls them."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.microsoft365.tokens import token_source
from console.sandbox.box import Sandbox
from console.sandbox.directory import CLIENT_SECRET
from console.secret import Secret
from tests.support.cli import Ended, run_cli
from tests.support.microsoft365 import World, refresh_token_of, running_box, settings_typed, world_of
from tests.support.terminal import PYTHON, Terminal


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a running sandbox."""
    with running_box(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def world(box: Sandbox, root: Path) -> World:
    """Return a console whose settings are all on disk."""
    world = world_of(box, root)
    world.engine.settings.change(settings_typed(box))
    return world


def cli(world: World, *arguments: str) -> Ended:
    return run_cli("--root", world.engine.paths.settings.parents[2], *arguments)


def test_refresh_renews_and_rewrites_the_token_file(world: World) -> None:
    world.sign_in()
    before = refresh_token_of(world)
    ended = cli(world, "token", "refresh")
    assert ended.code == 0, ended.err
    assert "alerts@contoso.com" in ended.out
    assert refresh_token_of(world) != before
    token = token_source(world.engine, world.settings)().reveal()
    assert json.loads(world.engine.paths.token_file.read_text())["access_token"] == token
    assert token not in ended.out + ended.err


def test_refresh_for_timers_is_silent_and_leaves_a_fresh_token_alone(world: World) -> None:
    world.sign_in()
    before = refresh_token_of(world)
    ended = cli(world, "token", "refresh", "--quiet", "--if-due")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert refresh_token_of(world) == before
    world.set(mail_transport="smtp")
    assert cli(world, "token", "refresh", "--quiet").code == 0


def test_refresh_says_why_it_cannot(world: World) -> None:
    ended = cli(world, "token", "refresh", "--quiet")
    assert ended.code == 77
    assert "Nobody has signed in" in ended.err
    world.sign_in()
    world.box.set_fault("revoked")
    ended = cli(world, "token", "refresh")
    assert ended.code == 77
    assert "Sign in again" in ended.err
    world.box.set_fault("captive-portal")
    assert cli(world, "token", "refresh").code == 75


def test_show_tells_everything_but_the_token(world: World) -> None:
    assert cli(world, "token", "show").code == 1
    world.sign_in()
    ended = cli(world, "token", "show")
    assert ended.code == 0
    for word in ("alerts@contoso.com", "SMTP.Send", "Renewed at", "Lapses", "in 89 days"):
        assert word in ended.out
    shape = cli(world, "token", "show", "--json").json["sign_in"]
    assert (shape["account"], shape["days_left"]) == ("alerts@contoso.com", 89)
    token = token_source(world.engine, world.settings)().reveal()
    assert token not in ended.out + json.dumps(shape)
    assert refresh_token_of(world) not in ended.out


def test_print_gives_the_token_and_nothing_else(world: World) -> None:
    world.sign_in()
    token = token_source(world.engine, world.settings)().reveal()
    ended = cli(world, "token", "print")
    assert (ended.code, ended.out, ended.err) == (0, token + "\n", "")
    said = base64.b64decode(cli(world, "token", "print", "--xoauth2").out).decode()
    assert said == f"user=alerts@contoso.com\x01auth=Bearer {token}\x01\x01"


def test_print_fails_on_stderr_with_an_exit_code(world: World) -> None:
    ended = cli(world, "token", "print")
    assert (ended.code, ended.out) == (77, "")
    assert ended.err
    world.set(mail_transport="smtp")
    ended = cli(world, "token", "print")
    assert (ended.code, ended.out) == (78, "")


def test_print_refuses_a_terminal_unless_forced(world: World) -> None:
    world.sign_in()
    token = token_source(world.engine, world.settings)().reveal()
    root = str(world.engine.paths.settings.parents[2])
    command = [PYTHON, "-m", "console", "--root", root, "token", "print"]
    with Terminal(command, columns=200) as terminal:
        terminal.wait_for("--force")
        assert token[:30] not in terminal.output.decode()
    with Terminal([*command, "--force"], columns=200) as terminal:
        terminal.wait_for(token[:60])


def test_certificate_new_and_show(world: World) -> None:
    assert cli(world, "certificate", "show").code == 78
    ended = cli(world, "certificate", "new", "--bits", "2048")
    assert ended.code == 0, ended.err
    assert "BEGIN CERTIFICATE" in ended.out
    assert "PRIVATE" not in ended.out
    made = cli(world, "certificate", "show", "--json").json["certificate"]
    assert made["thumbprint"] in ended.out
    assert Path(made["file"]).read_text() == made["pem"]
    again = cli(world, "certificate", "new")
    assert again.code == 2
    assert "--replace" in again.err
    other = cli(world, "certificate", "new", "--bits", "2048", "--replace", "--json").json["certificate"]
    assert other["thumbprint"] != made["thumbprint"]
    world.box.entra.certificates.upload(other["pem"].encode())
    world.set(mail_transport="office365-app", microsoft365_credential="certificate")
    assert cli(world, "signin", "--app").code == 0


def test_app_secret_faults_name_their_fix(world: World) -> None:
    world.engine.secrets.put("microsoft365.client_secret", Secret("6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"))
    world.set(mail_transport="graph-app")
    ended = cli(world, "token", "refresh")
    assert ended.code == 78
    assert "Value" in ended.err
    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    assert cli(world, "token", "refresh").code == 0
