"""The command line: finds the command, parses its arguments, runs it, and turns our errors into one line and
an exit code."""

import sys
from importlib import import_module

from console.annotations import TYPE_CHECKING
from console.cli.exit_codes import ExitCode
from console.cli.output import drain_input, put, say
from console.cli.session import Session
from console.cli.table import COMMANDS, Command, command_named
from console.errors import ConsoleError, UsageError
from console.text import nearest, one_line

if TYPE_CHECKING:
    from argparse import Namespace
    from types import ModuleType, SimpleNamespace

    from console.__main__ import FrontOptions


def run(front: "FrontOptions", arguments: list[str]) -> int:
    """Run what the arguments ask for and return the exit code.

    Args:
        front: The options that stood before the command.
        arguments: The command and what follows it; not empty.
    """
    _make_streams_tolerant()
    try:
        return _run(front, arguments)
    except SystemExit as ended:  # argparse printed its help
        return int(ended.code or 0)


def tell(error: ConsoleError) -> ExitCode:
    """Say an error on stderr, each of its problems in a line, and return its exit code."""
    _make_streams_tolerant()
    drain_input()
    say(f"mail-console: {error}")
    return exit_code_of(error)


def exit_code_of(error: ConsoleError) -> ExitCode:
    """Return the exit code that stands for one of our errors."""
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    family = error.code
    while family:
        if family in _CODES:
            return _CODES[family]
        family = family.rpartition(".")[0]
    return ExitCode.UNAVAILABLE


_CODES = {
    "local.settings": ExitCode.CONFIGURATION,
    "local.mail-off": ExitCode.CONFIGURATION,
    "local.secret": ExitCode.CONFIGURATION,
    "local.no-sender": ExitCode.CONFIGURATION,
    "local.message": ExitCode.DATA,
    "local.header": ExitCode.DATA,
    "local.address": ExitCode.DATA,
    "local.no-recipient": ExitCode.DATA,
    "local.too-large": ExitCode.DATA,
    "local.attachment": ExitCode.NO_INPUT,
    "input": ExitCode.NO_INPUT,
    "local.permission": ExitCode.NO_PERMISSION,
    "local.disk-full": ExitCode.CANNOT_WRITE,
    "local.read-only": ExitCode.CANNOT_WRITE,
    "local.symlink": ExitCode.CANNOT_WRITE,
    "local": ExitCode.INPUT_OUTPUT,
    "sign-in.unreachable": ExitCode.TEMPORARY,
    "sign-in": ExitCode.NO_PERMISSION,
    "internal": ExitCode.INTERNAL,
    "deadline": ExitCode.TEMPORARY,
    "cancelled": ExitCode.INTERRUPTED,
}


def _run(front: "FrontOptions", arguments: list[str]) -> int:
    word = arguments[0]
    if word == "help" and arguments[1:]:
        return _run(front, [*arguments[1:], "--help"])
    if word in ("-h", "--help", "help"):
        return _help()
    if word == "--version":
        from console import __version__

        put(f"mail-console {__version__}")
        return ExitCode.OK
    command = command_named(word)
    if command is None:
        raise _unknown(word)
    return _run_command(front, command, arguments[1:])


def _run_command(front: "FrontOptions", command: Command, arguments: list[str]) -> int:
    module = import_module(command.module)
    options = _plain_options(module, arguments) or _options(command, module, arguments)
    front.root = getattr(options, "root", front.root)
    front.is_sandbox = getattr(options, "sandbox", front.is_sandbox)
    front.faults += getattr(options, "fault", [])
    with Session(front) as session:
        return int(module.run(options, session))


def _plain_options(module: "ModuleType", arguments: list[str]) -> "SimpleNamespace | None":
    if not getattr(module, "IS_PLAIN", False):
        return None
    from console.cli.plain import PlainArguments

    plain = PlainArguments()
    module.arguments(plain)
    return plain.read(arguments)


def _options(command: Command, module: "ModuleType", arguments: list[str]) -> "Namespace":
    from console.cli.parser import parser_for

    parser = parser_for(command.name, command.help)
    module.arguments(parser)
    return parser.read(arguments, getattr(module, "DEFAULT_ACTION", ""))


def _unknown(word: str) -> UsageError:
    shown = one_line(word, 60)
    if word.startswith("-"):
        if word in ("--root", "--fault"):
            return UsageError(f"{shown} needs a value.", "See: mail-console --help")
        return UsageError(f"unknown option {shown}.", "See: mail-console --help")
    meant = nearest(word[:60], tuple(one.name for one in COMMANDS))
    hint = f"Did you mean {meant}?" if meant else "See: mail-console --help"
    return UsageError(f"unknown command {shown}.", hint)


def _help() -> int:
    put("Usage: mail-console [--root DIR] [--sandbox [--fault NAME]] [COMMAND …]\n")
    put("Without a command: the screens, on a terminal.\n")
    for one in COMMANDS:
        put(f"  {one.name:<12} {one.help}")
    put("\n  --root DIR    put every path of the program below DIR")
    put("  --sandbox     run against embedded stand-ins for Microsoft 365 and a mail server")
    put("  --fault NAME  with --sandbox: let the stand-ins fail so")
    put("  --version     print the version")
    put("\nEach command explains itself: mail-console COMMAND --help")
    return ExitCode.OK


def _make_streams_tolerant() -> None:
    """A Latin-1 or ASCII terminal gets ``\\u2026`` for what it cannot show, never an exception."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
