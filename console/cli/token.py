"""``mail-console token``: renew the access token, show how the sign-in stands, or hand it to a program."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import ExitCode
from console.cli.microsoft365 import (
    needs_microsoft,
    put_lines,
    record_text,
    status_lines,
    status_shape,
    tell_refusal,
)
from console.cli.output import put, put_json, say
from console.errors import CancelledError, ConsoleError, UsageError
from console.settings.model import MICROSOFT, Settings
from console.verdict import SignInError

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.engine import Engine

_SECONDS: Final = 90.0
_DUE_SECONDS: Final = 1200.0
"""A token that lives longer is left alone by ``refresh --if-due``: a timer asks every ten minutes."""


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``token``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    refresh = actions.add_parser(
        "refresh", help="renew the access token and rewrite the token file", allow_abbrev=False
    )
    refresh.add_argument("--quiet", action="store_true", help="say nothing when all went well (for timers)")
    refresh.add_argument("--if-due", action="store_true", help="only when it ends within 20 minutes")
    show = actions.add_parser("show", help="account, permissions, lifetime; never the token")
    show.add_argument("--json", action="store_true", help="print it as JSON")
    give = actions.add_parser("print", help="print the token itself, for a program", allow_abbrev=False)
    give.add_argument("--xoauth2", action="store_true", help="as the XOAUTH2 string, base64")
    give.add_argument("--force", action="store_true", help="also on a terminal, where others may see it")


def run(options: Namespace, session: "Session") -> int:
    """Do what the action says."""
    engine = session.engine
    settings = engine.settings.load()
    try:
        if options.action == "refresh":
            return _refresh(engine, settings, options)
        if options.action == "show":
            return _show(engine, settings, as_json=options.json)
        return _print(engine, settings, options)
    except SignInError as error:
        return tell_refusal(error, settings)


def _refresh(engine: "Engine", settings: Settings, options: Namespace) -> int:
    from console.cli.stopping import stoppable
    from console.deadline import Deadline
    from console.microsoft365.tokens import renew

    if settings.mail.transport not in MICROSOFT:
        if not options.quiet:
            say(f"The transport {settings.mail.transport} needs no token: nothing to renew.")
        return ExitCode.OK
    with stoppable() as cancellation, _alarmed(is_unattended=options.quiet):
        renewal = renew(
            engine,
            settings,
            Deadline(_SECONDS, cancellation),
            only_if_due=options.if_due,
            least_life=_DUE_SECONDS,
        )
    if not options.quiet:
        word = "Renewed" if renewal.was_renewed else "Not due"
        put(f"{word}: {record_text(renewal.record)}.")
    if renewal.token_file_problem is not None:
        problem = f"The mail token file was not written: {renewal.token_file_problem}"
        say(f"mail-console: {problem}")
        if options.quiet:
            from console.alarm import raise_alarm

            raise_alarm(problem)
        return ExitCode.CANNOT_WRITE
    return ExitCode.OK


@contextmanager
def _alarmed(*, is_unattended: bool) -> Iterator[None]:
    """Tell the system log when a timer's renewal fails: nobody reads a timer's words."""
    try:
        yield
    except CancelledError:
        raise
    except ConsoleError as error:
        if is_unattended:
            from console.alarm import raise_alarm

            raise_alarm(f"The mail token could not be renewed: {error}")
        raise


def _show(engine: "Engine", settings: Settings, *, as_json: bool) -> int:
    from console.microsoft365.tokens import sign_in_status

    status = sign_in_status(engine, settings)
    if as_json:
        put_json({"version": JSON_VERSION, "sign_in": status_shape(status)})
    elif needs_microsoft(settings):
        put_lines(status_lines(status))
        for warning in status.warnings:
            say(f"Warning: {warning}")
    return ExitCode.OK if status.is_signed_in else ExitCode.NOTHING


def _print(engine: "Engine", settings: Settings, options: Namespace) -> int:
    """Print the token and nothing else on stdout; errors go to stderr with an exit code."""
    from console.cli.stopping import stoppable
    from console.deadline import Deadline
    from console.microsoft365.tokens import token_source

    if sys.stdout is not None and sys.stdout.isatty() and not options.force:
        raise UsageError(
            "A token on a terminal can be read over a shoulder and stays in the scroll-back.",
            "Pipe it into the program that wants it, or add --force.",
        )
    if not needs_microsoft(settings):
        return ExitCode.CONFIGURATION
    with stoppable() as cancellation:
        token = token_source(engine, settings)(deadline=Deadline(_SECONDS, cancellation))
    text = _xoauth2(settings.mailbox, token.reveal()) if options.xoauth2 else token.reveal()
    if sys.stdout is not None:
        sys.stdout.write(f"{text}\n")
    return ExitCode.OK


def _xoauth2(user: str, token: str) -> str:
    """Return the XOAUTH2 string (learn.microsoft.com, "SASL XOAUTH2")."""
    import base64

    return base64.b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode()).decode()
