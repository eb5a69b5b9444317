"""The maker's file: everything optional, every mistake named with its line."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.appliance import Lock, Profile, TokenDirectory, load_profile
from console.profile_file import profile_in
from console.settings.model import Encryption
from console.settings.problems import SettingsError
from tests.support.children import NOBODY, folder_for_all, run_python

FULL = """
version: 1
product: Acme Mail
host: acme-7
colours: {bar: "#102030", accent: "#ABCDEF"}
paths: {settings: /data/mail/settings.yaml, log: /data/mail/log}
token_directory:
  path: /var/www/tokens
  owner: root
  group: www-data
  directory_mode: 0750
  file_mode: "0640"
  reader: www-data
defaults:
  smtp: {port: 25, encryption: none}
  mail: {sender_name: Acme}
locks:
  mail.transport: Only a relay is supported.
components:
  - name: PHPMailer
    versions: [6, "7.0"]
    check: {command: php, wanted: true}
"""


def profile(text: str) -> Profile:
    return profile_in(text.encode(), "appliance.yaml")


def test_no_file_is_the_built_in_profile(tmp_path: Path) -> None:
    assert load_profile(tmp_path / "appliance.yaml") == Profile()


@pytest.mark.parametrize(
    "text", ["", "version: 1\n", "colours:\ndefaults:\nlocks:\npaths:\ntoken_directory:\n"]
)
def test_everything_is_optional(text: str) -> None:
    assert profile(text) == Profile()


def test_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "appliance.yaml").write_text(FULL)
    found = load_profile(tmp_path / "appliance.yaml")
    assert found == Profile(
        product="Acme Mail",
        host="acme-7",
        defaults={"smtp.port": 25, "smtp.encryption": Encryption.NONE, "mail.sender_name": "Acme"},
        locks=(Lock("mail.transport", "Only a relay is supported."),),
        token_directory=TokenDirectory(Path("/var/www/tokens"), "root", "www-data", 0o750, 0o640, "www-data"),
        components=(
            {"name": "PHPMailer", "versions": [6, "7.0"], "check": {"command": "php", "wanted": True}},
        ),
        bar="#102030",
        accent="#ABCDEF",
        places={"settings": Path("/data/mail/settings.yaml"), "log": Path("/data/mail/log")},
    )
    assert found.host_name() == "acme-7"


def test_every_mistake_is_named_at_once() -> None:
    text = """prodct: x
colours: {bar: red, acent: "#ffffff"}
paths: {settings: relative}
token_directory: {file_mode: 999, owner: "no such;"}
defaults:
  smtp: {prot: 25, port: 0, password: canary}
  smpt: {port: 25}
locks: {mail.transprt: why, smtp.port: [a]}
components: {a: b}
version: 3
host: [a]
"""
    with pytest.raises(SettingsError) as caught:
        profile(text)
    found = [(one.line, one.key, one.nearest) for one in caught.value.problems]
    assert found == [
        (1, "prodct", "product"),
        (2, "colours.bar", ""),
        (2, "colours.acent", "colours.accent"),
        (3, "paths.settings", ""),
        (4, "token_directory.file_mode", ""),
        (4, "token_directory.owner", ""),
        (6, "defaults.smtp.prot", "smtp.port"),
        (6, "defaults.smtp.port", ""),
        (6, "defaults.smtp.password", ""),
        (7, "defaults.smpt", "smtp"),
        (8, "locks.mail.transprt", "mail.transport"),
        (8, "locks.smtp.port", ""),
        (9, "components", ""),
        (10, "version", ""),
        (11, "host", ""),
    ]
    assert "canary" not in str(caught.value)
    assert all(one.what.endswith(".") for one in caught.value.problems)


def test_locks_are_written_as_lines_or_as_the_defaults_are() -> None:
    locks = (Lock("smtp.host", "One."), Lock("smtp.port", "Two."), Lock("mail.sender", "Three."))
    assert profile("locks: {smtp: {host: One., port: Two.}, mail.sender: Three.}\n").locks == locks
    with pytest.raises(SettingsError) as caught:
        profile("locks:\n  smtp:\n    prot: why\n  smpt: {port: why}\n  mail: {sender: {a: b}}\n")
    found = [(one.line, one.key, one.nearest) for one in caught.value.problems]
    assert found == [
        (3, "locks.smtp.prot", "smtp.port"),
        (4, "locks.smpt.port", "smtp.port"),
        (5, "locks.mail.sender", ""),
    ]


def test_a_lock_needs_a_reason() -> None:
    with pytest.raises(SettingsError, match="reason"):
        profile("locks: {smtp.port: ''}\n")


@given(st.binary(max_size=200))
def test_any_file_ends_in_a_profile_or_in_problems(raw: bytes) -> None:
    try:
        assert isinstance(profile_in(raw, "x"), Profile)
    except SettingsError as error:
        assert error.problems


@given(st.text("abcdefgh:- \n[]{}'\"0", max_size=60))
def test_any_components_end_in_a_profile_or_in_problems(text: str) -> None:
    try:
        profile_in(b"components:\n  - " + text.encode(), "x")
    except SettingsError as error:
        assert error.problems


@pytest.mark.skipif(os.geteuid() != 0, reason="runs as another user")
def test_a_profile_that_cannot_be_looked_at_is_no_missing_one() -> None:
    program = """
import sys
from pathlib import Path
from console.appliance import load_profile
from console.errors import FileError
try:
    print(load_profile(Path(sys.argv[1])))
except FileError as error:
    print(error.code)
"""
    with folder_for_all() as folder:
        (folder / "closed").mkdir(mode=0o700)
        place = str(folder / "closed" / "appliance.yaml")
        assert run_python(program, place, user=NOBODY) == "local.permission\n"


def test_a_setting_with_a_dot_is_told_how_to_write_it() -> None:
    with pytest.raises(SettingsError) as caught:
        profile("defaults:\n  smtp.port: 25\n")
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (2, "defaults.smtp.port")
    assert "smtp: and, indented below it, port:" in problem.what
    assert not problem.nearest
