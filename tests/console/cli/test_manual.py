"""docs/command-line.md says what the program does."""

from pathlib import Path
from typing import Any

import pytest

from console.cli.exit_codes import ExitCode
from console.cli.manual import reference, with_reference
from console.cli.status import status_shape
from console.cli.table import COMMANDS
from console.status import Level, Status
from tests.support.cli import PROJECT, run_cli

DOCUMENT = PROJECT / "docs/command-line.md"


def test_the_reference_is_what_the_parsers_say() -> None:
    document = DOCUMENT.read_text("utf-8")
    assert document == with_reference(document), "run `make docs`"


def test_every_command_and_exit_code_is_in_it() -> None:
    text = reference()
    assert all(f"\n## {one.name}\n" in f"\n{text}" for one in COMMANDS)
    assert all(f"| {code.value} | " in text for code in ExitCode)


def test_every_field_of_status_is_documented() -> None:
    document = DOCUMENT.read_text("utf-8")
    fields = set(status_shape(Status(Level.OK, "Mail works."))) - {"version"}
    assert all(f"`{name}`" in document for name in fields)


@pytest.mark.parametrize(
    "command",
    [
        "check --only mail",
        "components list",
        "components plan ca-certificates",
        "tokens check",
        "token show",
        "certificate new",
        "log list",
        "settings show",
    ],
)
def test_every_field_of_json_is_documented(root: Path, command: str) -> None:
    shape = run_cli("--root", root, *command.split(), "--json").json
    assert shape.pop("version") == 1
    described = DOCUMENT.read_text("utf-8").partition("\n## JSON\n")[2]
    assert [
        one for one in _fields(shape) if f"`{one}`" not in described and f'"{one}"' not in described
    ] == []


def _fields(shape: Any) -> set[str]:
    """Return the names of all fields; those of settings are no fields of the document."""
    if isinstance(shape, list):
        return {name for one in shape for name in _fields(one)}
    if not isinstance(shape, dict):
        return set()
    return {name for name in shape if "." not in name} | _fields(list(shape.values()))
