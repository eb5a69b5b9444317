"""argparse with one clear line for a bad argument instead of a usage block, and no guessing of options."""

import argparse
from collections.abc import Mapping
from typing import Any, NoReturn

from console.errors import UsageError


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are `UsageError`.

    Every command, and every action of one, takes the options of the front door too.
    """

    def __init__(self, **words: Any) -> None:
        words.setdefault("allow_abbrev", False)
        super().__init__(**words)
        self._actions_known: Mapping[str, Any] = {}
        group = self.add_argument_group("where", argument_default=argparse.SUPPRESS)
        group.add_argument("--root", metavar="DIR", help="put every path of the program below DIR")
        group.add_argument("--sandbox", action="store_true", help="run against the embedded stand-ins")
        group.add_argument("--fault", metavar="NAME", action="append", help="with --sandbox: a fault to show")

    def add_subparsers(self, **words: Any) -> Any:
        """Add actions (see argparse), and know their names."""
        made = super().add_subparsers(**words)
        self._actions_known = made.choices
        return made

    def read(self, words: list[str], default_action: str = "") -> argparse.Namespace:
        """Parse `words`; options alone belong to the action that is done when none is named.

        Words that are no options may stand on both sides of those, as everywhere on Unix.

        Raises:
            UsageError: They make no sense.
        """
        is_bare = bool(words) and words[0].startswith("-")
        if default_action and is_bare and {"-h", "--help", *self._actions_known}.isdisjoint(words):
            words = [default_action, *words]
        if self._actions_known or "--" in words:  # it cannot do the one, and reads options behind the other
            return self.parse_args(words)
        return self.parse_intermixed_args(words)

    def error(self, message: str) -> NoReturn:
        """Raise the error, with the command that has the help.

        Raises:
            UsageError: Always.
        """
        raise UsageError(f"{message}.", f"See: {self.prog} --help")


def parser_for(name: str, help_line: str) -> Parser:
    """Return the parser of a command."""
    return Parser(prog=f"mail-console {name}", description=help_line[:1].upper() + help_line[1:] + ".")
