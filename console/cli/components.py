"""``mail-console components``: what is there, what is missing, and installing it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import ExitCode
from console.cli.output import put, put_json, say
from console.install.model import Component, Need

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.engine import Engine
    from console.install.installer import Installed
    from console.install.presence import Presence
    from console.verdict import Finding

_LOOK_SECONDS = 60.0

DEFAULT_ACTION: Final = "list"


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``components``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="each with its state and version (the default)")
    check = actions.add_parser("check", help="exit code 1 when a required one is missing")
    for one in (listing, check):
        one.add_argument("--json", action="store_true", help="print the states as JSON")
    for name, words in (("plan", "print the exact commands, run nothing"), ("install", "install them")):
        one = actions.add_parser(name, help=words, allow_abbrev=False)
        one.add_argument("names", metavar="NAME", nargs="+", help="from the list; what it needs comes first")
        one.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(json=False)


def run(options: Namespace, session: "Session") -> int:
    """Do what the action says."""
    if options.action == "plan":
        return _plan(session.engine, options.names, as_json=options.json)
    if options.action == "install":
        return _install(session.engine, options.names, as_json=options.json)
    return _list(session.engine, as_json=options.json, judges=options.action == "check")


def _list(engine: "Engine", *, as_json: bool, judges: bool) -> int:
    from console.deadline import Deadline
    from console.install.model import components
    from console.install.presence import look

    deadline = Deadline(_LOOK_SECONDS)
    states = [look(one, deadline) for one in components(engine.profile)]
    if as_json:
        put_json({"version": JSON_VERSION, "components": [_shape(one) for one in states]})
    else:
        for one in states:
            put(_line(one))
    lacking = [one for one in states if not one.is_found and one.component.need is Need.REQUIRED]
    return ExitCode.NOTHING if judges and lacking else ExitCode.OK


def _line(presence: "Presence") -> str:
    component = presence.component
    state = f"{presence.state.value} {presence.version}".strip()
    lacking = f"  ({presence.lacking})" if presence.lacking else ""
    return f"{component.name:<16} {component.need.value:<12} {state:<16} {component.why}{lacking}"


def _shape(presence: "Presence") -> dict[str, Any]:
    component = presence.component
    return {
        "name": component.name,
        "title": component.title,
        "why": component.why,
        "need": component.need.value,
        "needs": list(component.needs),
        "state": presence.state.value,
        "version": presence.version,
        "least": component.least,
        "lacking": presence.lacking,
    }


def _wanted(engine: "Engine", names: Sequence[str]) -> tuple[Component, ...]:
    from console.install.installer import chosen
    from console.install.model import components

    return chosen(components(engine.profile), names)


def _plan(engine: "Engine", names: Sequence[str], *, as_json: bool) -> int:
    from console.deadline import Deadline
    from console.install.installer import package_manager, plan
    from console.install.presence import look

    shapes, deadline = [], Deadline(_LOOK_SECONDS)
    found = [look(component, deadline) for component in _wanted(engine, names)]
    lacking = [one.component for one in found if not one.is_found]
    planned = iter(plan(lacking, package_manager(), engine.paths))
    for presence in found:
        component, wanted = presence.component, () if presence.is_found else next(planned)
        steps = [{"argv": list(one.argv), "text": one.text, "why": one.why} for one in wanted]
        shapes.append(_shape(presence) | {"commands": steps})
        if not as_json:
            is_there = ", is there already" if presence.is_found else ""
            put(f"# {component.title}: {component.why.rstrip('.')}{is_there}.")
            for one in wanted:
                put(one.text)
    if as_json:
        put_json({"version": JSON_VERSION, "components": shapes})
    return ExitCode.OK


def _install(engine: "Engine", names: Sequence[str], *, as_json: bool) -> int:
    from console.cli.stopping import stoppable
    from console.deadline import Deadline
    from console.install import log
    from console.install.installer import INSTALL_SECONDS, install
    from console.install.presence import look

    shapes, code = [], ExitCode.OK
    with stoppable() as cancellation, log.opened(engine.paths.log) as keep:
        deadline, told = Deadline(INSTALL_SECONDS, cancellation), keep(say)
        for component in _wanted(engine, names):
            before = look(component, deadline)
            if before.is_found:
                told(f"{component.title} is there already.")
                shapes.append(_shape(before) | {"commands": [], "finding": None})
                continue
            done = install(component, engine.paths, deadline, told, lambda one: told(f"$ {one.text}"))
            shapes.append(_done_shape(done))
            if done.finding is not None:
                for line in _explained(component, done.finding):
                    told(line)
                is_ours = done.finding.id != "install-not-root"
                code = ExitCode.UNAVAILABLE if is_ours else ExitCode.NO_PERMISSION
                break
            said = f"{component.name} {done.presence.version}".rstrip() + " installed"
            (told if as_json else keep(put))(said)
    if as_json:
        put_json({"version": JSON_VERSION, "components": shapes})
    return code


def _done_shape(done: "Installed") -> dict[str, Any]:
    from console.delivery_json import finding_values

    steps = [{"text": one.command.text, "exit_code": one.exit_code} for one in done.results]
    finding = None if done.finding is None else finding_values(done.finding)
    return _shape(done.presence) | {"commands": steps, "finding": finding}


def _explained(component: Component, finding: "Finding") -> list[str]:
    said = [f"  said: {finding.said}"] if finding.said else []
    steps = [f"  - {step}" for step in finding.fix]
    return [f"{component.title} is not installed: {finding.cause}", *said, *steps]
