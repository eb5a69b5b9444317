"""Secrets on disk: for their owner alone, whole, and in no error."""

import errno
import os
import stat
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.errors import FileError, SecretError
from console.secret import Secret
from console.secret_store import LIMIT, SecretStore
from tests.support.children import NOBODY, folder_for_all, run_python


@pytest.fixture
def store(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "lib" / "secrets")


def test_put_get_has_remove(store: SecretStore) -> None:
    assert store.get("smtp.password") is None
    assert not store.has("smtp.password")
    store.put("smtp.password", Secret("päss word"))
    assert store.has("smtp.password")
    assert store.get("smtp.password") == Secret("päss word")
    store.remove("smtp.password")
    store.remove("smtp.password")
    assert store.get("smtp.password") is None


def test_folder_and_files_are_for_their_owner_alone(store: SecretStore) -> None:
    store.put("app-key", Secret("x"))
    folder = store.path("app-key").parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.path("app-key").stat().st_mode) == 0o600
    folder.chmod(0o755)
    store.put("app-key", Secret("y"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_empty_secret_removes_the_old_one(store: SecretStore) -> None:
    store.put("smtp.password", Secret("x"))
    store.put("smtp.password", Secret(""))
    assert not store.has("smtp.password")


def test_one_put_there_by_hand_is_read_with_or_without_its_line_feed(store: SecretStore) -> None:
    store.put("smtp.password", Secret("x"))
    for raw in (b"by hand", b"by hand\n"):
        store.path("smtp.password").write_bytes(raw)
        assert store.get("smtp.password") == Secret("by hand")
    store.path("smtp.password").write_bytes(b"\n")
    assert store.get("smtp.password") is None
    assert not store.has("smtp.password")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_text_comes_back(store: SecretStore, value: str) -> None:
    store.put("token-cache", Secret(value))
    assert store.get("token-cache") == Secret(value)


@pytest.mark.parametrize("key", ["../settings", "a/b", "", ".hidden", "A", "a\0", "a\n", "x" * 200])
def test_keys_lead_nowhere_else(store: SecretStore, key: str) -> None:
    with pytest.raises(SecretError):
        store.put(key, Secret("x"))
    with pytest.raises(SecretError):
        store.get(key)


def test_what_cannot_be_read_or_kept_is_said_without_the_value(store: SecretStore) -> None:
    with pytest.raises(SecretError, match="cannot be stored"):
        store.put("smtp.password", Secret("canary\ud800"))
    with pytest.raises(SecretError, match="too long"):
        store.put("smtp.password", Secret("x" * (LIMIT + 1)))
    store.put("smtp.password", Secret("x"))
    store.path("smtp.password").write_bytes(b"canary\xff")
    with pytest.raises(SecretError, match="not UTF-8"):
        store.get("smtp.password")


def test_a_link_in_the_place_is_refused(store: SecretStore, tmp_path: Path) -> None:
    store.put("app-key", Secret("x"))
    (tmp_path / "target").write_text("keep")
    store.path("smtp.password").symlink_to(tmp_path / "target")
    with pytest.raises(FileError, match="symbolic link"):
        store.put("smtp.password", Secret("canary"))
    assert (tmp_path / "target").read_text() == "keep"


def full_disk(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def failures(store: SecretStore, monkeypatch: pytest.MonkeyPatch) -> "list[BaseException]":
    """Every way a store can fail with a secret in hand."""
    found: list[BaseException] = []
    store.put("app-key", Secret("x"))
    store.path("smtp.password").mkdir()
    for key, value in [("smtp.password", "canary-17"), ("app-key", "canary-17\ud800"), ("../x", "canary-17")]:
        try:
            store.put(key, Secret(value))
        except (SecretError, FileError) as error:
            found.append(error)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full_disk)
        try:
            store.put("app-key", Secret("canary-17"))
        except FileError as error:
            found.append(error)
    store.path("app-key").write_bytes(b"canary-17\xff")
    try:
        store.get("app-key")
    except SecretError as error:
        found.append(error)
    return found


def test_no_traceback_with_locals_shows_a_secret(store: SecretStore, monkeypatch: pytest.MonkeyPatch) -> None:
    found = failures(store, monkeypatch)
    assert len(found) == 5
    for error in found:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        inner = [frame for frame in report.stack if frame.name != "failures"]
        assert inner
        assert "canary" not in "".join(f"{frame.line} {frame.locals}" for frame in inner)
        assert "canary" not in str(error)
        assert error.__cause__ is None
        assert error.__context__ is None


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as another user")
def test_an_ordinary_user_sees_none_and_is_told_so() -> None:
    program = """
import sys
from pathlib import Path
from console.errors import FileError
from console.secret import Secret
from console.secret_store import SecretStore
store = SecretStore(Path(sys.argv[1]))
for attempt in (lambda: store.get("smtp.password"), lambda: store.has("smtp.password"),
                lambda: store.put("smtp.password", Secret("x")), lambda: store.remove("smtp.password")):
    try:
        print(attempt())
    except FileError as error:
        print(error.code)
"""
    with folder_for_all() as folder:
        SecretStore(folder / "secrets").put("smtp.password", Secret("canary"))
        said = run_python(program, str(folder / "secrets"), user=NOBODY)
    assert said.splitlines() == ["local.permission"] * 4
