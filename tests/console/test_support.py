"""The support archive has no secret of any kind in it, wherever one was planted."""

import json
import resource
import tarfile
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self

import pytest

from console.checks.model import CheckResult
from console.engine import Engine, open_engine
from console.errors import FileError
from console.grade import Grade
from console.secret import Secret
from console.support import SupportFile, archive_path, collect, write

KINDS = (
    "smtp.password",
    "microsoft365.client_secret",
    "microsoft365.certificate_pass_phrase",
    "network.proxy_password",
    "app-key",
    "token-cache",
    "access-token",
)


def canary(kind: str) -> str:
    return f"canary-{kind.replace('.', '-')}-{'x' * 24}"


def stored(kind: str) -> str:
    """Return what lies in the store: JSON for tokens, PEM for a key."""
    if kind == "token-cache":
        return json.dumps(
            {"RefreshToken": {"a": {"secret": canary(kind)}}, "AccessToken": {"secret": "y" * 30}}
        )
    if kind == "access-token":
        return json.dumps({"access_token": canary(kind), "device_code": canary("device-code")})
    if kind == "app-key":
        return f"-----BEGIN PRIVATE KEY-----\n{canary(kind)}\n-----END PRIVATE KEY-----\n"
    return canary(kind)


@pytest.fixture
def engine(root: Path) -> Engine:
    """Every kind of secret, stored, and let slip wherever something is copied from."""
    opened = open_engine(root)
    opened.settings.change({"smtp.host": "smtp.contoso.com", "mail.sender": "alerts@contoso.com"})
    for kind in KINDS:
        opened.secrets.put(kind, Secret(stored(kind)))
    slipped = "\n".join([*(canary(kind) for kind in KINDS), canary("device-code")])
    opened.paths.log.mkdir(parents=True)
    (opened.paths.log / "install.log").write_text(slipped)
    return opened


def whole(files: tuple[SupportFile, ...]) -> str:
    return "\n".join(f"{one.name}\n{one.summary}\n{one.text}" for one in files)


def leak() -> CheckResult:
    return CheckResult("a", "A", Grade.FAILED, " ".join(canary(kind) for kind in KINDS))


def test_no_secret_of_any_kind(engine: Engine) -> None:
    text = whole(collect(engine, [leak()]))
    assert "canary-" not in text
    assert "smtp.contoso.com" in text
    assert "alerts@contoso.com" in text
    assert "contoso.com" not in whole(collect(engine, [], redact_addresses=True)).replace(
        "smtp.contoso.com", ""
    )


def test_a_secret_typed_where_none_belongs(engine: Engine) -> None:
    path = engine.paths.settings
    path.write_text(f"{path.read_text()}\n# the old one was {canary('comment')}\n")
    assert "canary-" not in whole(collect(engine, []))
    path.write_text(f"version: 1\nsmtp:\n  password: {canary('typed')}\n  pasword: {canary('misspelt')}\n")
    text = whole(collect(engine, []))
    assert "canary-" not in text
    assert "cannot be used" in text


def test_secrets_that_are_not_ours_to_know(engine: Engine) -> None:
    log = engine.paths.log / "install.log"
    log.write_text(f"via http://me:{canary('proxy')}@proxy:3128\nAuthorization: Bearer {canary('bearer')}\n")
    engine.paths.tokens.mkdir(parents=True)
    engine.paths.token_file.write_text(json.dumps({"access_token": canary("handed-out")}))
    text = whole(collect(engine, [CheckResult("a", "A", Grade.OK, f"said {canary('handed-out')}")]))
    assert "canary-" not in text
    assert "proxy:3128" in text


def test_the_archive_is_for_its_owner(tmp_path: Path) -> None:
    path = archive_path(tmp_path)
    assert write((SupportFile("a.txt", "a", "text\n"),), path) == path
    assert path.stat().st_mode & 0o777 == 0o600
    with tarfile.open(path) as archive:
        (entry,) = archive.getmembers()
    assert entry.name == f"{path.name.removesuffix('.tar.gz')}/a.txt"


def test_two_archives_of_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    path = archive_path(tmp_path)
    written = [write((SupportFile("a.txt", "a", text),), path) for text in ("one", "two", "three")]
    assert [one.name for one in written[1:]] == [path.name.replace(".tar", f"-{n}.tar") for n in (2, 3)]
    texts = []
    for one in written:
        with tarfile.open(one) as archive:
            content = archive.extractfile(f"{one.name.removesuffix('.tar.gz')}/a.txt")
            texts.append(content and content.read())
    assert texts == [b"one", b"two", b"three"]


def test_the_name_said_beforehand_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Still(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2026, 11, 21, 12, 0, 0, tzinfo=tz)

    monkeypatch.setattr("console.support.datetime", Still)
    write((), archive_path(tmp_path))
    assert archive_path(tmp_path).name == "mail-console-support-20261121-120000-2.tar.gz"


def test_a_link_in_its_place_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link.tar.gz").symlink_to(tmp_path / "elsewhere")
    assert write((), tmp_path / "link.tar.gz").name == "link-2.tar.gz"
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"Cannot write .*missing/x\.tar\.gz: the folder does not exist"):
        write((), tmp_path / "missing/x.tar.gz")


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(FileError, match="larger than this process may write") as caught:
            write((), tmp_path / "x.tar.gz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.code == "local.disk-full"
    assert list(tmp_path.iterdir()) == []
