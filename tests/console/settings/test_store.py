"""The settings file: every problem named at once, changed whole, locks kept, comments kept."""

import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from console.appliance import Lock, Profile
from console.deadline import Deadline
from console.errors import DeadlineError
from console.files import locked
from console.settings.model import FIELDS, Encryption, Settings, TransportName
from console.settings.store import SettingsError, SettingsStore
from console.settings.yaml_write import write_yaml
from tests.support.children import run_python, start_python


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "settings.yaml"


def store(path: Path, **profile: object) -> SettingsStore:
    return SettingsStore(path, Profile(**profile))  # type: ignore[arg-type]


def written(path: Path, text: str) -> SettingsStore:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return store(path)


def test_no_file_means_defaults_and_nothing_is_written(path: Path) -> None:
    assert store(path).load() == Settings()
    assert not path.parent.exists()


def test_what_is_changed_is_read_again_by_others(path: Path) -> None:
    changed = store(path).change({"smtp.host": "bücher.example", "smtp.port": "25", "mail.enabled": "yes"})
    assert changed.smtp.host == "xn--bcher-kva.example"
    assert store(path).load() == changed
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert sorted(os.listdir(path.parent)) == [".settings.cache.json", ".settings.lock", "settings.yaml"]


def test_every_problem_of_a_file_is_named_with_line_key_nearest_and_allowed(path: Path) -> None:
    text = """version: 1
smtp:
  prot: 25
  port: "25"
  host: [a]
  encryption: startls
  password: canary-in-the-file
  verify: maybe
smpt:
  host: a
mail: 7
network:
  connect_timeout: 1000
  proxy_user: x
smtp:
  user: x
mail.sender: a@b.example
"""
    before = written(path, text)
    with pytest.raises(SettingsError) as caught:
        before.load()
    problems = {(one.line, one.key): one for one in caught.value.problems}
    assert sorted(problems) == [
        (3, "smtp.prot"),
        (4, "smtp.port"),
        (5, "smtp.host"),
        (6, "smtp.encryption"),
        (7, "smtp.password"),
        (8, "smtp.verify"),
        (9, "smpt"),
        (11, "mail"),
        (13, "network.connect_timeout"),
        (14, "network.proxy_user"),
        (15, "smtp"),
        (17, "mail.sender"),
    ]
    assert problems[3, "smtp.prot"].nearest == "smtp.port"
    assert problems[9, "smpt"].nearest == "smtp"
    assert "1 to 65535" in problems[4, "smtp.port"].allowed
    assert "starttls" in problems[6, "smtp.encryption"].what
    assert all(one.file == str(path) for one in caught.value.problems)
    assert str(caught.value).count("\n") == 11
    assert "canary" not in str(caught.value)
    assert path.read_text() == text


def test_a_key_of_another_section_is_pointed_to(path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        written(path, "smtp: {ca_file: /a}\n").load()
    assert caught.value.problems[0].nearest == "network.ca_file"


@pytest.mark.parametrize("version", ["2", "'1'", "x", "", "1.5", "[1]", "true", "0x1"])
def test_another_version_is_refused_before_anything_else(path: Path, version: str) -> None:
    with pytest.raises(SettingsError, match="version") as caught:
        written(path, f"unknown: 1\nversion: {version}\n").load()
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].line == 2


def test_a_file_that_cannot_be_used_is_never_written_over(path: Path) -> None:
    broken = written(path, "smtp: {prot: 1}\n")
    with pytest.raises(SettingsError):
        broken.change({"smtp.port": "25"})
    with pytest.raises(SettingsError):
        broken.save(Settings())
    assert path.read_text() == "smtp: {prot: 1}\n"


def test_plain_words_of_other_kinds_are_text_where_text_belongs(path: Path) -> None:
    text = "mail: {sender_name: yes}\nsmtp: {user: 007, host: ~}\n"
    text += "microsoft365: {client_secret_expires: 2028-05-31}\n"
    loaded = written(path, text).load()
    assert loaded.mail.sender_name == "yes"
    assert loaded.smtp.user == "007"
    assert loaded.smtp.host == ""
    assert loaded.microsoft365.client_secret_expires == "2028-05-31"


def test_all_that_is_typed_wrong_is_named_at_once_and_nothing_changed(path: Path) -> None:
    good = store(path)
    good.change({"smtp.port": "25"})
    before = path.read_bytes()
    with pytest.raises(SettingsError) as caught:
        good.change({"smtp.port": "x", "smtp.hots": "a", "smtp.password": "canary", "smtp.user": "ok"})
    assert [one.key for one in caught.value.problems] == ["smtp.port", "smtp.hots", "smtp.password"]
    assert caught.value.problems[1].nearest == "smtp.host"
    assert "canary" not in str(caught.value)
    assert path.read_bytes() == before


def test_makers_defaults_hold_until_the_operator_chooses(path: Path) -> None:
    maker = {"smtp.port": 25, "smtp.encryption": Encryption.NONE}
    assert store(path, defaults=maker).load().smtp.port == 25
    store(path, defaults=maker).change({"smtp.encryption": "none", "smtp.host": "a"})
    store(path, defaults=maker).change({"smtp.user": "u"})
    newer = store(path, defaults={"smtp.port": 2525})
    assert newer.load().smtp.port == 2525, "what nobody chose follows the maker"
    assert newer.load().smtp.encryption == Encryption.NONE, "what was chosen stays, though it was the default"
    assert newer.default("smtp.port") == 2525


def test_locked_keys_show_the_makers_value_and_cannot_be_changed(path: Path) -> None:
    store(path).change({"smtp.port": "25", "smtp.host": "own"})
    held = store(path, defaults={"smtp.port": 587}, locks=(Lock("smtp.port", "Only TLS here."),))
    assert held.load().smtp.port == 587
    with pytest.raises(SettingsError, match=r"Only TLS here\.") as caught:
        held.change({"smtp.port": "25", "smtp.host": "other"})
    assert caught.value.problems[0].key == "smtp.port"
    with pytest.raises(SettingsError, match=r"Only TLS here\."):
        held.save(held.load().with_values({"smtp.port": 25}))
    assert held.load().smtp.host == "own"
    held.change({"smtp.port": "587", "smtp.host": "other"})
    assert "locked: Only TLS here." in path.read_text()
    assert held.lock_on("smtp.port") == Lock("smtp.port", "Only TLS here.")
    assert held.lock_on("smtp.host") is None


def test_an_operators_comments_stay_where_they_were(path: Path) -> None:
    store(path).change({"smtp.host": "a"})
    lines = path.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  host:"))
    lines[at : at + 1] = ["  # asked Bob first", '  host: "a"  # the old relay']
    path.write_text("# Room 7\n" + "\n".join(lines) + "\n# the end\n")
    store(path).change({"smtp.host": "b"})
    store(path).change({"smtp.host": "c"})
    text = path.read_text()
    assert text.startswith("# Room 7\n")
    assert "  # asked Bob first\n  # the old relay\n  #: Mail server" in text
    assert text.endswith("\n# the end\n")
    assert text.count("#: Mail server") == 1


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028", "\x85"])
def test_a_comment_ends_where_yaml_ends_it(path: Path, end: str) -> None:
    written(path, f"# note{end}smtp: {{port: 25}}{end}").change({"smtp.host": "a"})
    assert store(path).load().smtp.port == 25
    assert store(path).change({"smtp.host": "b"}).smtp.port == 25
    assert path.read_text().count("# note") == 1


def test_comments_grow_into_no_file_that_cannot_be_read(path: Path) -> None:
    full = written(path, "# x\n" * 65_400)
    with pytest.raises(SettingsError, match="too long"):
        full.change({"smtp.port": "25"})
    assert full.load().smtp.port == 587


def test_saving_refuses_values_that_break_their_rule(path: Path) -> None:
    hostile = Settings().with_values({"smtp.host": 'a"\nevil: b', "smtp.port": 70000})
    with pytest.raises(SettingsError) as caught:
        store(path).save(hostile)
    assert [one.key for one in caught.value.problems] == ["smtp.host", "smtp.port"]
    assert not path.exists()


def test_a_link_in_the_files_place_is_not_written_through(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    (tmp_path / "target").write_text("smtp: {port: 25}\n")
    path.symlink_to(tmp_path / "target")
    assert store(path).load().smtp.port == 25
    with pytest.raises(Exception, match="symbolic link"):
        store(path).change({"smtp.port": "26"})
    assert (tmp_path / "target").read_text() == "smtp: {port: 25}\n"


def test_a_lock_held_by_another_ends_with_the_deadline(path: Path) -> None:
    store(path).change({"smtp.port": "25"})
    with locked(path.with_name(".settings.lock"), Deadline(1)), pytest.raises(DeadlineError):
        store(path).change({"smtp.port": "26"}, Deadline(0.05))
    assert store(path).load().smtp.port == 25


def test_processes_lose_none_of_each_others_changes(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from console.appliance import Profile
from console.settings.store import SettingsStore
store = SettingsStore(Path(sys.argv[1]), Profile())
for count in range(1, 21):
    store.change({sys.argv[2]: str(count)})
"""
    keys = ["network.connect_timeout", "network.read_timeout", "smtp.port"]
    children = [start_python(program, str(path), key) for key in keys]
    for child in children:
        assert child.wait(60) == 0
        assert child.stdout is not None
        child.stdout.close()
    loaded = store(path).load()
    assert [loaded.value(key) for key in keys] == [20, 20, 20]


def test_a_writer_killed_at_any_instant_leaves_settings_whole(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from console.appliance import Profile
from console.settings.store import SettingsStore
store = SettingsStore(Path(sys.argv[1]), Profile())
print("ready", flush=True)
count = 0
while True:
    count += 1
    store.change({"smtp.host": f"h{count}.example", "smtp.user": f"h{count}.example"})
"""
    chance = random.Random(11)
    for _ in range(12):
        child = start_python(program, str(path))
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.close()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(chance.uniform(0.002, 0.06))
        child.kill()
        child.wait()
        if path.exists():
            loaded = store(path).load().smtp
            assert loaded.host == loaded.user != ""
    store(path).change({"smtp.port": "25"})
    assert sorted(os.listdir(path.parent)) == [".settings.cache.json", ".settings.lock", "settings.yaml"]


def test_an_unchanged_file_is_read_without_yaml(path: Path) -> None:
    store(path).change({"smtp.host": "a.example"})
    program = """
import sys
from pathlib import Path
from console.appliance import Profile
from console.settings.store import SettingsStore
print(SettingsStore(Path(sys.argv[1]), Profile()).load().smtp.host, "yaml" in sys.modules)
"""
    assert run_python(program, str(path)) == "a.example False\n"
    path.write_text(path.read_text().replace("a.example", "b.example"))
    assert run_python(program, str(path)) == "b.example True\n"
    assert run_python(program, str(path)) == "b.example False\n"


def test_a_hostile_twin_is_never_believed_more_than_the_file(path: Path) -> None:
    store(path).change({"smtp.host": "a.example"})
    twin = path.with_name(".settings.cache.json")
    good = json.loads(twin.read_text())
    for change in (
        {"values": {"smtp.host": "evil\nhost"}},
        {"values": {"smtp.port": 25}},
        {"values": {"smtp.password": "x"}},
        {"values": {"no.such": "x"}},
        {"values": ["smtp.host"]},
        {"values": None},
        {"notes": {"smtp.host": ["evil: yes"]}},
        {"notes": {"smtp.host": ["# a\nevil: yes"]}},
        {"notes": {"smtp.host": ["# a\u2028evil: yes"]}},
        {"notes": 7},
        {"format": 2},
        {"yaml": "other"},
        {"yaml": 7},
    ):
        twin.write_text(json.dumps({**good, **change}))
        assert store(path).load().smtp.host == "a.example"
    for raw in (b"", b"\xff", b"[]", b"null", b"[" * 100_000, b"{"):
        twin.write_bytes(raw)
        assert store(path).load().smtp.host == "a.example"


def test_a_twin_that_others_could_have_written_is_not_read(path: Path) -> None:
    store(path).change({"smtp.host": "a.example"})
    twin = path.with_name(".settings.cache.json")
    forged = json.loads(twin.read_text())
    forged["values"]["smtp.host"] = "evil.example"
    twin.write_text(json.dumps(forged))
    assert store(path).load().smtp.host == "evil.example", "a twin of the same owner is read"
    twin.chmod(0o666)
    assert store(path).load().smtp.host == "a.example"
    twin.write_text(json.dumps(forged))
    twin.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(twin, 65534, 65534)
        assert store(path).load().smtp.host == "a.example"


def test_a_file_too_large_is_refused(path: Path) -> None:
    with pytest.raises(Exception, match="too large"):
        written(path, "#" * 300_000).load()


VALUES = {
    "mail.sender_name": st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=40),
    "smtp.user": st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=40),
    "smtp.port": st.integers(1, 65535).map(str),
    "smtp.verify": st.sampled_from(["true", "false"]),
    "mail.transport": st.sampled_from([one.value for one in TransportName]),
    "network.ca_file": st.text("abc #:'\"{}[]&*!|>%@`", min_size=1, max_size=30).map(
        lambda text: f"/{text}x"
    ),
}


@given(st.fixed_dictionaries({}, optional=VALUES))
@effort(max_examples=150)
def test_what_is_written_is_read_again_by_us_and_by_any_safe_loader(typed: dict[str, str]) -> None:
    from console.settings.file_text import stored_in
    from console.settings.values import ProblemError, all_values, typed_value

    values: dict[str, object] = {}
    for key, text in typed.items():
        try:
            values[key] = typed_value(key, text)
        except ProblemError:
            continue
    text = write_yaml(values, all_values(Settings()), {}, {})
    assert stored_in(text.encode(), "x").values == values
    plain = yaml.safe_load(text)
    for key, value in values.items():
        section, name = key.split(".")
        assert plain[section][name] == value


@given(st.binary(max_size=300))
def test_any_file_ends_in_settings_or_in_problems(raw: bytes) -> None:
    from console.settings.file_text import stored_in

    try:
        values = stored_in(raw, "x").values
    except SettingsError as error:
        assert error.problems
    else:
        assert set(values) <= set(FIELDS)


def test_loading_again_reads_only_what_changed(path: Path) -> None:
    same = store(path)
    same.change({"smtp.port": "25"})
    assert same.load() == same.load()
    store(path).change({"smtp.port": "26"})
    assert same.load().smtp.port == 26
    path.unlink()
    assert same.load().smtp.port == 587
    assert "yaml" in sys.modules
