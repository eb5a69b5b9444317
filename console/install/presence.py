"""Is a component there, and in which version? Looked at, never guessed; nothing is changed."""

import os
import re
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import Final

from console.deadline import Deadline
from console.errors import CancelledError, ConsoleError
from console.install.command import Command, clean_environment, run
from console.install.model import Component, Probe
from console.values import dataclass

CA_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_PROBE_SECONDS: Final = 10.0
_READ_LIMIT: Final = 1 << 20


class State(StrEnum):
    """How a component stands."""

    FOUND = "found"
    OUTDATED = "too old"
    MISSING = "missing"
    COMING = "not yet there"


@dataclass(frozen=True, slots=True)
class Presence:
    """What was found of a component.

    Attributes:
        component: Which.
        state: How it stands.
        version: Its version, or "" where it has none or it could not be told.
        lacking: What is missing, a few words; "" when found.
    """

    component: Component
    state: State
    version: str = ""
    lacking: str = ""

    @property
    def is_found(self) -> bool:
        """Whether it is there in a version that will do."""
        return self.state is State.FOUND


def look(component: Component, deadline: Deadline) -> Presence:
    """Return how `component` stands.

    Raises:
        CancelledError: The operator stopped it.
    """
    version = ""
    for probe in component.present or (Probe(),):
        found, told = _holds(probe, deadline)
        if not found and component.comes:
            return Presence(component, State.COMING, lacking=f"comes {component.comes}")
        if not found:
            return Presence(component, State.MISSING, lacking=told)
        version = version or told
    if component.least and version and _key(version) < _key(component.least):
        lacking = f"version {component.least} or newer is wanted"
        return Presence(component, State.OUTDATED, version, lacking)
    return Presence(component, State.FOUND, version)


def _holds(probe: Probe, deadline: Deadline) -> tuple[bool, str]:
    """Whether a probe holds, with the version (or what is lacking)."""
    if probe.command:
        return _command_holds(probe, deadline)
    if probe.any_command:
        search = clean_environment()["PATH"]
        there = any(shutil.which(name, path=search) for name in probe.any_command)
        return there, "" if there else f"none of {', '.join(probe.any_command)}"
    if probe.file or probe.any_file:
        return _file_holds(probe)
    if probe.php_class:
        code = f"exit(class_exists({_php_text(probe.php_class)}) ? 0 : 1);"
        there = _runs(Command(("php", "-r", code)), deadline) is not None
        return there, "" if there else f"PHP class {probe.php_class}"
    if probe.python_module:
        return _module_holds(probe.python_module, deadline)
    if probe.ca_bundle:
        there = any(Path(one).is_file() and Path(one).stat().st_size > 0 for one in CA_BUNDLES)
        return there, "" if there else "the system's CA certificates"
    if probe.renewal:
        from console.install.renewal import lacking

        missing = lacking()
        return not missing, missing
    return False, "a way to tell (the appliance profile gives none)"


def _command_holds(probe: Probe, deadline: Deadline) -> tuple[bool, str]:
    output = _runs(Command(probe.command), deadline)
    if output is None:
        return False, f"{probe.command[0]} does not run"
    return True, _version(probe.version, output)


def _file_holds(probe: Probe) -> tuple[bool, str]:
    for name in (probe.file, *probe.any_file):
        if os.path.isfile(name):  # noqa: PTH113 - Path.is_file raises where this user may not look
            try:
                with Path(name).open("rb") as file:
                    text = file.read(_READ_LIMIT).decode("utf-8", "replace")
            except OSError:
                text = ""
            return True, _version(probe.version, text)
    return False, probe.file or f"none of {len(probe.any_file)} known files"


def _runs(command: Command, deadline: Deadline) -> str | None:
    """Return the output of a command that ends well, else None."""
    try:
        result = run(command, deadline.at_most(_PROBE_SECONDS))
    except CancelledError:
        raise
    except ConsoleError:
        return None
    return "\n".join(result.output) if result.is_ok else None


def _module_holds(name: str, deadline: Deadline) -> tuple[bool, str]:
    """Import it in an interpreter of its own: a module runs code, and this one knows only what was there."""
    code = (
        "import importlib, importlib.metadata as m, sys; name = sys.argv[1]; importlib.import_module(name); "
        "own = m.packages_distributions().get(name.partition('.')[0]); "
        "print('version', m.version(own[0]) if own else '')"
    )
    output = _runs(Command((sys.executable, "-I", "-c", code, name)), deadline)
    if output is None:
        return False, f"Python module {name}"
    return True, _version(r"version (\S+)", output)


def _version(pattern: str, text: str) -> str:
    if not pattern:
        return ""
    match = re.search(pattern, text)
    return match[1][:40] if match and match.groups() else ""


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def _php_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
