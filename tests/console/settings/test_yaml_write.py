"""The file's own writer: what it writes, every reader of YAML reads as it was."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from console.appliance_model import Lock
from console.settings.model import FIELDS, Settings
from console.settings.values import all_values
from console.settings.yaml_write import scalar, write_yaml


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("a\u2028b\u2029c\x85d\ufeffe\x7f\x00\uffff")
@example("yes")
@example("007")
@example("")
@example("- a: {b} # c")
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    assert yaml.safe_load(f"a: {scalar(text)}\nb: 1\n") == {"a": text, "b": 1}


@pytest.mark.parametrize("value", [True, False, 0, 587])
def test_numbers_and_switches_stay_what_they_are(value: object) -> None:
    assert yaml.safe_load(scalar(value)) is value or yaml.safe_load(scalar(value)) == value
    assert type(yaml.safe_load(scalar(value))) is type(value)


def test_a_fresh_file_sets_nothing_and_explains_every_field() -> None:
    text = write_yaml({}, all_values(Settings()), {}, {})
    assert yaml.safe_load(text) == {
        "version": 1,
        "mail": None,
        "smtp": None,
        "microsoft365": None,
        "network": None,
    }
    for key, field in FIELDS.items():
        assert f"  #: {field.title}: {field.help}" in text, key
    assert max(map(len, text.splitlines())) < 200


def test_a_line_without_its_mark_sets_what_it_shows() -> None:
    text = write_yaml({}, all_values(Settings()), {}, {})
    shown = [line for line in text.splitlines() if line.startswith("  #: port: ")]
    assert shown == ["  #: port: 587"]
    assert yaml.safe_load(text.replace("  #: port: 587", "  port: 587"))["smtp"] == {"port": 587}


def test_a_lock_is_explained_on_one_line_and_its_value_not_set() -> None:
    lock = Lock("smtp.port", "Only\nthe relay\r\n  evil: 1")
    text = write_yaml({"smtp.port": 25}, all_values(Settings()), {"smtp.port": lock}, {})
    assert "  #: port: 587   locked: Only the relay evil: 1" in text
    assert yaml.safe_load(text)["smtp"] is None
