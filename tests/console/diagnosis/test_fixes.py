"""What the fixes tell people to do exists: menu items, fields, settings keys, commands, offers."""

import re
from pathlib import Path

import pytest
import yaml

from console.delivery_json import delivery_values
from console.diagnosis import catalogue
from console.settings.model import FIELDS
from tests.support.deliveries import made_delivery

PROJECT = Path(__file__).parents[3]
STEPS = "\n".join(step for entry in catalogue() for step in entry.fix)
MENU = {
    "1": "Mail on or off",
    "2": "Mail transport",
    "3": "Mail host and sender",
    "4": "Microsoft 365 sign-in",
    "5": "Components and tokens",
    "6": "Send a test mail",
    "7": "Test log",
    "8": "Check everything",
}
TITLES = {field.title for field in FIELDS.values()}


def test_settings_keys_exist_and_their_values_are_allowed() -> None:
    named = re.findall(r"mail-console settings set ([a-z0-9_.]+)=(\S*)", STEPS)
    assert named
    for key, value in named:
        field = FIELDS[key]
        if not field.secret:
            field.rule.parse(value)


def test_menu_items_are_named_as_the_menu_names_them() -> None:
    named = re.findall(r"[Mm]enu item (\d)(?:, ([A-Z][A-Za-z0-9 -]*))?", STEPS)
    assert {number for number, _ in named} <= MENU.keys()
    for number, name in named:
        assert name in ("", "F5", "More settings", MENU[number]) or name in TITLES


def test_the_menu_has_them() -> None:
    from screens.menu import ROWS

    assert MENU.items() <= {row.digit: row.label for row in ROWS}.items()


def test_advanced_fields_exist() -> None:
    from screens.form import MORE

    name = "([A-Z][A-Za-z -]*?)"
    named = re.findall(rf"menu item 3, {MORE}, {name}(?: and {name})?(?: empty| \(|[.;:,)])", STEPS)
    assert len(named) > 15
    for names in named:
        assert {name for name in names if name} <= TITLES
    assert "advanced" not in STEPS, "the form calls it by another name"


def test_sandbox_scenarios_end_in_entries_that_exist() -> None:
    scenarios = yaml.safe_load((PROJECT / "console/sandbox/scenarios.yaml").read_text(encoding="utf-8"))
    expected = {scenario["expects"] for scenario in scenarios.values()} - {""}
    assert expected <= {entry.id for entry in catalogue()}


@pytest.mark.parametrize("field", list(delivery_values(made_delivery())))
def test_the_page_on_the_log_names_every_field(field: str) -> None:
    page = (PROJECT / "docs/send-log.md").read_text(encoding="utf-8")
    assert f"`{field}`" in page


def test_nothing_of_a_fix_is_a_command_with_an_open_placeholder_for_a_server_to_fill() -> None:
    """Only what the operator chose is put into commands; what a server said never is."""
    from_servers = {"issuer", "names", "fingerprint", "offered", "location", "error", "address", "size"}
    assert not [name for name in from_servers if f"{{'{name}'" in STEPS]
