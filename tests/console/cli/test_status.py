"""``status``: one line, and the exit codes that monitoring systems expect."""

from pathlib import Path

from tests.console.cli.conftest import Appliance
from tests.support.cli import run_cli


def test_off_is_a_warning(root: Path) -> None:
    ended = run_cli("--root", root, "status")
    assert (ended.code, ended.out) == (1, "WARNING: Outgoing mail is off. Nothing is sent.\n")


def test_not_set_up_is_critical(root: Path) -> None:
    run_cli("--root", root, "settings", "set", "mail.enabled=true")
    ended = run_cli("--root", root, "status")
    assert (ended.code, "the mail server" in ended.out) == (2, True)


def test_unusable_settings_are_unknown(root: Path) -> None:
    path = root / "etc/mail-console/settings.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("version: 1\nsmtp: [")
    ended = run_cli("--root", root, "status", "--json")
    assert (ended.code, ended.json["level"], ended.json["enabled"]) == (3, "unknown", None)


def test_several_problems_are_one_line_all_the_same(root: Path) -> None:
    path = root / "etc/mail-console/settings.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("version: 1\nsmtp:\n  port: 0\n  hots: a\n  verify: 7\n")
    ended = run_cli("--root", root, "status")
    assert ended.code == 3
    assert ended.out.count("\n") == 1
    assert "line 3: smtp.port: " in ended.out
    assert ended.out.endswith(" And 2 more: mail-console settings check\n")


def test_an_unusable_profile_is_unknown_too(root: Path) -> None:
    path = root / "etc/mail-console/appliance.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("version: 1\nproduct: [\n")
    ended = run_cli("--root", root, "status")
    assert (ended.code, ended.err) == (3, "")
    assert ended.out.startswith("UNKNOWN: The appliance profile cannot be used: ")
    assert run_cli("--root", root, "status", "--json").json["level"] == "unknown"


def test_a_root_that_is_not_there_is_no_verdict(root: Path) -> None:
    assert run_cli("--root", root / "nowhere", "status").code == 2


def test_the_last_mail_decides(appliance: Appliance) -> None:
    assert appliance.cli("status").code == 3  # never tried
    appliance.cli("test")
    ended = appliance.cli("status")
    assert ended.code == 0
    assert ended.out.startswith("OK: Mail works. Last test accepted by localhost:")
    appliance.cli("settings", "set", "smtp.port=1")
    appliance.cli("test")
    shape = appliance.cli("status", "--json")
    assert (shape.code, shape.json["level"]) == (2, "critical")
    assert shape.json["log"]["newest"]["result"] == "failed"
    assert shape.json["log"]["newest"]["cause"]


def test_what_is_unsafe_warns(appliance: Appliance) -> None:
    appliance.cli("test")
    appliance.cli("settings", "set", "smtp.verify=false")
    ended = appliance.cli("status")
    assert (ended.code, "certificate is not verified" in ended.out) == (1, True)
