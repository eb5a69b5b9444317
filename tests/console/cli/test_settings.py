"""``settings``: shown, changed all or none, checked; secrets never on the command line."""

import json
from pathlib import Path

import pytest

from console.settings.model import FIELDS
from tests.support.cli import COMMAND, run_cli
from tests.support.terminal import Terminal, clean_environment

CANARY = "canary-6f1d-secret"


def test_show_prints_every_setting_as_it_would_be_typed(root: Path) -> None:
    lines = run_cli("--root", root, "settings", "show").out.splitlines()
    assert [line.partition("=")[0] for line in lines] == list(FIELDS)
    assert "smtp.port=587" in lines
    assert "mail.enabled=false" in lines


def test_what_is_shown_can_be_set_again(root: Path) -> None:
    run_cli(
        "--root", root, "settings", "set", "smtp.host=mail.example.com", "smtp.port=25", "smtp.verify=false"
    )
    lines = run_cli("--root", root, "settings", "show").out.splitlines()
    plain = [line for line in lines if not FIELDS[line.partition("=")[0]].secret]
    ended = run_cli("--root", root, "settings", "set", *plain)
    assert (ended.code, ended.err) == (0, "")
    assert run_cli("--root", root, "settings", "show").out.splitlines() == lines


def test_all_or_none_is_changed(root: Path) -> None:
    ended = run_cli(
        "--root", root, "settings", "set", "smtp.host=mail.example.com", "smtp.port=zero", "mail.sender=x",
        "smtp.hots=x", "\x1b[2J=x",
    )  # fmt: skip
    assert ended.code == 78
    assert "Did you mean smtp.host?" in ended.err
    assert "\x1b" not in ended.err
    assert ended.err.count("\n") == 4
    assert "smtp.port" in ended.err
    assert "mail.sender" in ended.err
    assert run_cli("--root", root, "settings", "show", "smtp.host").out == "smtp.host=\n"


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("smtp.hst=a", "Did you mean smtp.host?"),
        ("smtp.host", "KEY=VALUE"),
        (f"smtp.password={CANARY}", "process list"),
    ],
)
def test_a_pair_that_makes_no_sense_is_refused(root: Path, pair: str, words: str) -> None:
    ended = run_cli("--root", root, "settings", "set", pair)
    assert ended.code == 2
    assert words in ended.err
    assert CANARY not in ended.err
    assert not list(root.rglob("smtp.password"))


def test_a_secret_comes_from_stdin_and_is_shown_to_nobody(root: Path) -> None:
    ended = run_cli("--root", root, "settings", "set", "smtp.password=-", stdin=CANARY + "\n")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    kept = root / "var/lib/mail-console/secrets/smtp.password"
    assert CANARY in kept.read_text()
    assert run_cli("--root", root, "settings", "show", "smtp.password").out == "smtp.password=***\n"
    shape = run_cli("--root", root, "settings", "show", "--json").json
    assert shape["version"] == 1
    assert shape["secrets"]["smtp.password"] is True
    assert shape["secrets"]["microsoft365.client_secret"] is False
    assert "smtp.password" not in shape["settings"]
    assert CANARY not in json.dumps(shape)
    run_cli("--root", root, "settings", "set", "smtp.password=")
    assert not kept.exists()


def test_two_secrets_are_two_lines(root: Path) -> None:
    pairs = ("smtp.password=-", "microsoft365.client_secret=-")
    assert run_cli("--root", root, "settings", "set", *pairs, stdin="first-one\nsecond-one\n").code == 0
    folder = root / "var/lib/mail-console/secrets"
    assert "first-one" in (folder / "smtp.password").read_text()
    assert "second-one" in (folder / "microsoft365.client_secret").read_text()


def test_at_a_terminal_a_secret_is_asked_for_without_echo(root: Path) -> None:
    command = [*COMMAND, "--root", str(root), "settings", "set", "smtp.password=-"]
    with Terminal(command, environment=clean_environment()) as terminal:
        terminal.wait_for("Password:")
        terminal.send(CANARY.encode(), "enter")
        assert terminal.wait_exit() == 0
        assert CANARY.encode() not in terminal.output
    assert CANARY in (root / "var/lib/mail-console/secrets/smtp.password").read_text()


def test_no_secret_is_no_secret(root: Path) -> None:
    ended = run_cli("--root", root, "settings", "set", "smtp.password=-", stdin="\n")
    assert ended.code == 2
    assert not list(root.rglob("smtp.password"))


def test_check_says_which_values_a_lock_overrules(root: Path) -> None:
    path = root / "etc/mail-console/settings.yaml"
    path.parent.mkdir(parents=True)
    profile = path.with_name("appliance.yaml")
    profile.write_text(
        "defaults:\n  smtp: {host: relay.acme, port: 25}\n"
        "locks:\n  smtp.host: Fixed.\n  smtp.port: Fixed, too.\n  smtp.password: Ours.\n"
    )
    path.write_text("smtp:\n  host: other.example\n  port: 25\n")
    ended = run_cli("--root", root, "settings", "check")
    assert (ended.code, ended.out) == (0, f"{path}: no problems\n")
    assert ended.err == "Note: smtp.host does not hold as it stands there; the maker has locked it: Fixed.\n"


def test_check_says_that_there_is_no_file_or_a_link(root: Path, tmp_path: Path) -> None:
    path = root / "etc/mail-console/settings.yaml"
    assert run_cli("--root", root, "settings", "check").out == f"{path} is not there: the defaults hold\n"
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "elsewhere")
    ended = run_cli("--root", root, "settings", "check")
    assert (ended.code, "symbolic link" in ended.err) == (0, True)


def test_a_lock_of_the_maker_holds_for_secrets_too(root: Path) -> None:
    profile = root / "etc/mail-console/appliance.yaml"
    profile.parent.mkdir(parents=True)
    profile.write_text("locks:\n  smtp.password: Ask the maker.\n  smtp.host: Fixed.\n")
    for change in ("smtp.password=-", "smtp.password="):  # nothing is typed before one hears of it
        ended = run_cli("--root", root, "settings", "set", change)
        assert ended.code == 78
        assert "smtp.password: The maker of this appliance has locked it: Ask the maker." in ended.err
    assert run_cli("--root", root, "settings", "set", "smtp.host=a.example").code == 78
    assert run_cli("--root", root, "settings", "show", "--json").json["locked"]["smtp.host"] == "Fixed."


def test_check_names_file_line_and_key_of_every_problem(root: Path) -> None:
    path = root / "etc/mail-console/settings.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("version: 1\nsmtp:\n  prt: 25\n  port: many\n")
    ended = run_cli("--root", root, "settings", "check")
    assert ended.code == 78
    assert f"{path}, line 3" in ended.err
    assert "Did you mean smtp.port?" in ended.err or "Did you mean port?" in ended.err
    assert f"{path}, line 4" in ended.err
    assert path.read_text() == "version: 1\nsmtp:\n  prt: 25\n  port: many\n"


def test_schema_is_a_json_schema_that_knows_every_section(root: Path) -> None:
    schema = run_cli("--root", root, "settings", "schema").json
    assert set(schema["properties"]) >= {"mail", "smtp", "microsoft365", "network"}
