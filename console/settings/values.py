"""A section tree made into values of settings, with every problem on the way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from console.settings.model import FIELDS, Field, Settings
from console.settings.problems import Problem
from console.settings.yaml_read import Entry, Scalar, Section, Tree
from console.text import nearest

SECTIONS: Final = tuple(dict.fromkeys(one.section for one in FIELDS.values()))
"""The sections, in the order of the file."""

_TEXT_KINDS: Final = frozenset({"text", "number", "number with a point", "true or false", "date", "nothing"})
_KINDS_OF_TYPE: Final = {"string": _TEXT_KINDS, "integer": {"number"}, "boolean": {"true or false"}}
_NAMES_OF_TYPE: Final = {"string": "text", "integer": "a number without quotes", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a file sets."""

    key: str
    value: object
    line: int


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
        raise ProblemError(_secret_problem(field, file, line))
    try:
        return field.rule.parse(text)
    except ValueError as error:
        raise ProblemError(Problem(file, line, key, str(error), field.rule.allowed)) from None


class ProblemError(Exception):
    """One problem on the way; caught where all are gathered."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def values_of(
    entries: Iterable[Entry], file: str, problems: list[Problem], prefix: str = ""
) -> Iterator[Found]:
    """Yield the values that sections set, and add what is wrong to `problems`.

    Args:
        entries: The sections (``smtp:`` with its settings below).
        file: Name of the file, for the problems.
        problems: Gets what is wrong.
        prefix: What stands before the keys in the file (``defaults.``), for the problems.
    """
    for entry in entries:
        if entry.key not in SECTIONS:
            problems.append(_prefixed(unknown_key(entry.key, file, entry.line), prefix))
        elif isinstance(entry.tree, Section):
            for one in entry.tree.entries:
                try:
                    yield _found(f"{entry.key}.{one.key}", one, file)
                except ProblemError as error:
                    problems.append(_prefixed(error.problem, prefix))
        elif not (isinstance(entry.tree, Scalar) and entry.tree.kind == "nothing"):
            what = f"Here stands {_shown_kind(entry.tree)}, a section with settings below it belongs here."
            problems.append(_prefixed(Problem(file, entry.line, entry.key, what), prefix))


def _found(key: str, entry: Entry, file: str) -> Found:
    field = FIELDS.get(key)
    if field is None:
        raise ProblemError(unknown_key(key, file, entry.line))
    if field.secret:
        raise ProblemError(_secret_problem(field, file, entry.line))
    return Found(key, typed_value(key, _text_of(field, entry, file), file=file, line=entry.line), entry.line)


def _text_of(field: Field, entry: Entry, file: str) -> str:
    wanted = str(field.rule.json_schema.get("type", "string"))
    tree = entry.tree
    if not isinstance(tree, Scalar) or tree.kind not in _KINDS_OF_TYPE[wanted]:
        what = f"Here stands {_shown_kind(tree)}, it takes {_NAMES_OF_TYPE[wanted]}."
        raise ProblemError(Problem(file, entry.line, field.key, what, field.rule.allowed))
    return "" if tree.kind == "nothing" else tree.text


def _shown_kind(tree: Tree) -> str:
    return tree.kind if tree.kind in ("nothing", "text", "true or false") else f"a {tree.kind}"


def _secret_problem(field: Field, file: str, line: int | None) -> Problem:
    what = "It is a secret and has a file of its own that only root can read; take it out of here."
    return Problem(
        file, line, field.key, what if file else "It is a secret and never stands in the settings."
    )


def _prefixed(problem: Problem, prefix: str) -> Problem:
    if not prefix:
        return problem
    return Problem(
        problem.file, problem.line, prefix + problem.key, problem.what, problem.allowed, problem.nearest
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
