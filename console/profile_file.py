"""The maker's file ``appliance.yaml``: product, defaults, locks, token directory, components, looks, places.

Everything in it is optional. It is read as strictly as the settings, and never written.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from console.appliance_model import Lock, Profile, TokenDirectory
from console.files import read_bounded
from console.settings.model import FIELDS
from console.settings.problems import Problem, SettingsError
from console.settings.rules import Rule, display_name, file_path, pattern
from console.settings.tree_values import values_of
from console.settings.values import LIMIT, ProblemError, unknown_key
from console.settings.yaml_read import Entry, Listing, Scalar, Section, Tree, read_yaml
from console.text import nearest
from console.values import replace

VERSION: Final = 1
_DEPTH: Final = 8

_colour: Final = pattern("#[0-9a-fA-F]{6}", "a colour as in #16324a")
_owner: Final = pattern("[a-z_][a-z0-9_-]{0,31}[$]?", "the name of a user or group")
_mode: Final = pattern("0?o?[0-7]{3,4}", "permission bits as in 0640")

_PLAIN: Final[Mapping[str, Rule]] = {"product": display_name, "host": display_name}
_COLOURS: Final[Mapping[str, Rule]] = {"bar": _colour, "accent": _colour}
_PLACES: Final[Mapping[str, Rule]] = {"settings": file_path, "secrets": file_path, "log": file_path}
_TOKENS: Final[Mapping[str, Rule]] = {
    "path": file_path,
    "owner": _owner,
    "group": _owner,
    "directory_mode": _mode,
    "file_mode": _mode,
    "reader": _owner,
}
_SECTIONS: Final = (
    "version",
    *_PLAIN,
    "colours",
    "paths",
    "token_directory",
    "defaults",
    "locks",
    "components",
)


def _sentence(text: str) -> str:
    reason = str(display_name.parse(text))
    if not reason:
        raise ValueError("The reason is missing; the operator sees it.")
    return reason


_reason: Final = Rule(_sentence, "a reason on one line")


def load_profile(path: Path) -> Profile:
    """Return the maker's profile; the built-in one when there is no such file.

    Raises:
        SettingsError: The file cannot be used; all its problems.
        FileError: It cannot be read.
    """
    try:
        raw = read_bounded(path, LIMIT)
    except FileNotFoundError:
        return Profile()
    return profile_in(raw, str(path))


def profile_in(raw: bytes, file: str) -> Profile:
    """Return the profile that a file's content describes.

    Raises:
        SettingsError: All that is wrong with it.
    """
    return _ProfileReader(raw, file).profile()


class _ProfileReader:
    """Reads one profile, gathering its problems."""

    def __init__(self, raw: bytes, file: str) -> None:
        self._file = file
        document = read_yaml(raw, file, depth=_DEPTH)
        self._problems = list(document.problems)
        self._found: dict[str, Any] = {}
        self._entries = document.root.entries

    def profile(self) -> Profile:
        """Return the profile.

        Raises:
            SettingsError: All that is wrong.
        """
        readers: Mapping[str, Callable[[Entry], None]] = {
            "version": self._version,
            "colours": self._colours,
            "paths": self._paths,
            "token_directory": self._token_directory,
            "defaults": self._defaults,
            "locks": self._locks,
            "components": self._components,
        }
        for entry in self._entries:
            if entry.key in _PLAIN:
                self._found.update(self._texts([entry], _PLAIN, ""))
            elif entry.key in readers:
                readers[entry.key](entry)
            else:
                self._unknown(entry, entry.key, _SECTIONS, "")
        if self._problems:
            raise SettingsError(sorted(self._problems, key=lambda one: one.line or 0))
        return Profile(**self._found)

    def _version(self, entry: Entry) -> None:
        if not (
            isinstance(entry.tree, Scalar) and entry.tree.text == str(VERSION) and entry.tree.kind == "number"
        ):
            self._tell(entry.line, "version", "This version of the profile is unknown.", str(VERSION))

    def _colours(self, entry: Entry) -> None:
        self._found.update(self._texts(self._below(entry), _COLOURS, "colours."))

    def _paths(self, entry: Entry) -> None:
        texts = self._texts(self._below(entry), _PLACES, "paths.")
        self._found["places"] = {key: Path(text) for key, text in texts.items() if text}

    def _token_directory(self, entry: Entry) -> None:
        texts: dict[str, Any] = self._texts(self._below(entry), _TOKENS, "token_directory.")
        for key in ("directory_mode", "file_mode"):
            if key in texts:
                texts[key] = int(texts[key].replace("o", ""), 8)
        if "path" in texts:
            texts["path"] = Path(texts["path"]) if texts["path"] else None
        self._found["token_directory"] = TokenDirectory(**texts)

    def _defaults(self, entry: Entry) -> None:
        found = values_of(self._below(entry), self._file, self._problems, "defaults.")
        self._found["defaults"] = {one.key: one.value for one in found}

    def _locks(self, entry: Entry) -> None:
        locks: list[Lock] = []
        for one in self._locked(entry):
            if one.key not in FIELDS:
                problem = unknown_key(one.key, self._file, one.line)
                self._tell(one.line, f"locks.{one.key}", problem.what, problem.allowed, problem.nearest)
            else:
                reason = self._texts([one], {one.key: _reason}, "locks.")
                locks += [Lock(key, text) for key, text in reason.items()]
        self._found["locks"] = tuple(locks)

    def _locked(self, entry: Entry) -> Iterator[Entry]:
        """Yield an entry a lock: ``smtp.port: why`` in one line, or in sections as the defaults are."""
        for one in self._below(entry):
            if isinstance(one.tree, Section) and one.key not in FIELDS:
                yield from (replace(below, key=f"{one.key}.{below.key}") for below in one.tree.entries)
            else:
                yield one

    def _components(self, entry: Entry) -> None:
        if not isinstance(entry.tree, Listing):
            self._tell(entry.line, "components", "A list belongs here.", "- name: …")
            return
        components: list[Mapping[str, object]] = []
        for item in entry.tree.items:
            if isinstance(item, Section):
                components.append({one.key: _raw(one.tree) for one in item.entries})
            else:
                self._tell(item.line, "components", "Each component is a section of its own.", "- name: …")
        self._found["components"] = tuple(components)

    def _below(self, entry: Entry) -> tuple[Entry, ...]:
        if isinstance(entry.tree, Section):
            return entry.tree.entries
        if not (isinstance(entry.tree, Scalar) and entry.tree.kind == "nothing"):
            self._tell(entry.line, entry.key, "A section with keys below it belongs here.")
        return ()

    def _texts(
        self, entries: "list[Entry] | tuple[Entry, ...]", known: Mapping[str, Rule], prefix: str
    ) -> dict[str, str]:
        return dict(self._each_text(entries, known, prefix))

    def _each_text(
        self, entries: "list[Entry] | tuple[Entry, ...]", known: Mapping[str, Rule], prefix: str
    ) -> Iterator[tuple[str, str]]:
        for entry in entries:
            rule = known.get(entry.key)
            if rule is None:
                self._unknown(entry, prefix + entry.key, tuple(known), prefix)
                continue
            try:
                yield entry.key, str(rule.parse(self._text(entry, prefix, rule)))
            except ValueError as error:
                self._tell(entry.line, prefix + entry.key, str(error), rule.allowed)
            except ProblemError as error:
                self._problems.append(error.problem)

    def _text(self, entry: Entry, prefix: str, rule: Rule) -> str:
        if not isinstance(entry.tree, Scalar):
            what = f"Here stands a {entry.tree.kind}, it takes text."
            raise ProblemError(Problem(self._file, entry.line, prefix + entry.key, what, rule.allowed))
        return "" if entry.tree.kind == "nothing" else entry.tree.text

    def _unknown(self, entry: Entry, key: str, known: tuple[str, ...], prefix: str) -> None:
        near = nearest(entry.key, known)
        self._tell(entry.line, key, "There is no such key.", ", ".join(known), prefix + near if near else "")

    def _tell(self, line: int, key: str, what: str, allowed: str = "", near: str = "") -> None:
        self._problems.append(Problem(self._file, line, key, what, allowed, near))


def _raw(tree: Tree) -> object:
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, Listing):
        return [_raw(one) for one in tree.items]
    return {one.key: _raw(one.tree) for one in tree.entries}
