"""YAML read as if an enemy had written it: bounded, one document, no tags, no aliases, nothing twice.

The text becomes a small tree of our own that knows its lines; nothing of PyYAML leaves this module, and
PyYAML is imported only when there is a text to read.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from console.settings.problems import Problem, SettingsError
from console.text import one_line
from console.values import dataclass

if TYPE_CHECKING:
    import yaml

_TAG: Final = "tag:yaml.org,2002:"
_KINDS: Final = {
    "str": "text",
    "int": "number",
    "float": "number with a point",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "date",
}
_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""The line breaks of YAML 1.1, which PyYAML counts lines by."""
_COMMENT_BEHIND: Final = re.compile(r"(?:^|\s)(#.*\S)")
_KEY_LIMIT: Final = 100
_DECIMAL: Final = re.compile("-?(?:0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value.

    Attributes:
        text: As written, without quotes.
        kind: ``text``, ``number``, ``number with a point``, ``true or false``, ``nothing`` or ``date``.
        line: From 1.
        value: A decimal number, True, False or None; for all else the text.
    """

    text: str
    kind: str
    line: int
    value: object


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: "tuple[Tree, ...]"
    line: int
    kind: str = "list"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a section with what stands below it."""

    key: str
    line: int
    tree: "Tree"


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping; each key once."""

    entries: tuple[Entry, ...]
    line: int
    kind: str = "section"


Tree = Scalar | Listing | Section


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds.

    Attributes:
        root: Its top level.
        problems: Keys that stand twice and the like; reading went on.
        notes: The operator's own comment lines, by line number (those behind a value too).
    """

    root: Section
    problems: tuple[Problem, ...]
    notes: tuple[tuple[int, str], ...] = ()


def read_yaml(raw: bytes, file: str, *, depth: int = 4, generated: str = "#:") -> Document:
    """Read a YAML file.

    Args:
        raw: Its content.
        file: Its name, for the problems.
        depth: How many mappings and lists may stand in one another.
        generated: How comments begin that are not the operator's own.

    Raises:
        SettingsError: It cannot be read at all.
    """
    text = _decoded(raw, file)
    reader = _Reader(file)
    node = _composed(text, file, depth)
    root = reader.tree(node) if node is not None else Section((), 1)
    if isinstance(root, Scalar) and root.kind == "nothing":
        root = Section((), 1)
    if not isinstance(root, Section):
        raise SettingsError([Problem(file, root.line, "", "The file must hold settings as key: value.")])
    return Document(root, tuple(reader.problems), tuple(_notes(text, node, generated)))


def _decoded(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError([Problem(file, line, "", "The file is not UTF-8 text.")]) from None


def _composed(text: str, file: str, depth: int) -> "yaml.Node | None":
    import yaml

    try:
        node: yaml.Node | None = _loader(text, depth).get_single_node()
    except _RefusedError as refused:
        raise SettingsError([Problem(file, refused.line, "", refused.what)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = "A control character stands in the file; it must be plain text."
        raise SettingsError([Problem(file, line, "", what)]) from None
    except yaml.MarkedYAMLError as error:
        raise SettingsError([_syntax_problem(error, file)]) from None
    return node


class _RefusedError(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def _loader(text: str, depth: int) -> Any:
    """Return PyYAML's safe loader, which refuses aliases (bombs) and deep nesting while it reads."""
    import yaml

    class Loader(yaml.SafeLoader):
        level = 0

        def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
            event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise _RefusedError(line, "Aliases (*name) are not allowed; write the value itself.")
            if self.level > depth:  # of mappings and lists; what stands in the innermost is one level more
                raise _RefusedError(line, "Sections stand too deep in one another.")
            self.level += 1
            node = super().compose_node(parent, index)
            self.level -= 1
            return node

    return Loader(text)


def _syntax_problem(error: "yaml.MarkedYAMLError", file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = one_line(error.problem or error.context or "", 200)
    if "'\\t'" in said:
        what = "A tab stands where spaces belong; YAML is indented with spaces."
    elif "single document" in (error.context or ""):
        what = "The file holds more than one document (---); one is allowed."
    else:
        what = f"This is not YAML: {said}."
    return Problem(file, mark.line + 1 if mark else None, "", what)


class _Reader:
    """Makes PyYAML's nodes into trees."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self._file = file

    def tree(self, node: Any, prefix: str = "") -> Tree:
        line = node.start_mark.line + 1
        if node.tag.removeprefix(_TAG) not in (*_KINDS, "map", "seq"):
            self._tell(line, "", f"The tag {one_line(node.tag, 60)} is not allowed.")
        if node.id == "mapping":
            return Section(tuple(self._entries(node, prefix)), line)
        if node.id == "sequence":
            return Listing(tuple(self.tree(one) for one in node.value), line)
        return self._scalar(node, line)

    def _entries(self, node: Any, prefix: str) -> Iterator[Entry]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar":
                self._tell(line, "", "A key must be a plain word.")
                continue
            key = one_line(key_node.value, _KEY_LIMIT)
            if key in seen:
                self._tell(line, prefix + key, f"It stands in the file twice, first in line {seen[key]}.")
                continue
            seen[key] = line
            yield Entry(key, line, self.tree(value_node, f"{prefix}{key}."))

    def _scalar(self, node: Any, line: int) -> Scalar:
        kind = _KINDS.get(node.tag.removeprefix(_TAG), "text")
        return Scalar(node.value, kind, line, _plain_value(node.value, kind))

    def _tell(self, line: int, key: str, what: str) -> None:
        self.problems.append(Problem(self._file, line, key, what))


def _plain_value(text: str, kind: str) -> object:
    if kind == "true or false":
        return text.lower() in ("true", "yes", "on")
    if kind == "nothing":
        return None
    return int(text) if kind == "number" and _DECIMAL.fullmatch(text) else text


def _notes(text: str, root: Any, generated: str) -> Iterator[tuple[int, str]]:
    """Yield the operator's comments: whole lines, and what stands behind a value or a section's name."""
    inside = set(_lines_inside(root)) if root is not None else set()
    behind = dict(_ends(root)) if root is not None else {}
    begins = dict(_long_begins(root)) if root is not None else {}
    for number, line in enumerate(_BREAK.split(text), 1):
        bare = line.strip()
        if number in behind:
            found = _COMMENT_BEHIND.search(line[behind[number] : begins.get(number)])
            if found and not found[1].startswith(generated):
                yield number, found[1]
        elif bare.startswith("#") and not bare.startswith(generated) and number not in inside:
            yield number, bare


def _scalars(node: Any) -> Iterator[Any]:
    if node.id == "scalar":
        yield node
    elif node.id == "sequence":
        for one in node.value:
            yield from _scalars(one)
    else:
        for key, value in node.value:
            yield from _scalars(key)
            yield from _scalars(value)


def _ends(root: Any) -> Iterator[tuple[int, int]]:
    """Yield line and column where each value ends."""
    for one in _scalars(root):
        yield one.end_mark.line + 1, one.end_mark.column


def _long_begins(root: Any) -> Iterator[tuple[int, int]]:
    """Yield line and column where each value of several lines begins: a # behind that is its own."""
    for one in _scalars(root):
        if one.end_mark.line > one.start_mark.line:
            yield one.start_mark.line + 1, one.start_mark.column


def _lines_inside(root: Any) -> Iterator[int]:
    """Yield the lines that stand within a value of several lines: a # there is no comment."""
    for one in _scalars(root):
        yield from range(one.start_mark.line + 2, one.end_mark.line + 1)
