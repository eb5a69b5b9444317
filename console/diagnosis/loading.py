"""Reading the catalogue's YAML files, strictly: an error names file, entry and key."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from console.diagnosis.entry import CatalogueEntry, Condition, Phrase
from console.diagnosis.words import NEUTRAL, unknown_names
from console.errors import ConsoleError
from console.transcript import Stage
from console.verdict import Failure, Who

FOLDER: Final = Path(__file__).parent / "catalogue"
OFFERS: Final = ("", "open-settings", "sign-in-again", "switch-on", "switch-to-graph")
"""What the console can do at once, by name (`Finding.offer`)."""

_NEEDED: Final = ("id", "stage", "cause", "fix", "who", "source", "examples")
_KEYS: Final = (*_NEEDED, "match", "phrases", "offer", "suggest", "vague")
_CONDITION_KEYS: Final = ("kind", "stage", "reply", "enhanced", "codes", "text", "facts")
_PATTERN_LIMIT: Final = 400
_UNBOUNDED: Final = re.compile(r"(?<!\\)(?:[*+]|\{\d{0,4},\})")


class CatalogueError(ConsoleError):
    """The catalogue's own files are wrong: a mistake of ours, found by the tests."""

    code = "internal.catalogue"


def load_file(path: Path) -> tuple[CatalogueEntry, ...]:
    """Return the entries of one realm.

    Raises:
        CatalogueError: The file is not as it must be; names file, entry and key.
    """
    return load_text(path.read_text(encoding="utf-8"), path.name)


def load_text(text: str, name: str) -> tuple[CatalogueEntry, ...]:
    """Return the entries of one realm's YAML text; `name` is for errors. Errors as in `load_file`."""
    import yaml  # only when a finding is needed

    try:
        # The C loader is ten times faster where the library was built with it; both are safe loaders.
        content = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise CatalogueError(f"{name}: {error}") from error
    if not isinstance(content, list):
        raise CatalogueError(f"{name}: not a list of entries")
    entries = tuple(_Reader(name, values).entry() for values in content)
    ids = [entry.id for entry in entries]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise CatalogueError(f"{name}: the same id twice: {' '.join(twice)}")
    return entries


class _Reader:
    """Reads one entry; knows file and entry for the errors."""

    def __init__(self, file: str, values: object) -> None:
        self._where = file
        self._values = self._mapping(values, "entry", _KEYS)
        self._where = f"{file}: {self._values.get('id', 'an entry without id')}"

    def entry(self) -> CatalogueEntry:
        for key in _NEEDED:
            if not self._values.get(key):
                raise self._wrong(key, "missing")
        values = self._values
        offer = self._text(values.get("offer", ""), "offer")
        if offer not in OFFERS:
            raise self._wrong("offer", "unknown")
        entry = CatalogueEntry(
            id=self._id(values["id"]),
            conditions=tuple(self._condition(one) for one in self._list(values.get("match", []), "match")),
            phrases=tuple(self._phrase(one) for one in self._list(values.get("phrases", []), "phrases")),
            stage=self._stage(values["stage"]),
            cause=self._words(values["cause"], "cause"),
            fix=tuple(self._words(one, "fix") for one in self._list(values["fix"], "fix")),
            who=self._who(values["who"]),
            source=self._text(values["source"], "source"),
            offer=offer,
            suggest=self._suggest(values.get("suggest", {})),
            is_vague=values.get("vague") is True,
            examples=tuple(self._example(one) for one in self._list(values["examples"], "examples")),
        )
        if not entry.conditions and not entry.phrases:
            raise self._wrong("match", "missing")
        return entry

    def _suggest(self, values: object) -> Mapping[str, str]:
        found = {
            key: self._text(one, "suggest") for key, one in self._mapping(values, "suggest", None).items()
        }
        if strange := set(found.values()) - NEUTRAL.keys():
            raise self._wrong("suggest", f"unknown: {' '.join(sorted(strange))}")
        return found

    def _condition(self, values: object) -> Condition:
        found = self._mapping(values, "match", _CONDITION_KEYS)
        facts = self._mapping(found.get("facts", {}), "facts", None)
        return Condition(
            kinds=self._texts(found.get("kind", []), "kind"),
            stages=tuple(self._stage(one) for one in self._list(found.get("stage", []), "stage")),
            replies=self._texts(found.get("reply", []), "reply"),
            enhanced=self._texts(found.get("enhanced", []), "enhanced"),
            codes=self._texts(found.get("codes", []), "codes"),
            text=self._pattern(found["text"], "text") if "text" in found else None,
            facts={name: self._pattern(one, f"facts.{name}") for name, one in facts.items()},
        )

    def _example(self, values: object) -> str | Failure:
        if isinstance(values, str):
            return values
        found = self._mapping(values, "examples", _CONDITION_KEYS)
        facts = self._mapping(found.get("facts", {}), "examples.facts", None)
        return Failure(
            stage=self._stage(found.get("stage", self._values["stage"])),
            kind=self._text(found.get("kind", ""), "examples.kind"),
            text=self._text(found.get("text", ""), "examples.text"),
            reply_code=int(found["reply"]) if "reply" in found else None,
            enhanced_code=self._text(found.get("enhanced", ""), "examples.enhanced"),
            error_codes=self._texts(found.get("codes", []), "examples.codes"),
            facts={name: self._text(one, "examples.facts") for name, one in facts.items()},
        )

    def _id(self, value: object) -> str:
        found = self._text(value, "id")
        if not re.fullmatch(r"[a-z][a-z0-9]{0,30}(-[a-z0-9]{1,30}){0,9}", found):
            raise self._wrong("id", "not lower case with hyphens")
        return found

    def _stage(self, value: object) -> Stage:
        try:
            return Stage(self._text(value, "stage"))
        except ValueError:
            raise self._wrong("stage", f"{value!r} is no stage") from None

    def _who(self, value: object) -> Who:
        try:
            return Who[self._text(value, "who").replace("-", "_").upper()]
        except KeyError:
            raise self._wrong("who", f"{value!r} is nobody known") from None

    def _words(self, value: object, key: str) -> str:
        words = self._text(value, key)
        if "\n" in words or (wrong := unknown_names(words)):
            raise self._wrong(key, f"more than one line, or unknown: {' '.join(wrong or ())}")
        return words

    def _pattern(self, value: object, key: str) -> "re.Pattern[str]":
        pattern = self._text(value, key)
        if len(pattern) > _PATTERN_LIMIT or _UNBOUNDED.search(pattern):
            raise self._wrong(key, f"the pattern {pattern!r} is not bounded")
        try:
            return re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise self._wrong(key, f"the pattern {pattern!r} does not compile: {error}") from error

    def _phrase(self, value: object) -> Phrase:
        pattern = self._pattern(value, "phrases")
        is_plain = not set(pattern.pattern) & set("\\.^$?{}[]|()")
        return Phrase(pattern, pattern.pattern.lower() if is_plain else "")

    def _texts(self, value: object, key: str) -> tuple[str, ...]:
        return tuple(self._text(one, key) for one in self._list(value, key))

    def _text(self, value: object, key: str) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self._wrong(key, f"{value!r} is no text")
        return str(value).strip()

    def _list(self, value: object, key: str) -> Sequence[Any]:
        if value is None:
            raise self._wrong(key, "empty")
        return value if isinstance(value, list) else [value]

    def _mapping(self, value: object, key: str, known: tuple[str, ...] | None) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(key, "not a mapping")
        for one in value:
            if not isinstance(one, str) or (known is not None and one not in known):
                raise self._wrong(str(one), f"not a key of {key}")
        return value

    def _wrong(self, key: str, why: str) -> CatalogueError:
        return CatalogueError(f"{self._where}: {key}: {why}")
