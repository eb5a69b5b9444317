"""What the Microsoft 365 commands share: a sign-in told in words and as JSON, and a refusal with its fix."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from console.cli.exit_codes import ExitCode
from console.cli.output import put, say
from console.settings.model import MICROSOFT, Settings, TransportName
from console.verdict import Failure, Finding, SignInError

if TYPE_CHECKING:
    from console.microsoft365.record import Record
    from console.microsoft365.status import SignInStatus


def needs_microsoft(settings: Settings) -> bool:
    """Whether the transport signs in at Microsoft 365; says so on stderr when it does not."""
    if settings.mail.transport in MICROSOFT:
        return True
    say(f"mail-console: The transport {settings.mail.transport} needs no sign-in at Microsoft 365.")
    say(f"To choose one that does: mail-console settings set mail.transport={TransportName.MICROSOFT365}")
    return False


def findings_of(failure: Failure, settings: Settings) -> tuple[Finding, ...]:
    """Return cause and fix, with this appliance's own values in them."""
    from console.diagnosis import diagnose, with_settings

    return diagnose(with_settings(failure, settings))


def tell_refusal(error: SignInError, settings: Settings) -> ExitCode:
    """Say a refusal with cause and fix on stderr and return its exit code."""
    say(f"mail-console: {error.what}")
    tell_findings(findings_of(error.failure, settings))
    return exit_code_of_refusal(error)


def tell_findings(findings: Sequence[Finding]) -> None:
    """Say cause and fix on stderr."""
    from console.sendlog.export import finding_text

    for finding in findings:
        say("")
        say(finding_text(finding).rstrip("\n"))


def exit_code_of_refusal(error: SignInError) -> ExitCode:
    """Return the exit code that says why there is no token."""
    if error.is_for_now:
        return ExitCode.TEMPORARY
    if error.failure.kind.startswith(("local.", "app.")):
        return ExitCode.CONFIGURATION
    return ExitCode.NO_PERMISSION


def status_lines(status: "SignInStatus") -> list[tuple[str, str]]:
    """Return how the sign-in stands, label and value; what is not known is left out."""
    is_app = status.kind == "app"
    lines = [
        ("Signed in", "yes" if status.is_signed_in else "no"),
        ("Kind", "app (client credentials)" if is_app else "account (sign-in with a code)"),
        ("Account", status.account),
        ("Tenant", status.tenant),
        ("Client ID", status.client_id),
        ("Audience", status.audience),
        ("Permissions", " ".join(status.roles if is_app else status.scopes)),
        ("Signed in at", moment_text(status.signed_in_at)),
        ("Renewed at", moment_text(status.renewed_at)),
        ("Token until", moment_text(status.access_expires_at)),
        ("Lapses", _lapse_text(status)),
        ("Credential until", str(status.credential_expires or "")),
    ]
    return [(label, value) for label, value in lines if value]


def put_lines(lines: Sequence[tuple[str, str]]) -> None:
    """Write labels and values to stdout, one a line."""
    for label, value in lines:
        put(f"{label + ':':<18} {value}")


def status_shape(status: "SignInStatus") -> dict[str, Any]:
    """Return what ``--json`` prints of a sign-in; no token is in it."""
    return {
        "is_signed_in": status.is_signed_in,
        "kind": status.kind,
        "account": status.account,
        "tenant": status.tenant,
        "client_id": status.client_id,
        "audience": status.audience,
        "scopes": list(status.scopes),
        "roles": list(status.roles),
        "signed_in_at": iso(status.signed_in_at),
        "renewed_at": iso(status.renewed_at),
        "access_expires_at": iso(status.access_expires_at),
        "lapses_at": iso(status.lapses_at),
        "days_left": status.days_left,
        "credential_expires": iso(status.credential_expires),
        "warnings": list(status.warnings),
    }


def record_text(record: "Record") -> str:
    """Return whose token it is and how long it lives, in one line."""
    from datetime import UTC

    whose = record.account or f"app {record.client_id}"
    until = datetime.fromtimestamp(record.expires_at, UTC)
    return f"{whose}, until {moment_text(until)}"


def iso(moment: datetime | date | None) -> str | None:
    """Return a moment or day as ISO 8601, or None."""
    if isinstance(moment, datetime):
        return moment.isoformat(timespec="seconds")
    return moment.isoformat() if moment else None


def moment_text(moment: datetime | None) -> str:
    """Return a moment in local time, or ""."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z").rstrip() if moment else ""


def _lapse_text(status: "SignInStatus") -> str:
    if status.lapses_at is None:
        return ""
    return f"{moment_text(status.lapses_at)} if nothing renews it, {status.lapses_in}"
