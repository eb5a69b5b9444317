"""``mail-console support``: one archive for whoever helps, without secrets."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.exit_codes import ExitCode
from console.cli.output import put, say

if TYPE_CHECKING:
    from console.cli.session import Session


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``support``."""
    parser.add_argument("--folder", metavar="DIR", type=Path, default=Path(), help="where to write it (here)")
    parser.add_argument("--redact-addresses", action="store_true", help="mask mail addresses as well")
    parser.add_argument("--list", action="store_true", help="say what would be inside, write nothing")


def run(options: Namespace, session: "Session") -> int:
    """Run the checks, say what is inside, write the archive and print its path."""
    from console.checks.runner import run_checks
    from console.checks.table import CHECKS
    from console.cli.stopping import stoppable
    from console.errors import CancelledError
    from console.support import archive_path, collect, write

    with stoppable() as cancellation:
        results = list(run_checks(session.engine, CHECKS, cancellation))
    if cancellation.is_cancelled:
        raise CancelledError
    files = collect(session.engine, results, redact_addresses=options.redact_addresses)
    path = archive_path(options.folder.absolute())
    say(f"{path}:")
    for one in files:
        say(f"  {one.name:<40} {one.summary}")
    if not options.list:
        put(str(write(files, path)))
    return ExitCode.OK
