"""Checks of the Microsoft 365 sign-in and of what proves the app, from what is on disk."""

from datetime import UTC, date, datetime

from console.checks.model import Subject, Verdict, failed, not_applicable, ok, warning
from console.deadline import Deadline
from console.settings.model import APP, DELEGATED, MICROSOFT


def sign_in(subject: Subject, _deadline: Deadline) -> Verdict:
    """Somebody is signed in, and the sign-in does not lapse soon."""
    settings = subject.settings
    if settings.mail.transport not in MICROSOFT:
        return not_applicable("This transport needs no sign-in.")
    from console.microsoft365.status import sign_in_status

    status = sign_in_status(subject.engine, settings)
    if not status.is_signed_in:
        text = status.warnings[0] if status.warnings else "Nobody is signed in."
        way = "mail-console signin" if settings.mail.transport in DELEGATED else "mail-console signin --app"
        return failed(text, f"Menu item 4, or: {way}", "sign-in")
    who = status.account or status.client_id
    parts = [who, ", ".join((*status.scopes, *status.roles))]
    if status.renewed_at is not None:
        parts.append(f"renewed {status.renewed_at:%Y-%m-%d %H:%M} UTC")
    if status.lapses_in:
        parts.append(f"lapses if nothing renews it: {status.lapses_in}")
    text = "; ".join(part for part in parts if part)
    return warning(f"{text}. {status.warnings[0]}", "", "sign-in") if status.warnings else ok(text)


def app_credential(subject: Subject, _deadline: Deadline) -> Verdict:
    """The app's secret or certificate is there and does not expire soon."""
    settings = subject.settings
    if settings.mail.transport not in APP:
        return not_applicable("Only an app has a secret or certificate.")
    from console.microsoft365.app_credentials import proof_of
    from console.microsoft365.status import WARN_DAYS
    from console.verdict import SignInError

    try:
        proof = proof_of(subject.engine, settings)
    except SignInError as error:
        return failed(error.what, "Menu items 3 and 4, or: mail-console signin --app", "sign-in")
    what = f"certificate {proof.certificate.thumbprint}" if proof.certificate else "secret"
    if not proof.expires:
        fix = "Copy the date from the portal into menu item 3: no token tells it."
        return warning("It is not known when the secret expires.", fix)
    days = (date.fromisoformat(proof.expires) - datetime.now(UTC).date()).days
    pair, secret = "Menu item 4 makes a new key pair.", "Make a new one in the portal: menu item 3."
    new = pair if proof.certificate else secret
    if days < 0:
        return failed(f"The {what} expired on {proof.expires}.", new)
    if days <= WARN_DAYS:
        left = f"{days} {'day' if days == 1 else 'days'}"
        return warning(f"The {what} expires on {proof.expires}, in {left}.", new)
    return ok(f"{what}, good until {proof.expires}")


def basic_authentication(subject: Subject, _deadline: Deadline) -> Verdict:
    """Nothing that mail depends on is about to be switched off by Microsoft."""
    from console.microsoft365 import basic_auth

    text = basic_auth.warning(subject.settings, datetime.now(UTC).date())
    if text:
        return warning(text, "Choose a Microsoft 365 transport, menu item 2.")
    return not_applicable("No password is used at Exchange Online.")
