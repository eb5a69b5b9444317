"""docs/command-line.md says what the program does."""

from console.cli.exit_codes import ExitCode
from console.cli.manual import reference, with_reference
from console.cli.status import status_shape
from console.cli.table import COMMANDS
from console.status import Level, Status
from tests.support.cli import PROJECT

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
