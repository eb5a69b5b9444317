"""argparse with one clear line for a bad argument instead of a usage block, and no guessing of options."""

import argparse
from typing import NoReturn

from console.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are `UsageError`."""

    def error(self, message: str) -> NoReturn:
        """Raise the error, with the command that has the help.

        Raises:
            UsageError: Always.
        """
        raise UsageError(f"{message}.", f"See: {self.prog} --help")


def parser_for(name: str, help_line: str) -> Parser:
    """Return the parser of a command, with the options of the front door, which may stand behind it too."""
    parser = Parser(
        prog=f"mail-console {name}",
        description=help_line[:1].upper() + help_line[1:] + ".",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_front_options(parser)
    return parser


def add_front_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--root``, ``--sandbox`` and ``--fault``, which every command takes."""
    group = parser.add_argument_group("where")
    group.add_argument("--root", metavar="DIR", help="put every path of the program below DIR")
    group.add_argument("--sandbox", action="store_true", help="run against the embedded stand-ins")
    group.add_argument(
        "--fault",
        metavar="NAME",
        action="append",
        default=[],
        help="with --sandbox: a fault to show",
    )
