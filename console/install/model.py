"""What a component is: data of the appliance profile, or the built-in list, read and checked.

A component is a piece of software around the console: PHPMailer, the certificates, the timer that renews the
token. Nothing here runs anything.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from console.appliance import Profile
from console.errors import InstallError
from console.text import nearest, one_line, printable
from console.values import dataclass, field, fields

_BUILT_IN: Final = Path(__file__).with_name("components.json")
_MOST: Final = 100


class Need(StrEnum):
    """How much a component is needed."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    OPTIONAL = "optional"


class Manager(StrEnum):
    """Package managers that are known."""

    APT = "apt"
    DNF = "dnf"
    YUM = "yum"
    ZYPPER = "zypper"
    APK = "apk"


@dataclass(frozen=True, slots=True)
class Probe:
    """One way to tell that a component is there; exactly one of the first eight is set.

    Attributes:
        command: Runs with exit status 0.
        any_command: One of these programs is in the search path.
        file: This file is there.
        any_file: One of these files is there.
        php_class: PHP knows this class.
        python_module: This interpreter can import this module.
        ca_bundle: The system's CA certificates are there.
        renewal: The timer (or the cron line) that renews the token is in place.
        version: Pattern whose first group is the version, searched in the output or the file.
    """

    command: tuple[str, ...] = ()
    any_command: tuple[str, ...] = ()
    file: str = ""
    any_file: tuple[str, ...] = ()
    php_class: str = ""
    python_module: str = ""
    ca_bundle: bool = False
    renewal: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class ShippedFile:
    """A file that the console brings and a component puts in place."""

    shipped: str
    target: Path


@dataclass(frozen=True, slots=True)
class Component:
    """Something the installer installs.

    Attributes:
        name: Stable, for commands.
        title: For people.
        why: Why it is needed, one sentence.
        need: How much.
        present: Probes that must all hold.
        needs: Other components that come first.
        least: Least version that will do, or "".
        packages: Packages by package manager.
        composer: Composer package, where the distribution has none.
        pip: Python package, likewise.
        files: Files the console itself brings.
        after: Command to run afterwards, by package manager.
        renewal: Whether it is the renewal timer (its commands come from `console.install.renewal`).
        comes: What it waits for, when nothing installs it yet (``with a later release``); else "".
    """

    name: str
    title: str
    why: str
    need: Need = Need.OPTIONAL
    present: tuple[Probe, ...] = ()
    needs: tuple[str, ...] = ()
    least: str = ""
    packages: Mapping[Manager, tuple[str, ...]] = field(default_factory=dict)
    composer: str = ""
    pip: str = ""
    files: tuple[ShippedFile, ...] = ()
    after: Mapping[Manager, tuple[str, ...]] = field(default_factory=dict)
    renewal: bool = False
    comes: str = ""


def components(profile: Profile) -> tuple[Component, ...]:
    """Return the profile's components, or the built-in ones where it names none.

    Raises:
        InstallError: An entry cannot be used; says which and why.
    """
    entries: Sequence[object] = profile.components or _built_in_entries()
    if len(entries) > _MOST:
        raise InstallError(f"The appliance profile lists more than {_MOST} components.")
    found = tuple(_component(entry, number) for number, entry in enumerate(entries, 1))
    names = [one.name for one in found]
    for one in found:
        if names.count(one.name) > 1:
            raise InstallError(f"Component {one.name} is listed twice.")
        for name in one.needs:
            if name not in names:
                raise InstallError(f"Component {one.name} needs {name}, which is not listed.")
    return found


def _built_in_entries() -> Sequence[object]:
    # JSON, which is YAML too: the menu looks at components, and loading yaml would take it 1.8 MiB.
    entries = json.loads(_BUILT_IN.read_text("utf-8"))
    return entries if isinstance(entries, list) else []


def _component(entry: object, number: int) -> Component:
    where = f"Component {number}"
    known = _mapping(entry, where, Component)
    where = f"Component {known.get('name', number)}"
    for key in ("name", "title", "why"):
        if not isinstance(known.get(key), str) or not known[key]:
            raise InstallError(f"{where}: {key} is missing, or no text.")
    try:
        return Component(
            name=_text(known, "name", where),
            title=_text(known, "title", where),
            why=_text(known, "why", where),
            need=Need(str(known.get("need", Need.OPTIONAL))),
            present=tuple(_probe(one, where) for one in _list(known, "present", where)),
            needs=_texts(known.get("needs", ()), f"{where}: needs"),
            least=_text(known, "least", where),
            packages=_by_manager(known.get("packages", {}), f"{where}: packages"),
            composer=_text(known, "composer", where),
            pip=_text(known, "pip", where),
            files=tuple(_shipped(one, where) for one in _list(known, "files", where)),
            after=_by_manager(known.get("after", {}), f"{where}: after"),
            renewal=known.get("renewal") is True,
            comes=_text(known, "comes", where),
        )
    except ValueError as error:
        raise InstallError(f"{where}: {one_line(str(error), 200)}.") from error


def _probe(entry: object, where: str) -> Probe:
    known = _mapping(entry, f"{where}: present", Probe)
    return Probe(
        command=_texts(known.get("command", ()), f"{where}: command"),
        any_command=_texts(known.get("any_command", ()), f"{where}: any_command"),
        file=_absolute(_text(known, "file", where), where),
        any_file=tuple(
            _absolute(one, where) for one in _texts(known.get("any_file", ()), f"{where}: any_file")
        ),
        php_class=_text(known, "php_class", where),
        python_module=_text(known, "python_module", where),
        ca_bundle=known.get("ca_bundle") is True,
        renewal=known.get("renewal") is True,
        version=_pattern(_text(known, "version", where), where),
    )


def _pattern(text: str, where: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise InstallError(f"{where}: version is no regular expression: {error}.") from error
    if text and not groups:
        raise InstallError(f"{where}: version has no group that holds the version.")
    return text


def _shipped(entry: object, where: str) -> ShippedFile:
    known = _mapping(entry, f"{where}: files", ShippedFile)
    shipped = _text(known, "shipped", where)
    source = (Path(__file__).parent / shipped).resolve()
    if Path(__file__).parent.resolve() not in source.parents or not source.is_file():
        raise InstallError(f"{where}: the console brings no file {shipped}.")
    return ShippedFile(str(source), Path(_absolute(_text(known, "target", where), where)))


def _mapping(
    entry: object, where: str, kind: "type[Component | Probe | ShippedFile]"
) -> Mapping[str, object]:
    if not isinstance(entry, Mapping):
        raise InstallError(f"{where}: not a list of keys and values.")
    allowed = [one.name for one in fields(kind)]
    for key in entry:
        if key not in allowed:
            meant = nearest(str(key), allowed)
            raise InstallError(
                f"{where}: unknown key {one_line(str(key), 60)}.", f"Meant {meant}?" if meant else ""
            )
    return entry


def _text(known: Mapping[str, object], key: str, where: str) -> str:
    value = known.get(key, "")
    if not isinstance(value, str):
        raise InstallError(f"{where}: {key} is no text (put it in quotes).")
    return one_line(value, 300)


def _list(known: Mapping[str, object], key: str, where: str) -> Sequence[object]:
    value = known.get(key, [])
    if not isinstance(value, list):
        raise InstallError(f"{where}: {key} is no list.")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise InstallError(f"{where} is no list of texts.")
    for one in value:
        if one != printable(one) or not one or "\n" in one:
            raise InstallError(f"{where}: {one_line(one, 60) or 'an empty text'} cannot stand in a command.")
    return tuple(value)


def _by_manager(value: object, where: str) -> dict[Manager, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise InstallError(f"{where}: not a list of package managers.")
    return {Manager(str(key)): _texts(texts, where) for key, texts in value.items()}


def _absolute(path: str, where: str) -> str:
    if path and (not path.startswith("/") or ".." in Path(path).parts or path != printable(path)):
        raise InstallError(f"{where}: {path} is no absolute path.")
    return path
