"""``mail-console status``: does mail work? One line for a person, an exit code for monitoring."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import StatusCode
from console.cli.microsoft365 import iso
from console.cli.output import put, put_json
from console.errors import ConsoleError, UsageError

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.microsoft365.tokens import SignInStatus
    from console.sendlog.log import Summary
    from console.status import Status


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``status``."""
    parser.add_argument("--json", action="store_true", help="print everything known as JSON")
    parser.add_argument("--if-bad", action="store_true", help="say nothing when all is well (login message)")


def run(options: Namespace, session: "Session") -> int:
    """Print the verdict; the exit code is what monitoring systems expect of a plug-in."""
    found = _found(session)
    if options.json:
        put_json(status_shape(found))
    elif found.level or not options.if_bad:
        put(" ".join([f"{found.level.name}:", found.sentence, *found.warnings]))
    return StatusCode(found.level)


def _found(session: "Session") -> "Status":
    """Return the verdict; a profile that cannot be used is one too: monitoring reads no other exit codes."""
    from console.status import Level, Status, first_problem, status

    try:
        engine = session.engine
    except UsageError:
        raise
    except ConsoleError as error:
        return Status(Level.UNKNOWN, f"The appliance profile cannot be used: {first_problem(error)}")
    return status(engine)


def status_shape(found: "Status") -> dict[str, Any]:
    """Return what ``--json`` prints."""
    settings = found.settings
    return {
        "version": JSON_VERSION,
        "level": found.level.name.lower(),
        "sentence": found.sentence,
        "warnings": list(found.warnings),
        "enabled": settings.mail.enabled if settings else None,
        "transport": str(settings.mail.transport) if settings else None,
        "sender": settings.mail.sender if settings else None,
        "log": _log_shape(found.log) if found.log else None,
        "sign_in": _sign_in_shape(found.sign_in) if found.sign_in else None,
    }


def _log_shape(summary: "Summary") -> dict[str, Any]:
    newest = summary.newest
    return {
        "mails": summary.mails,
        "failed": summary.failed,
        "is_capped": summary.is_capped,
        "newest": {
            "id": newest.id,
            "at": newest.at.isoformat(timespec="milliseconds"),
            "result": str(newest.result),
            "server": newest.server,
            "cause": newest.cause,
        }
        if newest
        else None,
    }


def _sign_in_shape(sign_in: "SignInStatus") -> dict[str, Any]:
    return {
        "is_signed_in": sign_in.is_signed_in,
        "account": sign_in.account,
        "scopes": list(sign_in.scopes),
        "renewed_at": iso(sign_in.renewed_at),
        "lapses_at": iso(sign_in.lapses_at),
        "access_expires_at": iso(sign_in.access_expires_at),
    }
