"""Which settings a finding speaks of: where the form opens when the operator follows it."""

from collections.abc import Mapping, Sequence
from typing import Final

from console.verdict import Finding

TRANSPORT: Final = ("mail.transport",)
_HOST: Final = ("smtp.host", "microsoft365.smtp_host")
_PORT: Final = ("smtp.port", "microsoft365.smtp_port")
_ENCRYPTION: Final = ("smtp.encryption",)
_USER: Final = ("smtp.user", "microsoft365.mailbox")
_PASSWORD: Final = ("smtp.password",)
_MECHANISM: Final = ("smtp.mechanism",)
_SENDER: Final = ("mail.sender",)
_CA_FILE: Final = ("network.ca_file",)
_PIN: Final = ("smtp.fingerprint",)
_CLIENT_ID: Final = ("microsoft365.client_id",)
_TENANT: Final = ("microsoft365.tenant",)
_CREDENTIAL: Final = ("microsoft365.credential",)
_CLIENT_SECRET: Final = ("microsoft365.client_secret",)
_CERTIFICATE: Final = ("microsoft365.certificate_file",)
_PROXY: Final = ("network.proxy",)

FIELDS_OF: Final[Mapping[str, Sequence[str]]] = {
    "secret-missing": (*_PASSWORD, *_CLIENT_SECRET),
    "no-mail-server": _HOST,
    "no-sender": _SENDER,
    "no-recipient": ("mail.administrator",),
    "time-used-up": ("network.total_timeout",),
    "name-not-found": _HOST,
    "connect-refused": _PORT,
    "connect-timeout": _HOST,
    "port-25-blocked": _PORT,
    "connect-failed": _HOST,
    "exchange-wrong-port": _PORT,
    "starttls-not-offered": _ENCRYPTION,
    "certificate-self-signed": (*_PIN, *_CA_FILE),
    "certificate-untrusted": _CA_FILE,
    "certificate-wrong-name": _HOST,
    "certificate-not-the-pinned": _PIN,
    "plain-server-on-tls-port": _ENCRYPTION,
    "tls-server-on-plain-port": _ENCRYPTION,
    "ca-file-unusable": _CA_FILE,
    "no-mail-server-there": _PORT,
    "smtp-timeout": _ENCRYPTION,
    "smtp-closed": _ENCRYPTION,
    "ehlo-refused": _HOST,
    "ehlo-name-refused": ("network.ehlo_name",),
    "address-blocked": _HOST,
    "client-not-allowed": _USER,
    "wrong-password": _PASSWORD,
    "app-password-needed": _PASSWORD,
    "too-many-sign-ins": _PASSWORD,
    "web-sign-in-needed": _PASSWORD,
    "encryption-needed": _ENCRYPTION,
    "password-without-encryption": _ENCRYPTION,
    "password-mechanism-too-weak": _MECHANISM,
    "no-common-mechanism": _MECHANISM,
    "bad-challenge": _MECHANISM,
    "sign-in-not-offered": _ENCRYPTION,
    "sign-in-refused": _USER,
    "sign-in-needed": _USER,
    "not-authenticated": _USER,
    "relay-denied": _USER,
    "high-volume-external": _USER,
    "sender-refused": _SENDER,
    "sender-domain-unknown": _SENDER,
    "sender-not-verified": _SENDER,
    "address-incomplete": _SENDER,
    "spoofing-refused": _SENDER,
    "test-account-only": _SENDER,
    "send-as-denied": _SENDER,
    "domain-not-registered": _SENDER,
    "sender-unknown": ("microsoft365.mailbox", *_SENDER),
    "basic-auth-disabled": TRANSPORT,
    "exchange-password-wrong": TRANSPORT,
    "direct-send-off": TRANSPORT,
    "connector-not-recognised": TRANSPORT,
    "message-too-large": TRANSPORT,
    "secret-not-for-public-client": TRANSPORT,
    "app-not-found": _CLIENT_ID,
    "client-refused": _CLIENT_ID,
    "request-malformed": _CLIENT_ID,
    "tenant-not-found": _TENANT,
    "tenant-needed": _TENANT,
    "wrong-cloud": ("microsoft365.cloud",),
    "scope-wrong": ("microsoft365.scope",),
    "secret-wrong": _CLIENT_SECRET,
    "secret-empty": _CLIENT_SECRET,
    "secret-expired": _CLIENT_SECRET,
    "app-credential-unusable": _CREDENTIAL,
    "app-certificate-missing": _CREDENTIAL,
    "app-certificate-expired": _CREDENTIAL,
    "certificate-mismatch": _CERTIFICATE,
    "app-certificate-not-rsa": _CERTIFICATE,
    "app-certificate-pass-phrase": ("microsoft365.certificate_pass_phrase",),
    "proxy-refuses": _PROXY,
    "graph-unreachable": _PROXY,
    "graph-tls-failed": _CA_FILE,
    "sign-in-service-unreachable": _PROXY,
    "tls-inspected": _CA_FILE,
    "ca-file-unusable-for-sign-in": _CA_FILE,
}
"""By the finding's id, settings keys, the first of which that the form has is meant: each transport has its
own. `TRANSPORT` is a screen of its own. A finding that is not here opens the form at its first field."""


def fields_of(offer: str, findings: Sequence[Finding]) -> Sequence[str]:
    """Return the settings keys that the first of `findings` with this offer speaks of; () when unknown."""
    found = _with_offer(offer, findings)
    return FIELDS_OF.get(found.id, ()) if found else ()


def values_of(offer: str, findings: Sequence[Finding]) -> Mapping[str, str]:
    """Return the settings that the first of `findings` with this offer suggests, by key."""
    found = _with_offer(offer, findings)
    return dict(found.suggested) if found else {}


def _with_offer(offer: str, findings: Sequence[Finding]) -> Finding | None:
    return next((finding for finding in findings if finding.offer == offer), None)
