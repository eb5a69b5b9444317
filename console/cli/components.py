"""``mail-console components``: what is there, what is missing, and installing it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import ExitCode
from console.cli.output import put, put_json, say
from console.install.model import Component, Need

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.engine import Engine
    from console.install.presence import Presence

_LOOK_SECONDS = 60.0


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
    parser.set_defaults(json=False)


def run(options: Namespace, session: "Session") -> int:
    """Do what the action says."""
    if options.action == "plan":
        return _plan(session.engine, options.names)
    if options.action == "install":
        return _install(session.engine, options.names)
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
        "state": presence.state.value,
        "version": presence.version,
        "least": component.least,
        "lacking": presence.lacking,
    }


def _wanted(engine: "Engine", names: Sequence[str]) -> tuple[Component, ...]:
    from console.install.installer import chosen
    from console.install.model import components

    return chosen(components(engine.profile), names)


def _plan(engine: "Engine", names: Sequence[str]) -> int:
    from console.install.installer import commands, package_manager

    for component in _wanted(engine, names):
        put(f"# {component.title}: {component.why}")
        for command in commands(component, package_manager(), engine.paths):
            put(command.text)
    return ExitCode.OK


def _install(engine: "Engine", names: Sequence[str]) -> int:
    from console.cli.stopping import stoppable
    from console.deadline import Deadline
    from console.install import log
    from console.install.installer import INSTALL_SECONDS, install
    from console.install.presence import look

    wanted = _wanted(engine, names)
    with stoppable() as cancellation, log.opened(engine.paths.log) as keep:
        deadline, told = Deadline(INSTALL_SECONDS, cancellation), keep(say)
        for component in wanted:
            if look(component, deadline).is_found:
                say(f"{component.title} is there already.")
                continue
            done = install(component, engine.paths, deadline, told, lambda one: told(f"$ {one.text}"))
            if done.finding is not None:
                _explain(component, done.finding)
                return ExitCode.UNAVAILABLE
            put(f"{component.name} {done.presence.version}".rstrip() + " installed")
    return ExitCode.OK


def _explain(component: Component, finding: Any) -> None:
    say(f"{component.title} is not installed: {finding.cause}")
    if finding.said:
        say(f"  said: {finding.said}")
    for step in finding.fix:
        say(f"  - {step}")
