"""An app's credential and its sign-in in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.microsoft365.status import WARN_DAYS
from console.settings.model import AppCredential, Settings
from console.verdict import Failure, Finding, SignInError
from screens.sign_in_report import findings_report
from screens.theme import Tone
from screens.widgets.report import BLANK, Paragraph

if TYPE_CHECKING:
    from console.engine import Engine
    from console.microsoft365.certificates import Certificate
    from console.microsoft365.tokens import Renewal


@dataclass(frozen=True, slots=True)
class AppReport:
    """What is shown of an app.

    Attributes:
        paragraphs: The words.
        findings: What stands in the way, of which the console may offer to do something at once.
    """

    paragraphs: tuple[Paragraph, ...]
    findings: tuple[Finding, ...] = ()

    def before(self, other: "AppReport") -> "AppReport":
        """Return this one with `other` below it; alone when they say the same."""
        if self == other:
            return self
        between = () if self.paragraphs[-1:] == (BLANK,) else (BLANK,)
        return AppReport((*self.paragraphs, *between, *other.paragraphs), (*self.findings, *other.findings))


def credential_report(engine: "Engine", settings: Settings) -> AppReport:
    """Return what the app proves itself with, and what has to be uploaded where.

    Raises:
        SecretError, FileError: It cannot be read.
    """
    from console.microsoft365.app_credentials import find_certificate, proof_of

    try:
        if settings.microsoft365.credential is AppCredential.CERTIFICATE:
            return AppReport(tuple(_certificate(engine, settings, find_certificate(engine, settings))))
        proof_of(engine, settings)
    except SignInError as error:
        return refused_report(error.failure, settings)
    return AppReport(tuple(_secret(settings)))


def checked_report(renewal: "Renewal", settings: Settings) -> AppReport:
    """Return what the app may do, and whether that suits the transport."""
    from console.microsoft365.tokens import fit_of

    record, fit = renewal.record, fit_of(renewal.record, settings)
    word, tone = ("ok", Tone.OK) if fit.is_good else ("FAILED", Tone.FAILURE)
    lines = [Paragraph(word, f"Signed in: the app {record.client_id}", Tone.STRONG, tone)]
    has_warning = any(one.kind == "oauth.no-roles" for one in fit.warnings)
    word, tone = ("warning", Tone.WARNING) if has_warning else ("ok", Tone.OK)
    lines.append(Paragraph(word, f"Roles: {' '.join(record.roles) or 'none'}", Tone.TEXT, tone))
    lines.append(Paragraph("", f"For: {record.audience or 'not readable in the token'}"))
    lines.append(Paragraph("", f"Tenant: {record.tenant or settings.microsoft365.tenant}", Tone.MUTED))
    if renewal.token_file_problem is not None:
        said = f"The token file was not written: {renewal.token_file_problem}"
        lines.append(Paragraph("warning", said, Tone.TEXT, Tone.WARNING))
    findings = fit.findings()
    more = (BLANK, *findings_report(findings)) if findings else ()
    return AppReport((*lines, *more), findings)


def refused_report(failure: Failure, settings: Settings) -> AppReport:
    """Return cause and fix of what keeps the app from signing in."""
    from console.diagnosis import diagnose, with_settings

    findings = diagnose(with_settings(failure, settings))
    return AppReport(findings_report(findings), findings)


def _secret(settings: Settings) -> Iterator[Paragraph]:
    yield Paragraph("ok", "Client secret: stored", Tone.TEXT, Tone.OK)
    day = settings.microsoft365.client_secret_expires
    if day:
        yield Paragraph("", f"Expires: {day}, as entered in menu item 3")
    else:
        said = "When it expires is not known: copy the day from the portal into menu item 3, to be warned."
        yield Paragraph("warning", said, Tone.TEXT, Tone.WARNING)
    yield BLANK
    yield Paragraph("", "F5 signs the app in now.")


def _certificate(engine: "Engine", settings: Settings, found: "Certificate") -> Iterator[Paragraph]:
    from console.microsoft365.clouds import CLOUDS
    from console.microsoft365.own_certificate import file_to_upload

    days = (found.not_after - datetime.now(UTC)).days
    word, tone = ("ok", Tone.OK) if days > WARN_DAYS else ("warning", Tone.WARNING)
    yield Paragraph(word, f"Certificate: {found.subject}", Tone.TEXT, tone)
    yield Paragraph("", f"Thumbprint: {found.thumbprint}")
    left = f"in {days} days" if days >= 0 else "that is over"
    yield Paragraph("", f"Holds until: {found.not_after:%Y-%m-%d}, {left}")
    yield Paragraph("", f"Private key: RSA {found.bits}, stays on this appliance", Tone.MUTED)
    if (place := file_to_upload(engine, found)) is not None:
        yield Paragraph("File", f"To upload: {place}", Tone.STRONG)
    portal = CLOUDS[settings.microsoft365.cloud].portal.removeprefix("https://") or "the portal"
    app = settings.microsoft365.client_id or "the app"
    where = f"{portal} > App registrations > {app} > Certificates & secrets > Certificates"
    yield Paragraph("Where", f"{where} > Upload certificate")
    yield BLANK
    for line in found.public_pem.splitlines():
        yield Paragraph("", line, Tone.MUTED)
