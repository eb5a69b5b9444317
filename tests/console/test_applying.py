"""Settings and secrets are changed together or not at all, whichever of them cannot be written."""

from pathlib import Path

import pytest

from console.applying import apply
from console.errors import ConsoleError, FileError
from console.secret import Secret
from console.settings.problems import SettingsError
from tests.support.screens import engine_below

OLD, NEW = Secret("old-canary"), Secret("new-canary")


def test_both_are_changed_and_what_that_means_is_told(root: Path) -> None:
    engine = engine_below(root)
    applied = apply(engine, {"smtp.host": "a.example"}, {"smtp.password": NEW})
    assert applied.settings.smtp.host == "a.example"
    assert applied.settings == engine.settings.load()
    assert engine.secrets.get("smtp.password") == NEW
    apply(engine, {}, {"smtp.password": Secret("")})
    assert not engine.secrets.has("smtp.password")


def test_a_secret_that_cannot_be_kept_changes_no_setting(root: Path) -> None:
    engine = engine_below(root, smtp_host="a.example")
    engine.paths.secrets.parent.mkdir(parents=True, exist_ok=True)
    engine.paths.secrets.write_text("no folder")
    with pytest.raises(ConsoleError):
        apply(engine, {"smtp.host": "b.example"}, {"smtp.password": NEW})
    assert engine.settings.load().smtp.host == "a.example"


def test_settings_that_cannot_be_written_leave_the_secrets_as_they_were(root: Path) -> None:
    engine = engine_below(root, smtp_host="a.example")
    engine.secrets.put("smtp.password", OLD)
    real = engine.paths.settings.with_suffix(".real")
    engine.paths.settings.rename(real)
    engine.paths.settings.symlink_to(real)  # nothing is written through a link
    with pytest.raises(FileError):
        apply(engine, {"smtp.host": "b.example"}, {"smtp.password": NEW, "microsoft365.client_secret": NEW})
    assert engine.settings.load().smtp.host == "a.example"
    assert engine.secrets.get("smtp.password") == OLD
    assert not engine.secrets.has("microsoft365.client_secret")


def test_what_is_typed_wrong_changes_nothing(root: Path) -> None:
    engine = engine_below(root)
    engine.secrets.put("smtp.password", OLD)
    with pytest.raises(SettingsError):
        apply(engine, {"smtp.port": "70000"}, {"smtp.password": NEW})
    assert engine.secrets.get("smtp.password") == OLD


def test_a_damaged_secret_can_be_replaced(root: Path) -> None:
    engine = engine_below(root)
    engine.secrets.put("smtp.password", OLD)
    engine.secrets.path("smtp.password").write_bytes(b"\xff\xfe")
    apply(engine, {}, {"smtp.password": NEW})
    assert engine.secrets.get("smtp.password") == NEW
