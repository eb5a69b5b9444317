"""An app that signs in as itself (client credentials, RFC 6749 §4.4): by secret or by certificate.

All that is wrong here on the appliance is found before any request is made.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.deadline import Deadline
from console.microsoft365.certificates import Certificate, check_dates, read_certificate_file
from console.microsoft365.clouds import Endpoints
from console.microsoft365.own_certificate import own_certificate
from console.secret import Secret
from console.settings.model import AppCredential, Settings
from console.transcript import Stage
from console.values import dataclass
from console.verdict import Failure, SignInError

if TYPE_CHECKING:
    from console.engine import Engine
    from console.microsoft365.msal_client import MsalClient

SECRET_KEY: Final = "microsoft365.client_secret"  # noqa: S105 - the name of a setting
PASS_PHRASE_KEY: Final = "microsoft365.certificate_pass_phrase"  # noqa: S105 - the name of a setting
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the app proves itself with: one of both.

    Attributes:
        secret: The client secret's value, or None.
        certificate: Certificate and key, or None.
        expires: Last day (``2028-05-31``) as read from the certificate or typed for the secret, or "".
    """

    secret: Secret | None = None
    certificate: Certificate | None = None
    expires: str = ""


def proof_of(engine: "Engine", settings: Settings, now: datetime | None = None) -> Proof:
    """Return what the app proves itself with, checked as far as it can be checked here.

    Raises:
        SignInError: It is missing or cannot work (kinds ``app.*``).
        SecretError, FileError: It cannot be read.
    """
    if settings.microsoft365.credential is AppCredential.SECRET:
        return Proof(secret=_secret(engine, settings), expires=settings.microsoft365.client_secret_expires)
    certificate = find_certificate(engine, settings)
    check_dates(certificate, now or datetime.now(UTC))
    return Proof(certificate=certificate, expires=f"{certificate.not_after:%Y-%m-%d}")


def find_certificate(engine: "Engine", settings: Settings) -> Certificate:
    """Return the certificate that the settings name, or the pair this console made.

    Raises:
        SignInError: There is none, or it cannot be used.
        SecretError, FileError: It cannot be read.
    """
    if settings.microsoft365.certificate_file:
        pass_phrase = engine.secrets.get(PASS_PHRASE_KEY)
        return read_certificate_file(Path(settings.microsoft365.certificate_file), pass_phrase)
    made = own_certificate(engine)
    if made is None:
        text = "There is no certificate: name a file, or let the console make a pair."
        raise SignInError(Failure(Stage.LOCAL, "app.certificate-missing", text), text)
    return made


def acquire_for_app(client: "MsalClient", endpoints: Endpoints, deadline: Deadline) -> dict[str, Any]:
    """Return the token answer for the app itself.

    The client's cache is empty, so that MSAL asks the server: a refresh is what one came for.

    Raises:
        SignInError: It was refused, or the service cannot be reached.
        DeadlineError, CancelledError: The time is used up, or it was stopped.
    """
    scopes = list(endpoints.scopes)
    answer = client.call(deadline, lambda app: app.acquire_token_for_client(scopes))
    return client.checked(answer)


def is_secret_id(secret: Secret, settings: Settings) -> bool:
    """Whether `secret` has the form of a secret's ID at Entra ID (a GUID), which is never its value there.

    Other services do give out GUIDs as secrets, so a plain OIDC issuer's is not judged.
    """
    return not settings.microsoft365.oidc and bool(_GUID.fullmatch(secret.reveal().strip()))


def _secret(engine: "Engine", settings: Settings) -> Secret:
    kept = engine.secrets.get(SECRET_KEY)
    value = Secret(kept.reveal().strip()) if kept else None
    if not value:
        text = "The client secret is missing."
        raise SignInError(Failure(Stage.LOCAL, "app.secret-empty", text), text)
    if is_secret_id(value, settings):
        text = "What was entered as client secret is the secret's ID, not its Value."
        raise SignInError(Failure(Stage.LOCAL, "app.secret-is-id", text), text)
    return value
