"""The settings once more as JSON, beside the YAML file: read in a fraction of the time, when it still fits.

A twin holds the whole text it was made from, so that it is used only for exactly that text, and values as one
would type them, which go through the same rules. Whatever is odd about a twin, the YAML file counts.
"""

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from console.annotations import Final
from console.errors import FileError
from console.files import read_bounded, write_atomic
from console.settings.model import FIELDS
from console.settings.values import LIMIT, ProblemError, Stored, typed_value

NAME: Final = ".settings.cache.json"
_FORMAT: Final = 1


def read_twin(path: Path, raw: bytes) -> Stored | None:
    """Return what the twin of the settings file `path` says for its content `raw`; None: it does not fit."""
    place = path.with_name(NAME)
    try:
        if not _is_equally_owned(place, path):
            return None
        twin = json.loads(read_bounded(place, 4 * LIMIT))
        if twin["format"] != _FORMAT or twin["yaml"].encode() != raw:
            return None
        return _stored(twin["values"], twin["notes"])
    except (
        OSError,
        FileError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        ProblemError,
    ):
        return None


def write_twin(path: Path, raw: bytes, stored: Stored, mode: int) -> None:
    """Write the twin of the settings file `path`; when that fails, there is none."""
    twin = {
        "format": _FORMAT,
        "yaml": raw.decode(),
        "values": {key: FIELDS[key].rule.text(value) for key, value in stored.values.items()},
        "notes": {key: list(lines) for key, lines in stored.notes.items()},
    }
    with suppress(FileError):
        write_atomic(path.with_name(NAME), json.dumps(twin, ensure_ascii=False).encode(), mode=mode)


def may_write_twin(path: Path) -> bool:
    """Whether this user owns the settings file, so that a twin would be believed."""
    try:
        return path.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _is_equally_owned(place: Path, path: Path) -> bool:
    """Whether the twin is an ordinary file of the same owner that nobody else can write."""
    twin, original = place.lstat(), path.stat()
    return (
        stat.S_ISREG(twin.st_mode)
        and twin.st_uid == original.st_uid
        and not twin.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )


def _stored(values: Mapping[str, str], notes: Mapping[str, list[str]]) -> Stored:
    checked = {_text(key): typed_value(key, _text(text)) for key, text in values.items()}
    return Stored(checked, {_text(key): tuple(map(_note, lines)) for key, lines in notes.items()})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _note(line: object) -> str:
    text = _text(line)
    if not text.startswith("#") or not text.replace("\t", " ").isprintable():
        raise ValueError("not a comment")
    return text
