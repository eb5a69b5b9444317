"""The settings file as the console writes it: values, and comments from the fields that explain them.

Settings that have their default stand as comments, so that a maker's later default still takes effect.
Comments of ours begin with ``#:``; the operator's own stay where they were.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from console.appliance_model import Lock
from console.settings.model import FIELDS, VERSION, Field

_HEAD: Final = (
    "#: Settings of the mail console. Lines that begin with #: are written by it: they explain, and show",
    "#: what holds as long as nothing is set. To set one by hand write its line without #:, then check with:",
    "#: mail-console settings check. Comment lines of your own stay.",
)
_UNSAFE: Final = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")


def write_yaml(
    values: Mapping[str, object],
    defaults: Mapping[str, object],
    locks: Mapping[str, Lock],
    notes: Mapping[str, Sequence[str]],
) -> str:
    """Return the text of the settings file.

    Args:
        values: What stands in it, by key.
        defaults: What holds for the others, by key.
        locks: Keys the maker locked.
        notes: The operator's comment lines, by the key they stand above; "" for those at the end.
    """
    lines = [*notes.get("version", ()), *_HEAD, f"version: {VERSION}"]
    section = ""
    for key, field in FIELDS.items():
        if field.section != section:
            section = field.section
            lines += ["", *notes.get(section, ()), f"{section}:"]
        lines += [f"  {one}" for one in notes.get(key, ())]
        lines += [f"  {one}" for one in _field_lines(field, values, defaults, locks.get(key))]
    return "\n".join([*lines, *notes.get("", ())]) + "\n"


def _field_lines(
    field: Field, values: Mapping[str, object], defaults: Mapping[str, object], lock: Lock | None
) -> Iterator[str]:
    allowed = f" ({field.rule.allowed})" if field.rule.choices else ""
    yield f"#: {field.title}: {field.help}{allowed}"
    if field.secret:
        yield f"#: {field.name}: kept apart; to set it: mail-console settings set {field.key}=-"
    elif lock is not None:
        yield f"#: {field.name}: {scalar(defaults[field.key])}   locked: {' '.join(lock.reason.split())}"
    elif field.key in values:
        yield f"{field.name}: {scalar(values[field.key])}"
    else:
        yield f"#: {field.name}: {scalar(defaults[field.key])}"


def scalar(value: object) -> str:
    """Return a value as YAML that every reader of YAML 1.1 and 1.2 takes for the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _UNSAFE.sub(_escaped, json.dumps(str(value), ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
