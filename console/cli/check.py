"""``mail-console check``: is everything as it must be?"""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import StatusCode
from console.cli.output import put, put_json

if TYPE_CHECKING:
    from console.checks.model import CheckResult
    from console.cli.session import Session


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``check``."""
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="only this check (again)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON, at the end")
    parser.add_argument("--list", action="store_true", help="print the names of the checks, run nothing")


def run(options: Namespace, session: "Session") -> int:
    """Run the checks; the exit code is that of the worst: 0 ok, 1 warning, 2 failed, 3 none applies."""
    from console.checks.runner import chosen, run_checks, worst
    from console.checks.table import CHECKS
    from console.cli.stopping import stoppable
    from console.grade import Grade

    checks = chosen(CHECKS, options.only)
    if options.list:
        for check in checks:
            put(f"{check.name:<18} {check.title}")
        return StatusCode.OK
    results = []
    with stoppable() as cancellation:
        for result in run_checks(session.engine, checks, cancellation):
            results.append(result)
            if not options.json:
                _show(result)
    if options.json:
        put_json({"version": JSON_VERSION, "checks": [_shape(one) for one in results]})
    if cancellation.is_cancelled:
        return StatusCode.UNKNOWN  # stopped: what was not looked at may be bad
    codes = {Grade.OK: StatusCode.OK, Grade.WARNING: StatusCode.WARNING, Grade.FAILED: StatusCode.CRITICAL}
    return codes.get(worst(results), StatusCode.UNKNOWN)


def _show(result: "CheckResult") -> None:
    put(f"{result.grade.word:<15} {result.title:<24} {result.found}")
    if result.fix:
        put(f"{'':<15} {'':<24} {result.fix}")


def _shape(result: "CheckResult") -> dict[str, Any]:
    return {
        "name": result.name,
        "title": result.title,
        "grade": result.grade.word,
        "found": result.found,
        "fix": result.fix,
        "offer": result.offer,
        "seconds": round(result.seconds, 3),
    }
