"""Values of settings: from typed text, checked, and by key."""

from collections.abc import Mapping, Sequence

from console.annotations import Final
from console.settings.model import FIELDS, Field, Settings
from console.settings.problems import Problem
from console.text import nearest
from console.values import dataclass

LIMIT: Final = 1 << 18
"""Octets of the largest settings file or profile."""

SECTIONS: Final = tuple(dict.fromkeys(one.section for one in FIELDS.values()))
"""The sections, in the order of the file."""


def unknown_key(key: str, file: str, line: int | None) -> Problem:
    """Return the problem of a key that no setting has, with the nearest that one has."""
    section, _, name = key.partition(".")
    if section not in SECTIONS:
        near = nearest(key, tuple(FIELDS)) if name else nearest(key, SECTIONS)
        return Problem(file, line, key, "There is no such section.", ", ".join(SECTIONS), near or "")
    names = [one.name for one in FIELDS.values() if one.section == section]
    close = nearest(name, names)
    elsewhere = [one.key for one in FIELDS.values() if one.name == name]
    near = f"{section}.{close}" if close else (elsewhere[0] if elsewhere else "")
    return Problem(file, line, key, "There is no such setting.", ", ".join(names), near)


def typed_value(key: str, text: str, *, file: str = "", line: int | None = None) -> object:
    """Return the value that typed text stands for.

    Raises:
        ProblemError: There is no such setting, it is a secret, or the text breaks its rule.
    """
    field = FIELDS.get(key)
    if field is None:
        raise ProblemError(unknown_key(key, file, line))
    if field.secret:
        raise ProblemError(secret_problem(field, file, line))
    try:
        return field.rule.parse(text)
    except ValueError as error:
        raise ProblemError(Problem(file, line, key, str(error), field.rule.allowed)) from None


@dataclass(frozen=True, slots=True)
class Stored:
    """What the settings file sets.

    Attributes:
        values: By key; only what stands in the file.
        notes: The operator's comment lines, by the key they stand above; "" for those at the end.
    """

    values: Mapping[str, object]
    notes: Mapping[str, Sequence[str]]


class ProblemError(Exception):
    """One problem on the way; caught where all are gathered."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def secret_problem(field: Field, file: str, line: int | None) -> Problem:
    """Return the problem of a secret that stands where settings stand."""
    what = "It is a secret and has a file of its own that only root can read; take it out of here."
    return Problem(
        file, line, field.key, what if file else "It is a secret and never stands in the settings."
    )


def checked_values(values: Mapping[str, object]) -> tuple[dict[str, object], Sequence[Problem]]:
    """Return values as their rules write them, and what is wrong with any (for values made by programs)."""
    good: dict[str, object] = {}
    problems: list[Problem] = []
    for key, value in values.items():
        try:
            good[key] = typed_value(key, FIELDS[key].rule.text(value))
        except ProblemError as error:
            problems.append(error.problem)
    return good, problems


def all_values(settings: Settings) -> dict[str, object]:
    """Return the value of every field that is no secret, by its key."""
    return {key: settings.value(key) for key, field in FIELDS.items() if not field.secret}
