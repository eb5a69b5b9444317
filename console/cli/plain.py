"""Arguments read without argparse, as long as they can mean but one thing.

argparse takes `mail-console send` 7 of 60 ms: it loads gettext, locale and shutil, and makes a help formatter
for each argument declared. So a command all of whose arguments are of the simplest kinds says
``IS_PLAIN = True``, and `PlainArguments` reads the plain words. Before whatever else stands there (help, an
unknown option, a value missing or glued to its option) it gives up, and argparse reads or refuses it as ever.
"""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

from console.annotations import Final

_FLAG: Final = "store_true"
_ACTIONS: Final = ("store", "append", _FLAG)


class PlainArguments:
    """Takes a command's declarations in place of an `ArgumentParser`, if they are of the simplest kinds."""

    def __init__(self) -> None:
        self._defaults: dict[str, object] = {}
        self._options: dict[str, tuple[str, str]] = {}
        self._positional = ""

    def add_argument(
        self,
        *names: str,
        action: str = "store",
        default: object = None,
        dest: str = "",
        nargs: str | None = None,
        metavar: str = "",  # noqa: ARG002 - for the help, which is argparse's
        help: str = "",  # noqa: A002, ARG002 - as above
    ) -> None:
        """Declare one argument, in argparse's words.

        Raises:
            ValueError: It is not of the kinds that are read here.
        """
        if action not in _ACTIONS:
            raise ValueError(f"{action} is not plain")
        key = dest or next((one for one in names if one.startswith("--")), names[0]).lstrip("-").replace(
            "-", "_"
        )
        self._defaults[key] = False if action == _FLAG else default
        if names[0].startswith("-"):
            self._options |= dict.fromkeys(names, (key, action))
        elif nargs == "*" and not self._positional:
            self._positional = key
        else:
            raise ValueError(f"{names[0]} is not plain")

    def read(self, words: Sequence[str]) -> SimpleNamespace | None:
        """Return the options that the words stand for; None: let argparse read them."""
        values = {key: [] if isinstance(value, list) else value for key, value in self._defaults.items()}
        positional: list[str] = []
        rest = iter(words)
        for word in rest:
            if not word.startswith("-") or word == "-":
                if not self._positional:
                    return None
                positional.append(word)
                continue
            if not self._take(word, rest, values):
                return None
        if self._positional:
            values[self._positional] = positional
        return SimpleNamespace(**values)

    def _take(self, word: str, rest: Iterator[str], values: dict[str, object]) -> bool:
        """Put the option `word` with its value, if it takes one, into `values`; False: not plain."""
        key, action = self._options.get(word, ("", ""))
        if not key:
            return False
        if action == _FLAG:
            values[key] = True
            return True
        value = next(rest, "--")
        if value.startswith("-") and value != "-":
            return False
        kept = values[key]
        if action == "append":
            values[key] = [*kept, value] if isinstance(kept, list) else [value]
        else:
            values[key] = value
        return True
