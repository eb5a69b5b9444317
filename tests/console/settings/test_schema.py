"""Schema and reference: as written in docs/, true to the loader, checked by an independent validator."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from console.settings.file_text import stored_in
from console.settings.model import FIELDS, Settings
from console.settings.problems import SettingsError
from console.settings.reference import reference
from console.settings.schema import schema
from console.settings.values import all_values
from console.settings.yaml_write import write_yaml

DOCS = Path(__file__).parents[3] / "docs"


def test_the_schema_in_docs_is_the_one_of_the_fields() -> None:
    assert json.loads((DOCS / "settings.schema.json").read_text()) == json.loads(json.dumps(schema()))


def test_the_reference_in_docs_is_the_one_of_the_fields() -> None:
    assert (DOCS / "settings.md").read_text() == reference()


def test_it_is_a_schema_and_knows_no_secret() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    names = [name for section in schema()["properties"].values() for name in section.get("properties", {})]
    assert len(names) == sum(not one.secret for one in FIELDS.values())
    assert not {"password", "client_secret", "proxy_password"} & set(names)


def test_what_the_console_writes_fits_the_schema() -> None:
    values = {key: field.rule.parse(field.example) for key, field in FIELDS.items() if field.example}
    text = write_yaml({**all_values(Settings()), **values}, all_values(Settings()), {}, {})
    jsonschema.validate(yaml.safe_load(text), schema())
    jsonschema.validate(yaml.safe_load(write_yaml({}, all_values(Settings()), {}, {})), schema())


@pytest.mark.parametrize(
    "text",
    [
        "smtp: {prot: 25}",
        "smtp: {port: '25'}",
        "smtp: {port: 70000}",
        "smtp: {verify: 'yes'}",
        "smtp: {encryption: ssl}",
        "smtp: {password: x}",
        "version: 2",
        "smtp: [1]",
        "network: {ca_file: ca.pem}",
        "microsoft365: {client_secret_expires: 'tomorrow'}",
    ],
)
def test_schema_and_loader_refuse_the_same(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), schema())
    with pytest.raises(SettingsError):
        stored_in(text.encode(), "x")
