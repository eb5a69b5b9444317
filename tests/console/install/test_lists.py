"""Components installed in a row: the package lists are refreshed once, by an apt-get of the test's own."""

import os
from pathlib import Path

import pytest

from console.appliance import Paths, Profile
from console.deadline import Deadline
from console.install import installer, lists
from console.install.model import Component, Manager, components

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="installs: needs root")

SCRIPT = """#!/bin/sh
for word; do last=$word; done
echo "$last" >> "{folder}/asked"
case "$last" in
    update) cat "{folder}/update-says"; exit "$(cat "{folder}/update-ends")" ;;
    broken) echo "E: 404  Not Found"; exit 100 ;;
esac
touch "{folder}/$last"
"""


class Machine:
    """A machine whose apt-get installs a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.update("", 0)
        program = folder / "bin/apt-get"
        program.parent.mkdir()
        program.write_text(SCRIPT.format(folder=folder))
        program.chmod(0o755)

    def update(self, says: str, ends: int) -> None:
        (self.folder / "update-says").write_text(says)
        (self.folder / "update-ends").write_text(str(ends))

    def component(self, name: str) -> Component:
        entry = {"name": name, "title": name, "why": "Because.", "packages": {"apt": [name]}}
        (made,) = components(Profile(components=({**entry, "present": [{"file": str(self.folder / name)}]},)))
        return made

    def install(self, name: str) -> bool:
        done = installer.install(self.component(name), Paths.system(self.folder), Deadline(20))
        return done.finding is None

    @property
    def asked(self) -> list[str]:
        return (self.folder / "asked").read_text().split()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("console.install.command._SEARCH_PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setattr(lists, "_went_well_at", {})
    return Machine(tmp_path)


def test_three_in_a_row_refresh_the_lists_once(machine: Machine) -> None:
    assert all(machine.install(name) for name in ("one", "two", "three"))
    assert machine.asked == ["update", "one", "two", "three"]


def test_after_an_hour_they_are_refreshed_again(machine: Machine) -> None:
    machine.install("one")
    for argv in lists._went_well_at:
        lists._went_well_at[argv] -= lists.HOLD_SECONDS
    machine.install("two")
    assert machine.asked == ["update", "one", "update", "two"]


@pytest.mark.parametrize(
    ("says", "ends"),
    [
        ("E: The repository has no Release file.", 100),
        ("W: Failed to fetch http://mirror/InRelease  Could not resolve 'mirror'", 0),
        ("Err:1 http://mirror stable InRelease", 0),
    ],
)
def test_lists_that_could_not_be_had_are_asked_for_again(machine: Machine, says: str, ends: int) -> None:
    machine.update(says, ends)
    machine.install("one")
    machine.update("", 0)
    machine.install("two")
    machine.install("three")
    assert machine.asked == ["update", "one", "update", "two", "three"]


def test_a_failed_installation_is_tried_again_with_new_lists(machine: Machine) -> None:
    machine.install("one")
    assert not machine.install("broken")
    assert machine.install("two")
    assert machine.asked == ["update", "one", "broken", "update", "two"]


def test_what_is_shown_beforehand_is_what_runs(machine: Machine) -> None:
    wanted = [machine.component(name) for name in ("one", "two")]
    shown = installer.plan(wanted, Manager.APT, Paths.system(machine.folder))
    assert [[one.argv[-1] for one in steps] for steps in shown] == [["update", "one"], ["two"]]
    machine.install("one")
    (steps,) = installer.plan(wanted[1:], Manager.APT, Paths.system(machine.folder))
    assert [one.argv[-1] for one in steps] == ["two"]
