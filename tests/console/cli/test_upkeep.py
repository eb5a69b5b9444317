"""``components``, ``tokens``, ``check`` and ``support``: what the screens do, for scripts."""

import os
import stat
import tarfile
from pathlib import Path

import pytest

from tests.console.cli.conftest import Appliance
from tests.support.cli import FINDING, run_cli

CANARY = "planted-secret-0123456789"
PROFILE = """
components:
- name: thing
  title: The thing
  why: Because it is needed.
  need: required
  present: [{file: "%(target)s"}]
  files: [{shipped: php/TokenFileProvider.php, target: "%(target)s"}]
token_directory:
  owner: mail
  group: mail
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="installs and changes owners: needs root")


@pytest.fixture
def target(root: Path, tmp_path: Path) -> Path:
    """Return where the profile's one component puts its file."""
    wanted = tmp_path / "deep" / "thing.php"
    profile = root / "etc/mail-console/appliance.yaml"
    profile.parent.mkdir(parents=True)
    profile.write_text(PROFILE % {"target": wanted})
    return wanted


def test_components_are_listed_with_their_states(root: Path, target: Path) -> None:
    ended = run_cli("--root", root, "components", "list", "--json")
    (thing,) = ended.json["components"]
    assert (ended.code, thing["name"], thing["state"], thing["need"]) == (0, "thing", "missing", "required")
    assert run_cli("--root", root, "components", "check").code == 1


def test_a_plan_runs_nothing(root: Path, target: Path) -> None:
    ended = run_cli("--root", root, "components", "plan", "thing")
    assert ended.code == 0
    assert f"{target}" in ended.out
    assert not target.exists()


def test_a_plan_for_programs(root: Path, target: Path) -> None:
    (thing,) = run_cli("--root", root, "components", "plan", "thing", "--json").json["components"]
    (step,) = thing["commands"]
    assert (thing["state"], step["argv"][0], str(target) in step["text"]) == ("missing", "install", True)


@needs_root
def test_installing_for_programs(root: Path, target: Path) -> None:
    ended = run_cli("--root", root, "components", "install", "thing", "--json")
    (thing,) = ended.json["components"]
    assert (ended.code, thing["state"], thing["finding"]) == (0, "found", None)
    assert [one["exit_code"] for one in thing["commands"]] == [0]
    (again,) = run_cli("--root", root, "components", "install", "thing", "--json").json["components"]
    assert again["commands"] == []
    assert "is there already" in run_cli("--root", root, "components", "plan", "thing").out


@needs_root
def test_an_installation_that_fails_tells_programs_why(root: Path, target: Path) -> None:
    target.parent.write_text("in the way of the folder")
    ended = run_cli("--root", root, "components", "install", "thing", "--json")
    (thing,) = ended.json["components"]
    assert (ended.code, list(thing["finding"])) == (69, FINDING)


@needs_root
def test_installing_shows_its_commands_and_keeps_them(root: Path, target: Path) -> None:
    ended = run_cli("--root", root, "components", "install", "thing")
    assert (ended.code, ended.out) == (0, "thing installed\n")
    assert "$ install -D" in ended.err
    assert target.exists()
    assert "$ install -D" in (root / "var/log/mail-console/install.log").read_text()
    assert run_cli("--root", root, "components", "check").code == 0
    again = run_cli("--root", root, "components", "install", "thing")
    assert (again.code, "there already" in again.err) == (0, True)


def test_an_unknown_component_is_told(root: Path, target: Path) -> None:
    ended = run_cli("--root", root, "components", "install", "thnig")
    assert (ended.code, "Meant thing?" in ended.err) == (2, True)


@needs_root
def test_the_token_directory_is_checked_shown_and_fixed(root: Path, target: Path) -> None:
    tokens = root / "var/lib/mail-console/tokens"
    tokens.mkdir(parents=True)
    tokens.chmod(0o777)
    checked = run_cli("--root", root, "tokens", "check")
    assert (checked.code, "0777, wanted 0750" in checked.out) == (1, True)
    dry = run_cli("--root", root, "tokens", "fix", "--dry-run")
    assert dry.out.splitlines() == [f"chmod 0750 {tokens}", f"chown -h mail:mail {tokens}"]
    assert stat.S_IMODE(tokens.stat().st_mode) == 0o777
    assert run_cli("--root", root, "tokens", "fix").code == 0
    assert (stat.S_IMODE(tokens.stat().st_mode), tokens.owner()) == (0o750, "mail")
    right = run_cli("--root", root, "tokens", "check", "--json")
    grades = {one["name"]: one["grade"] for one in right.json["aspects"]}
    assert (right.code, grades["directory-mode"]) == (0, "ok")


def test_a_link_in_its_place_is_refused(root: Path, tmp_path: Path) -> None:
    tokens = root / "var/lib/mail-console/tokens"
    tokens.parent.mkdir(parents=True)
    tokens.symlink_to(tmp_path)
    ended = run_cli("--root", root, "tokens", "fix")
    assert ended.code != 0
    assert "link" in ended.err
    assert "Traceback" not in ended.err


def test_checks_exit_with_the_worst(appliance: Appliance) -> None:
    assert appliance.cli("check", "--only", "names", "--only", "disk").code == 0
    appliance.cli("settings", "set", "smtp.host=mail.invalid")
    ended = appliance.cli("check", "--only", "names", "--json")
    (shape,) = ended.json["checks"]
    assert (ended.code, shape["grade"]) == (2, "failed")
    assert "mail.invalid" in shape["found"]
    assert appliance.cli("check", "--only", "clock").code == 3
    unknown = appliance.cli("check", "--only", "clok")
    assert (unknown.code, "Meant clock?" in unknown.err) == (2, True)
    assert "names " in appliance.cli("check", "--list").out


def test_the_support_archive_has_no_secret(appliance: Appliance, tmp_path: Path) -> None:
    appliance.cli("settings", "set", "smtp.password=-", stdin=f"{CANARY}\n")
    appliance.cli("settings", "set", f"mail.sender_name={CANARY}")
    cache = f'{{"RefreshToken": {{"a": {{"secret": "{CANARY}-refresh-token-value"}}}}}}'
    secrets = appliance.root / "var/lib/mail-console/secrets"
    (secrets / "token-cache").write_text(cache)
    (secrets / "app-key").write_text(f"-----BEGIN PRIVATE KEY-----\n{CANARY}-in-a-key\n")
    appliance.cli("test")
    ended = appliance.cli("support", "--folder", tmp_path, "--redact-addresses")
    path = Path(ended.out.strip())
    assert ended.code == 0
    assert (path.parent, stat.S_IMODE(path.stat().st_mode)) == (tmp_path, 0o600)
    with tarfile.open(path) as archive:
        files = {
            one.name.partition("/")[2]: archive.extractfile(one).read().decode()  # type: ignore[union-attr]
            for one in archive.getmembers()
        }
    assert {"settings.txt", "checks.txt", "versions.txt", "secrets.txt"} <= set(files)
    assert any(name.startswith("mails/") for name in files)
    whole = "\n".join(files.values())
    assert CANARY not in whole
    assert "alerts@contoso.com" not in whole
    assert "smtp.password" in files["secrets.txt"]
    for name in files:
        assert name in ended.err, "what is inside is said"


def test_a_folder_that_is_not_there_is_told(root: Path) -> None:
    ended = run_cli("--root", root, "support", "--folder", root / "missing")
    assert ended.code != 0
    assert "the folder does not exist" in ended.err
