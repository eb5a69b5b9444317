"""The check of an app's secret or certificate: read where it lies, not where the last token came from."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.appliance import Profile
from console.checks.model import CheckResult
from console.checks.runner import chosen, run_checks
from console.checks.table import CHECKS
from console.engine import Engine, open_engine
from console.grade import Grade
from console.microsoft365.own_certificate import new_own_certificate
from console.secret import Secret

GUID = "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"


def checked(root: Path, credential: str) -> tuple[Engine, CheckResult]:
    engine = open_engine(root, profile=Profile(host="acme-7"))
    engine.settings.change({"mail.transport": "graph-app", "microsoft365.credential": credential})
    return engine, again(engine)


def again(engine: Engine) -> CheckResult:
    (found,) = run_checks(engine, chosen(CHECKS, ["credential"]))
    return found


def test_a_certificate_is_read_before_any_sign_in(root: Path) -> None:
    engine, found = checked(root, "certificate")
    assert found.grade is Grade.FAILED
    assert "no certificate" in found.found
    made = new_own_certificate(engine, bits=2048)
    assert again(engine).found == f"certificate {made.thumbprint}, good until {made.not_after:%Y-%m-%d}"
    new_own_certificate(engine, bits=2048, now=datetime.now(UTC) - timedelta(days=720))
    assert again(engine).grade is Grade.WARNING
    new_own_certificate(engine, bits=2048, now=datetime.now(UTC) - timedelta(days=800))
    assert again(engine).grade is Grade.FAILED


def test_a_secret_that_is_missing_or_is_an_id(root: Path) -> None:
    engine, found = checked(root, "secret")
    assert (found.grade, found.found) == (Grade.FAILED, "The client secret is missing.")
    engine.secrets.put("microsoft365.client_secret", Secret(GUID))
    assert "ID, not its Value" in again(engine).found
    engine.secrets.put("microsoft365.client_secret", Secret("a value"))
    assert again(engine).grade is Grade.WARNING, "nobody said when it expires"
