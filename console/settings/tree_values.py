"""Sections of a YAML file made into values of settings, with every problem on the way."""

from collections.abc import Iterable, Iterator
from typing import Final

from console.settings.model import FIELDS, Field
from console.settings.problems import Problem
from console.settings.values import SECTIONS, ProblemError, secret_problem, typed_value, unknown_key
from console.settings.yaml_read import Entry, Scalar, Section, Tree
from console.values import dataclass, replace

_TEXT_KINDS: Final = frozenset({"text", "number", "number with a point", "true or false", "date", "nothing"})
_KINDS_OF_TYPE: Final = {"string": _TEXT_KINDS, "integer": {"number"}, "boolean": {"true or false"}}
_NAMES_OF_TYPE: Final = {"string": "text", "integer": "a number without quotes", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a file sets."""

    key: str
    value: object
    line: int


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
        if entry.key in FIELDS:
            section, _, name = entry.key.partition(".")
            what = f"Write it as two lines: {section}: and, indented below it, {name}: with the value."
            problems.append(_prefixed(Problem(file, entry.line, entry.key, what), prefix))
        elif entry.key not in SECTIONS:
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
        raise ProblemError(secret_problem(field, file, entry.line))
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


def _prefixed(problem: Problem, prefix: str) -> Problem:
    return replace(problem, key=prefix + problem.key)
