"""``mail-console explain``: what an error text or a transcript means, and who can put it right."""

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Final

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import ExitCode
from console.cli.output import put, put_json, say
from console.cli.reading import InputError, read_text
from console.errors import ConsoleError

if TYPE_CHECKING:
    from console.cli.session import Session

TEXT_LIMIT: Final = 4 << 20
"""Longest text explained, in octets."""


class TooLongError(ConsoleError):
    """What was pasted is longer than an error text can sensibly be."""

    code = "local.too-large"


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``explain``."""
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(options: Namespace, _session: "Session") -> int:
    """Explain what comes on stdin; exit code 1 when nothing of it is known."""
    from console.diagnosis import explain

    if sys.stdin is not None and sys.stdin.isatty():
        say("Paste an error text or a transcript; Ctrl+D on a line of its own ends it.")
    findings = explain(_pasted())
    if options.json:
        from console.delivery_json import finding_values

        put_json({"version": JSON_VERSION, "findings": [finding_values(one) for one in findings]})
    else:
        from console.sendlog.export import finding_text

        texts = [finding_text(one).rstrip("\n") for one in findings]
        put("\n\n".join(texts) or "Unknown: nothing in this text is in the catalogue.")
    return ExitCode.OK if findings else ExitCode.NOTHING


def _pasted() -> str:
    try:
        return read_text(None, TEXT_LIMIT)
    except InputError as error:
        if error.__cause__ is not None:  # it could not be read at all
            raise
        fix = "Give it the end of the log: tail -n 1000 LOG | mail-console explain"
        raise TooLongError(error.what, fix) from error
