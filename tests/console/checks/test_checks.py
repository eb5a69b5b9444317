"""Every planted breakage is found and explained: through the sandbox's servers, real files, real modes."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from console.checks import network
from console.checks.model import CheckResult
from console.checks.runner import chosen, run_checks
from console.checks.table import CHECKS
from console.engine import Engine, open_engine
from console.grade import Grade
from console.install import renewal, secret_rights
from console.microsoft365 import basic_auth
from console.sandbox.box import Sandbox
from console.secret import Secret
from console.settings.model import Settings
from console.values import replace
from tests.support.children import NOBODY, folder_for_all, run_python


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("box")) as started:
        yield started


@pytest.fixture
def engine(box: Sandbox, root: Path) -> Engine:
    box.set_fault(None)
    opened = open_engine(root, profile=box.profile, is_sandbox=True)
    opened.settings.change({"mail.enabled": "true"})
    return opened


def result(engine: Engine, name: str, **typed: str) -> CheckResult:
    if typed:
        engine.settings.change({key.replace("__", "."): text for key, text in typed.items()})
    (found,) = run_checks(engine, chosen(CHECKS, [name]))
    return found


def graded(engine: Engine, name: str, **typed: str) -> Grade:
    return result(engine, name, **typed).grade


def test_all_that_applies_is_well_when_it_is(engine: Engine) -> None:
    engine.secrets.put("smtp.password", Secret("sandbox-password"))
    results = {one.name: one for one in run_checks(engine, CHECKS)}
    bad = {name: one.found for name, one in results.items() if one.grade is Grade.FAILED}
    bad.pop("components", None)  # what this machine has installed, whatever it is
    assert bad == {}
    for name in ("settings", "mail", "secrets", "names", "ports", "encryption", "capabilities", "disk"):
        assert results[name].grade is Grade.OK, results[name]


def test_mail_off(engine: Engine) -> None:
    assert graded(engine, "mail", mail__enabled="false") is Grade.FAILED


def test_settings_not_filled_in(root: Path) -> None:
    found = result(open_engine(root), "settings")
    assert found.grade is Grade.FAILED
    assert "From address" in found.found
    assert "Mail server" in found.found


def test_a_password_that_is_missing(engine: Engine) -> None:
    found = result(engine, "secrets", smtp__user="alerts@contoso.com")
    assert found.grade is Grade.FAILED
    assert "Password" in found.found


def test_a_secret_others_can_read(engine: Engine) -> None:
    engine.secrets.put("smtp.password", Secret("sandbox-password"))
    engine.secrets.path("smtp.password").chmod(0o644)
    found = result(engine, "secrets")
    assert found.grade is Grade.FAILED
    assert "smtp.password" in found.found
    assert "chmod 0600" in found.fix
    assert found.offer == "fix-secret-modes"
    engine.secrets.path("smtp.password").chmod(0o600)
    engine.paths.secrets.chmod(0o755)
    assert graded(engine, "secrets") is Grade.FAILED


def test_a_secret_that_others_can_read_is_told_while_another_file_comes_and_goes(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.secrets.put("smtp.password", Secret("sandbox-password"))
    engine.secrets.path("smtp.password").chmod(0o644)
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: [".token.new", *listed(folder)])
    (repair,) = secret_rights.plan(engine.paths.secrets)
    assert "chmod 0600" in repair.command.text


@pytest.mark.skipif(os.geteuid() != 0, reason="changes owners: needs root")
def test_a_secret_of_somebody_else(engine: Engine) -> None:
    engine.secrets.put("smtp.password", Secret("sandbox-password"))
    os.chown(engine.secrets.path("smtp.password"), 65534, -1)
    os.chown(engine.paths.secrets, 65534, -1)
    found = result(engine, "secrets")
    assert found.grade is Grade.FAILED
    assert found.fix.count("chown -h 0 ") == 2
    assert len(secret_rights.fix(engine.paths.secrets)) == 2
    assert graded(engine, "secrets") is Grade.OK


@pytest.mark.parametrize("spoil", ["folder", "octets", "link"])
def test_a_secret_that_cannot_be_read(engine: Engine, spoil: str, tmp_path: Path) -> None:
    engine.settings.change({"smtp.user": "alerts@contoso.com"})
    engine.secrets.put("smtp.password", Secret("x"))
    place = engine.secrets.path("smtp.password")
    place.unlink()
    if spoil == "folder":
        place.mkdir()
        (place / "x").touch()
    elif spoil == "octets":
        place.write_bytes(b"\xff\xfe\xfd")
        place.chmod(0o600)
    else:
        (tmp_path / "elsewhere").write_text("secret")
        place.symlink_to(tmp_path / "elsewhere")
    found = result(engine, "secrets")
    assert found.grade is (Grade.WARNING if spoil == "link" else Grade.FAILED)
    assert "smtp.password" in found.found


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user: needs root")
def test_an_ordinary_user_is_told_what_cannot_be_read() -> None:
    program = """
import sys
from pathlib import Path
from console.checks.runner import chosen, run_checks
from console.checks.table import CHECKS
from console.engine import open_engine
(found,) = run_checks(open_engine(Path(sys.argv[1])), chosen(CHECKS, ["secrets"]))
print(found.grade.word, found.found)
"""
    with folder_for_all() as folder:
        closed = open_engine(folder)
        closed.settings.change({"smtp.host": "mail.invalid", "smtp.user": "alerts@contoso.com"})
        closed.secrets.put("smtp.password", Secret("sandbox-password"))
        closed.paths.secrets.chmod(0o755)
        said = run_python(program, str(folder), user=NOBODY)
    assert said.startswith("failed")
    assert "smtp.password" in said


def test_what_goes_through_a_proxy_is_not_looked_up_here(engine: Engine) -> None:
    typed = {"mail__transport": "graph", "network__proxy": "http://localhost:3128"}
    found = result(engine, "names", **typed, microsoft365__authority="https://login.invalid/contoso")
    assert found.grade is Grade.OK
    assert "invalid" not in found.found


def test_nor_is_what_goes_through_the_proxy_of_the_environment(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://localhost:3128")
    typed = {"mail__transport": "graph", "network__use_environment": "true"}
    found = result(engine, "names", **typed, microsoft365__authority="https://login.invalid/contoso")
    assert (found.grade, "invalid" in found.found) == (Grade.OK, False), found


def test_a_name_nobody_knows(engine: Engine) -> None:
    found = result(engine, "names", smtp__host="mail.invalid")
    assert found.grade is Grade.FAILED
    assert "mail.invalid" in found.found


def test_a_port_nobody_listens_on_and_those_that_are(engine: Engine, free_port: int) -> None:
    found = result(engine, "ports", smtp__port=str(free_port))
    assert found.grade is Grade.FAILED
    assert f"localhost:{free_port}" in found.found
    assert found.fix


@pytest.mark.parametrize(
    "fault", ["smtp-certificate-expired", "smtp-certificate-self-signed", "smtp-certificate-wrong-name"]
)
def test_certificates_that_cannot_be_trusted(engine: Engine, box: Sandbox, fault: str) -> None:
    names = [one.name for one in box.faults()]
    name = fault if fault in names else fault.removeprefix("smtp-")
    box.set_fault(name)
    try:
        assert graded(engine, "encryption") is Grade.FAILED
    finally:
        box.set_fault(None)


def test_mail_unencrypted_or_unverified(engine: Engine, box: Sandbox) -> None:
    plain = {"smtp__encryption": "none", "smtp__port": box.addresses.smtp_plain.rpartition(":")[2]}
    assert graded(engine, "encryption", **plain) is Grade.WARNING
    port = box.addresses.smtp_starttls.rpartition(":")[2]
    unverified = {"smtp__encryption": "starttls", "smtp__port": port, "smtp__verify": "false"}
    found = result(engine, "encryption", **unverified)
    assert found.grade is Grade.WARNING
    assert "not verified" in found.found


def test_a_server_without_the_sign_in_that_is_wanted(engine: Engine) -> None:
    assert graded(engine, "capabilities", smtp__user="alerts@contoso.com") is Grade.OK
    found = result(engine, "capabilities", smtp__mechanism="cram-md5")
    assert found.grade is Grade.FAILED
    assert "AUTH" in found.found


def test_microsoft_servers_are_looked_at_too(engine: Engine) -> None:
    found = result(engine, "names", mail__transport="microsoft365")
    assert found.grade is Grade.OK
    assert graded(engine, "ports") is Grade.OK
    assert graded(engine, "clock") is Grade.OK
    assert graded(engine, "capabilities") is Grade.OK
    assert graded(engine, "sign-in") is Grade.FAILED
    assert graded(engine, "capabilities", mail__transport="graph") is Grade.NOT_APPLICABLE
    assert graded(engine, "encryption") is Grade.OK


def test_web_services_tell_how_long_their_certificates_hold(engine: Engine, box: Sandbox) -> None:
    found = result(engine, "encryption", mail__transport="graph")
    assert found.grade is Grade.OK
    days = re.fullmatch(r"trusted; (\S+)'s certificate is good for another (\d+) days", found.found)
    assert days is not None, found.found
    assert days[1] in box.addresses.authority
    assert int(days[2]) >= 14


def test_a_clock_that_is_off(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.microsoft365 import http

    engine.settings.change({"mail.transport": "graph"})
    for offset, grade in ((86400.0, Grade.FAILED), (-120.0, Grade.WARNING), (3.0, Grade.OK)):
        monkeypatch.setattr(http, "_clock_offset", lambda _date, offset=offset: offset)
        found = result(engine, "clock")
        assert found.grade is grade
        assert grade is not Grade.FAILED or found.found == "1 day behind the sign-in service"
    monkeypatch.setattr("console.release.DATE", datetime.now(UTC).date() + timedelta(days=2))
    assert graded(engine, "clock") is Grade.FAILED


def test_a_secret_that_expires(engine: Engine) -> None:
    today = datetime.now(UTC).date()
    engine.secrets.put("microsoft365.client_secret", Secret("sandbox-client-secret"))
    engine.settings.change({"mail.transport": "graph-app"})
    for days, grade in ((-1, Grade.FAILED), (10, Grade.WARNING), (200, Grade.OK)):
        expires = str(today + timedelta(days=days))
        assert graded(engine, "credential", microsoft365__client_secret_expires=expires) is grade
    assert graded(engine, "credential", microsoft365__client_secret_expires="") is Grade.WARNING


def test_the_token_directory_counts_for_microsoft_alone(engine: Engine) -> None:
    assert graded(engine, "token-directory") is Grade.NOT_APPLICABLE
    found = result(engine, "token-directory", mail__transport="graph")
    assert found.grade is Grade.FAILED
    assert found.offer == "fix-token-directory"


def test_the_timer_is_missed(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cron = tmp_path / "mail-console"
    monkeypatch.setattr(renewal, "CRON_FILE", cron)
    monkeypatch.setattr(renewal, "_SYSTEMD_RUNS", tmp_path / "no-systemd")
    engine.settings.change({"mail.transport": "graph"})
    assert graded(engine, "timer") is Grade.WARNING
    monkeypatch.setattr(renewal, "has_cron", lambda: True)
    monkeypatch.setattr(renewal, "cron_runs", lambda: False)
    cron.write_text(renewal.cron_text(engine.paths))
    assert "no cron daemon runs" in result(engine, "timer").found
    monkeypatch.setattr(renewal, "cron_runs", lambda: True)
    assert graded(engine, "timer") is Grade.OK


def test_a_required_component_that_is_missing(engine: Engine) -> None:
    missing = {
        "name": "thing",
        "title": "Thing",
        "why": "Because.",
        "need": "required",
        "present": [{"file": "/nonexistent/thing"}],
    }
    lacking = replace(engine, profile=replace(engine.profile, components=(missing,)))
    found = result(lacking, "components")
    assert found.grade is Grade.FAILED
    assert "Thing (missing)" in found.found


def test_no_mail_yet_is_a_warning(engine: Engine) -> None:
    assert graded(engine, "last-mail") is Grade.WARNING


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 11, 21), "In 40 days"),
        (date(2027, 1, 1), "2027"),
        (date(2028, 1, 1), "Microsoft names the day"),
    ],
)
def test_the_end_of_passwords_at_microsoft(today: date, words: str) -> None:
    settings = Settings().with_values({"smtp.host": "SMTP.office365.com", "smtp.user": "a@contoso.com"})
    assert words in basic_auth.warning(settings, today)
    assert "As of" in basic_auth.warning(settings, today)
    assert basic_auth.warning(settings.with_values({"smtp.user": ""}), today) == ""
    assert basic_auth.warning(settings.with_values({"smtp.host": "mail.example.com"}), today) == ""


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def test_every_check_is_listed_once() -> None:
    names = [one.name for one in CHECKS]
    assert len(names) == len(set(names))


def test_a_certificate_holds_to_its_last_second() -> None:
    now = datetime.now(UTC)
    for hours, days in ((5, 0), (-5, -1), (29, 1)):
        assert network._days_until(f"{now + timedelta(hours=hours):%Y-%m-%d %H:%M:%S} UTC") == days


def test_an_authority_may_name_the_tenant(engine: Engine) -> None:
    typed = {"mail.transport": "graph", "microsoft365.client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"}
    engine.settings.change({**typed, "microsoft365.tenant": "", "microsoft365.authority": ""})
    assert result(engine, "settings").grade is Grade.FAILED
    engine.settings.change({"microsoft365.authority": "https://login.example/contoso.com"})
    assert result(engine, "settings").grade is Grade.OK
