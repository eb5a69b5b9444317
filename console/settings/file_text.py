"""The text of the settings file made into what it sets: values and the operator's comments."""

from collections.abc import Iterator, Mapping, Sequence

from console.settings.model import VERSION
from console.settings.problems import Problem, SettingsError
from console.settings.tree_values import values_of
from console.settings.values import Stored
from console.settings.yaml_read import Document, Entry, Scalar, Section, read_yaml


def stored_in(raw: bytes, file: str) -> Stored:
    """Return what a settings file sets.

    Args:
        raw: Its content.
        file: Its name, for the problems.

    Raises:
        SettingsError: All that is wrong with it.
    """
    document = read_yaml(raw, file)
    _check_version(document.root, file)
    problems = list(document.problems)
    sections = [one for one in document.root.entries if one.key != "version"]
    found = list(values_of(sections, file, problems))
    if problems:
        problems.sort(key=lambda one: one.line or 0)
        raise SettingsError(problems)
    return Stored({one.key: one.value for one in found}, _placed_notes(document))


def _check_version(root: Section, file: str) -> None:
    """Refuse another version before anything else: its keys would only look wrong."""
    for entry in root.entries:
        if entry.key == "version" and not (
            isinstance(entry.tree, Scalar) and entry.tree.text == str(VERSION) and entry.tree.kind == "number"
        ):
            what = "This version of the settings is unknown; a newer console may have written them."
            raise SettingsError([Problem(file, entry.line, "version", what, str(VERSION))])


def _placed_notes(document: Document) -> Mapping[str, Sequence[str]]:
    """Return the operator's comments by the key that follows them; the file's own head stands above all."""
    places = list(_places(document.root.entries))
    head = _head_length(document)
    notes: dict[str, list[str]] = {}
    for rank, (number, line) in enumerate(document.notes):
        key = "version" if rank < head else next((key for at, key in places if at >= number), "")
        notes.setdefault(key, []).append(line)
    return {key: tuple(lines) for key, lines in notes.items()}


def _head_length(document: Document) -> int:
    """Return how many comments at the top stand apart from the first key, by an empty line at least."""
    entries = document.root.entries
    if not entries:
        return len(document.notes)
    lines = [number for number, _ in document.notes if number < entries[0].line]
    following = [*lines[1:], entries[0].line]
    pairs = enumerate(zip(lines, following, strict=False), start=1)
    return max((rank for rank, (line, after) in pairs if after > line + 1), default=0)


def _places(entries: Sequence[Entry]) -> Iterator[tuple[int, str]]:
    for entry in entries:
        yield entry.line, entry.key
        if isinstance(entry.tree, Section):
            for one in entry.tree.entries:
                yield one.line, f"{entry.key}.{one.key}"
