"""``mail-console tokens``: the token directory, looked at and put right."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import ExitCode
from console.cli.output import put, put_json, say

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.install.token_wanted import Wanted

_SECONDS = 30.0


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``tokens``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="found and wanted, aspect by aspect; exit code 1 when wrong")
    check.add_argument("--json", action="store_true", help="print the aspects as JSON")
    fix = actions.add_parser("fix", help="put owner, group and modes right", allow_abbrev=False)
    fix.add_argument("--dry-run", action="store_true", help="only print the commands that would do it")


def run(options: Namespace, session: "Session") -> int:
    """Do what the action says."""
    from console.install.token_directory import wanted

    engine = session.engine
    want = wanted(engine.profile.token_directory, engine.paths.tokens)
    if options.action == "check":
        return _check(want, as_json=options.json)
    return _fix(want, is_dry=options.dry_run)


def _check(want: "Wanted", *, as_json: bool) -> int:
    from console.deadline import Deadline
    from console.grade import Grade
    from console.install.token_directory import inspect

    aspects = inspect(want, Deadline(_SECONDS))
    if as_json:
        names = ("name", "title", "found", "wanted", "note", "is_fixable")
        shapes = [{n: getattr(one, n) for n in names} | {"grade": one.grade.word} for one in aspects]
        put_json({"version": JSON_VERSION, "path": str(want.path), "aspects": shapes})
    else:
        for one in aspects:
            asked = f", wanted {one.wanted}" if one.grade in (Grade.WARNING, Grade.FAILED) else ""
            put(f"{one.grade.word:<15} {one.title:<22} {one.found}{asked}")
            if one.note:
                put(f"{'':<15} {one.note}")
    return ExitCode.NOTHING if any(one.grade is Grade.FAILED for one in aspects) else ExitCode.OK


def _fix(want: "Wanted", *, is_dry: bool) -> int:
    from console.install import token_repair

    if is_dry:
        for repair in token_repair.plan(want):
            put(repair.command.text)
        return ExitCode.OK
    told = token_repair.fix(want)
    for sentence in told:
        put(sentence)
    if not told:
        say("Nothing to put right.")
    return ExitCode.OK
