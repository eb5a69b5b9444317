"""The factory: which paths, which profile, and that nothing is written by opening."""

import os
from pathlib import Path

import pytest

from console.appliance import Lock, Paths, Profile, TokenDirectory
from console.engine import open_engine
from console.settings.problems import SettingsError
from tests.support.children import run_python


def test_a_root_has_everything_below_it_and_nothing_is_written(tmp_path: Path) -> None:
    engine = open_engine(tmp_path)
    assert engine.paths == Paths.system(tmp_path)
    for place in (engine.paths.settings, engine.paths.secrets, engine.paths.token_file, engine.paths.log):
        assert place.is_relative_to(tmp_path)
    assert engine.settings.load().mail.enabled is False
    assert engine.secrets.get("smtp.password") is None
    assert list(tmp_path.iterdir()) == []
    assert engine.is_sandbox is False


def test_the_makers_file_is_read_and_its_paths_stay_below_the_root(tmp_path: Path) -> None:
    (tmp_path / "etc/mail-console").mkdir(parents=True)
    (tmp_path / "etc/mail-console/appliance.yaml").write_text(
        "product: Acme\npaths: {log: /data/log}\ntoken_directory: {path: /var/www/tokens}\n"
        "defaults: {smtp: {port: 25}}\nlocks: {smtp.port: Relay only.}\n"
    )
    engine = open_engine(tmp_path)
    assert engine.profile.product == "Acme"
    assert engine.paths.log == tmp_path / "data/log"
    assert engine.paths.token_file == tmp_path / "var/www/tokens/token.json"
    assert engine.paths.secrets == tmp_path / "var/lib/mail-console/secrets"
    assert engine.settings.load().smtp.port == 25
    assert engine.settings.lock_on("smtp.port") == Lock("smtp.port", "Relay only.")


def test_a_given_profile_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "etc/mail-console").mkdir(parents=True)
    (tmp_path / "etc/mail-console/appliance.yaml").write_text("nonsense: 1\n")
    given = Profile(product="Sandbox", token_directory=TokenDirectory(path=Path("/t")))
    engine = open_engine(tmp_path, profile=given, is_sandbox=True)
    assert engine.profile is given
    assert engine.paths.tokens == tmp_path / "t"
    assert engine.is_sandbox
    with pytest.raises(SettingsError, match="nonsense"):
        open_engine(tmp_path)


def test_a_relative_root_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_engine(Path("sub")).paths.settings == tmp_path / "sub/etc/mail-console/settings.yaml"


def test_xdg_folders_of_an_ordinary_user() -> None:
    paths = Paths.of_user({"HOME": "/home/ann", "XDG_CONFIG_HOME": "relative", "XDG_STATE_HOME": "/state"})
    assert paths.settings == Path("/home/ann/.config/mail-console/settings.yaml")
    assert paths.secrets == Path("/state/mail-console/secrets")
    assert Paths.of_user({}).settings.is_absolute()
    assert paths.profile == Path("/etc/mail-console/appliance.yaml")


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as another user")
def test_root_and_an_ordinary_user_get_their_own_places() -> None:
    program = """
import os
os.environ["HOME"] = "/home/ann"
from console.appliance import Profile, TokenDirectory
from console.engine import open_engine
from pathlib import Path
moved = Profile(places={"log": Path("/data/log")}, token_directory=TokenDirectory(path=Path("/t")))
paths = open_engine(profile=moved).paths
print(paths.settings, paths.log, paths.tokens)
"""
    assert run_python(program) == "/etc/mail-console/settings.yaml /data/log /t\n"
    state = "/home/ann/.local/state/mail-console"
    ordinary = f"/home/ann/.config/mail-console/settings.yaml {state}/log {state}/tokens\n"
    assert run_python(program, user=65534) == ordinary


def test_opening_imports_nothing_heavy(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from console.engine import open_engine
open_engine(Path(sys.argv[1])).settings.load()
heavy = "yaml ssl socket email msal requests textual rich cryptography asyncio logging qrcode".split()
print([one for one in heavy if one in sys.modules])
"""
    assert run_python(program, str(tmp_path)) == "[]\n"
