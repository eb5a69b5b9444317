"""The JSON Schema of the settings file, made from the fields; ``docs/settings.schema.json`` is its text."""

from collections.abc import Mapping
from typing import Any, Final

from console.settings.model import FIELDS, VERSION, Field
from console.settings.values import SECTIONS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> Mapping[str, Any]:
    """Return the schema: sections and settings with title, help, what is allowed, default and example.

    Secrets are not in it, as they are not in the file. A section or text may be left empty.
    """
    return {
        "$schema": DIALECT,
        "title": "Settings of mail-console",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": VERSION, "title": "Version of this file's form"},
            **{section: _section(section) for section in SECTIONS},
        },
    }


def _section(section: str) -> Mapping[str, Any]:
    fields = [one for one in FIELDS.values() if one.section == section and not one.secret]
    return {
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {one.name: _field(one) for one in fields},
    }


def _field(field: Field) -> Mapping[str, Any]:
    about = {"title": field.title, "description": f"{field.help} Allowed: {field.rule.allowed}."}
    examples = {"examples": [field.rule.parse(field.example)]} if field.example else {}
    return {**about, **field.rule.json_schema, "default": field.default, **examples}
