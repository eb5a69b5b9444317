"""What the operator can choose: the fields, once; forms, command line, schema and the comments in the YAML
file come from here.

Settings are frozen; change them with `Settings.with_values`. Secrets are declared here but never held here:
their values live in the secret store under their key (`console.secret_store`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from dataclasses import Field as DataclassField
from enum import StrEnum
from typing import Any, Final

from console.settings import rules
from console.settings.rules import Rule

VERSION: Final = 1


class TransportName(StrEnum):
    """The five transports, as the settings name them."""

    SMTP = "smtp"
    MICROSOFT365 = "microsoft365"
    OFFICE365_APP = "office365-app"
    GRAPH_APP = "graph-app"
    GRAPH = "graph"

    @property
    def label(self) -> str:
        """The words a person sees."""
        return _TRANSPORT_LABELS[self]


_TRANSPORT_LABELS: Final = {
    TransportName.SMTP: "SMTP",
    TransportName.MICROSOFT365: "Microsoft 365 (sign in with a code)",
    TransportName.OFFICE365_APP: "SMTP Office 365 (OAuth2, app)",
    TransportName.GRAPH_APP: "Exchange Online (Graph API, app)",
    TransportName.GRAPH: "Exchange Online (Graph API, sign in with a code)",
}


MICROSOFT: Final = frozenset(TransportName) - {TransportName.SMTP}
EXCHANGE_SMTP: Final = frozenset({TransportName.MICROSOFT365, TransportName.OFFICE365_APP})
APP: Final = frozenset({TransportName.OFFICE365_APP, TransportName.GRAPH_APP})
DELEGATED: Final = frozenset({TransportName.MICROSOFT365, TransportName.GRAPH})
EVERY: Final = frozenset(TransportName)


class Encryption(StrEnum):
    """How an SMTP connection is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class AuthMechanism(StrEnum):
    """SASL mechanism for user name and password; ``auto`` takes the strongest the server offers."""

    AUTO = "auto"
    PLAIN = "plain"
    LOGIN = "login"
    CRAM_MD5 = "cram-md5"
    NONE = "none"


class CloudName(StrEnum):
    """Microsoft's clouds; ``custom`` takes authority, scope and hosts from the settings."""

    GLOBAL = "global"
    GCC_HIGH = "gcc-high"
    DOD = "dod"
    CHINA = "china"
    CUSTOM = "custom"


class AppCredential(StrEnum):
    """How an app proves itself."""

    SECRET = "secret"  # noqa: S105 - the name of a choice, not a secret
    CERTIFICATE = "certificate"


def setting(
    default: object,
    title: str,
    help: str,  # noqa: A002 - the field's own word
    *,
    example: str = "",
    rule: Rule = rules.anything,
    shown_for: frozenset[TransportName] = EVERY,
    advanced: bool = False,
    secret: bool = False,
) -> Any:
    """Declare one setting of a section (a dataclass field with metadata)."""
    metadata = {
        "title": title,
        "help": help,
        "example": example,
        "rule": rule,
        "shown_for": shown_for,
        "advanced": advanced,
        "secret": secret,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Mail:
    """Section ``mail``: what holds for every transport."""

    enabled: bool = setting(
        False, "Outgoing mail", "Whether this appliance sends mail at all.", rule=rules.boolean
    )
    transport: TransportName = setting(
        TransportName.SMTP, "Transport", "How mail leaves this appliance.", rule=rules.choice(TransportName)
    )
    sender: str = setting(
        "",
        "From address",
        "Mail from this appliance carries this address.",
        example="alerts@example.com",
        rule=rules.address,
    )
    sender_name: str = setting(
        "",
        "From name",
        "Shown beside the From address; empty for none.",
        example="Backup server",
        rule=rules.display_name,
    )
    administrator: str = setting(
        "",
        "Administrator",
        "Gets test mails and the appliance's own reports.",
        example="admin@example.com",
        rule=rules.address,
    )


_SMTP_ONLY: Final = frozenset({TransportName.SMTP})


@dataclass(frozen=True, slots=True)
class Smtp:
    """Section ``smtp``: a mail server, with or without user name and password."""

    host: str = setting(
        "",
        "Mail server",
        "Host name or IP address of the mail server.",
        example="mail.example.com",
        rule=rules.host,
        shown_for=_SMTP_ONLY,
    )
    port: int = setting(
        587,
        "Port",
        "587 for STARTTLS, 465 for TLS from the start, 25 for a relay without encryption.",
        example="587",
        rule=rules.port,
        shown_for=_SMTP_ONLY,
    )
    encryption: Encryption = setting(
        Encryption.STARTTLS,
        "Encryption",
        "STARTTLS is never given up for plain text.",
        rule=rules.choice(Encryption),
        shown_for=_SMTP_ONLY,
    )
    user: str = setting(
        "",
        "User name",
        "Empty when the server lets this appliance send without signing in.",
        example="alerts@example.com",
        rule=rules.user_name,
        shown_for=_SMTP_ONLY,
    )
    password: str = setting(
        "",
        "Password",
        "Kept in a file of its own that only root can read.",
        rule=rules.secret,
        shown_for=_SMTP_ONLY,
        secret=True,
    )
    mechanism: AuthMechanism = setting(
        AuthMechanism.AUTO,
        "Sign-in method",
        "auto takes the strongest the server offers.",
        rule=rules.choice(AuthMechanism),
        shown_for=_SMTP_ONLY,
        advanced=True,
    )
    verify: bool = setting(
        True,
        "Verify certificate",
        "Off: anybody between here and the server can read mail and password.",
        rule=rules.boolean,
        shown_for=_SMTP_ONLY,
        advanced=True,
    )
    fingerprint: str = setting(
        "",
        "Pinned certificate",
        "SHA-256 fingerprint of the server's certificate; trusts that one alone.",
        example="3f:9a:…",
        rule=rules.fingerprint,
        shown_for=_SMTP_ONLY,
        advanced=True,
    )
    allow_plaintext_password: bool = setting(
        False,
        "Password without TLS",
        "On: the password may cross the network readable by anybody.",
        rule=rules.boolean,
        shown_for=_SMTP_ONLY,
        advanced=True,
    )


@dataclass(frozen=True, slots=True)
class Microsoft365:
    """Section ``microsoft365``: shared by the four Microsoft transports, so that one can switch."""

    tenant: str = setting(
        "",
        "Tenant",
        "Directory (tenant) ID, or a domain verified in the tenant.",
        example="contoso.com",
        rule=rules.tenant,
        shown_for=MICROSOFT,
    )
    client_id: str = setting(
        "",
        "Client ID",
        "Application (client) ID of the app registration.",
        example="6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
        rule=rules.guid,
        shown_for=MICROSOFT,
    )
    mailbox: str = setting(
        "",
        "Mailbox",
        "The account that signs in, or the mailbox the app sends as; empty: the From address.",
        example="alerts@contoso.com",
        rule=rules.address,
        shown_for=MICROSOFT,
    )
    credential: AppCredential = setting(
        AppCredential.SECRET,
        "App proves itself by",
        "A client secret (expires), or a certificate (better).",
        rule=rules.choice(AppCredential),
        shown_for=APP,
    )
    client_secret: str = setting(
        "",
        "Client secret",
        "The secret's Value, not its ID. Kept in a file that only root can read.",
        rule=rules.secret,
        shown_for=APP,
        secret=True,
    )
    client_secret_expires: str = setting(
        "",
        "Secret expires",
        "No token tells it: copy the date from the portal, to be warned in time.",
        example="2028-05-31",
        rule=rules.date,
        shown_for=APP,
    )
    certificate_file: str = setting(
        "",
        "Certificate",
        "PEM pair or PFX file; empty: the pair that this console made.",
        example="/etc/mail-console/app.pfx",
        rule=rules.file_path,
        shown_for=APP,
        advanced=True,
    )
    certificate_pass_phrase: str = setting(
        "",
        "Pass phrase",
        "Of the certificate file's private key; empty for none.",
        rule=rules.secret,
        shown_for=APP,
        secret=True,
        advanced=True,
    )
    cloud: CloudName = setting(
        CloudName.GLOBAL,
        "Cloud",
        "Global (GCC too), GCC High, DoD, China (21Vianet), or your own.",
        rule=rules.choice(CloudName),
        shown_for=MICROSOFT,
        advanced=True,
    )
    scope: str = setting(
        "",
        "Scope",
        "Empty: the right one for transport and cloud.",
        example="https://outlook.office.com/SMTP.Send",
        rule=rules.scope,
        shown_for=MICROSOFT,
        advanced=True,
    )
    authority: str = setting(
        "",
        "Authority",
        "Address of the sign-in service; empty: the cloud's.",
        example="https://login.microsoftonline.com",
        rule=rules.https_url,
        shown_for=MICROSOFT,
        advanced=True,
    )
    oidc: bool = setting(
        False,
        "Plain OIDC issuer",
        "The authority is an OpenID Connect issuer, not Entra ID.",
        rule=rules.boolean,
        shown_for=MICROSOFT,
        advanced=True,
    )
    graph_root: str = setting(
        "",
        "Graph root",
        "Empty: the cloud's.",
        example="https://graph.microsoft.com",
        rule=rules.https_url,
        shown_for=frozenset({TransportName.GRAPH, TransportName.GRAPH_APP}),
        advanced=True,
    )
    smtp_host: str = setting(
        "",
        "SMTP host",
        "Empty: the cloud's.",
        example="smtp.office365.com",
        rule=rules.host,
        shown_for=EXCHANGE_SMTP,
        advanced=True,
    )
    smtp_port: int = setting(
        587,
        "SMTP port",
        "587 with STARTTLS is what Exchange Online wants.",
        rule=rules.port,
        shown_for=EXCHANGE_SMTP,
        advanced=True,
    )
    save_to_sent_items: bool = setting(
        True,
        "Keep in Sent Items",
        "Graph keeps a copy in the mailbox's Sent Items.",
        rule=rules.boolean,
        shown_for=frozenset({TransportName.GRAPH, TransportName.GRAPH_APP}),
        advanced=True,
    )


@dataclass(frozen=True, slots=True)
class Network:
    """Section ``network``: how this appliance reaches the outside."""

    ca_file: str = setting(
        "",
        "Private CA",
        "PEM file trusted besides the system's certificates (a company's own CA).",
        example="/etc/ssl/certs/company-ca.pem",
        rule=rules.file_path,
        advanced=True,
    )
    proxy: str = setting(
        "",
        "Web proxy",
        "For sign-in and Graph; SMTP does not go through it.",
        example="http://proxy.example.com:3128",
        rule=rules.proxy_url,
        shown_for=MICROSOFT,
        advanced=True,
    )
    proxy_password: str = setting(
        "",
        "Proxy password",
        "For the user name in the proxy's address.",
        rule=rules.secret,
        shown_for=MICROSOFT,
        secret=True,
        advanced=True,
    )
    use_environment: bool = setting(
        False,
        "Proxy from environment",
        "Take HTTPS_PROXY and the like from the environment.",
        rule=rules.boolean,
        shown_for=MICROSOFT,
        advanced=True,
    )
    ehlo_name: str = setting(
        "",
        "EHLO name",
        "How this appliance names itself to mail servers; empty: its host name.",
        example="appliance.example.com",
        rule=rules.ehlo_name,
        advanced=True,
    )
    connect_timeout: int = setting(
        10,
        "Connect timeout",
        "Seconds for each address of the server.",
        rule=rules.seconds(1, 120),
        advanced=True,
    )
    read_timeout: int = setting(
        30,
        "Answer timeout",
        "Seconds the server may be silent.",
        rule=rules.seconds(1, 600),
        advanced=True,
    )
    total_timeout: int = setting(
        120,
        "Total timeout",
        "Seconds for one mail from start to end.",
        rule=rules.seconds(5, 3600),
        advanced=True,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    microsoft365: Microsoft365 = Microsoft365()
    network: Network = Network()

    def value(self, key: str) -> object:
        """Return the value of ``section.name``; KeyError for an unknown key."""
        section, name = FIELDS[key].section, FIELDS[key].name
        return getattr(getattr(self, section), name)

    def with_values(self, values: Mapping[str, object]) -> "Settings":
        """Return settings with some keys changed to values that went through their rules."""
        changed = self
        for key, value in values.items():
            known = FIELDS[key]
            section = replace(getattr(changed, known.section), **{known.name: value})
            changed = replace(changed, **{known.section: section})
        return changed

    @property
    def mailbox(self) -> str:
        """The account that authenticates at Microsoft 365: the mailbox, or else the sender."""
        return self.microsoft365.mailbox or self.mail.sender


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as forms, command line, schema and help see it.

    Attributes:
        key: ``section.name``, as on the command line and in the YAML file.
        title: What a form shows; at most 24 characters.
        help: One sentence: what it is for.
        example: A value as one would type it, or "".
        rule: What is allowed, and how text becomes a value.
        default: Value until the operator chooses (the profile may preset another).
        shown_for: Transports whose form has it.
        advanced: Shown only when asked for.
        secret: Kept in the secret store under its key; never in the settings file.
    """

    key: str
    section: str
    name: str
    title: str
    help: str
    example: str
    rule: Rule
    default: object
    shown_for: frozenset[TransportName]
    advanced: bool
    secret: bool


def _fields() -> Iterator[Field]:
    for section in fields(Settings):
        assert section.default is not MISSING  # noqa: S101 - every section has one
        for one in fields(section.default):
            yield _field(section.name, one)


def _field(section: str, one: "DataclassField[Any]") -> Field:
    return Field(
        key=f"{section}.{one.name}", section=section, name=one.name, default=one.default, **one.metadata
    )


FIELDS: Final[Mapping[str, Field]] = {one.key: one for one in _fields()}
"""Every field by its key, in the order of the file."""


def form_fields(transport: TransportName) -> tuple[Field, ...]:
    """Return the fields of a transport's form, in their order (sender first; advanced ones included)."""
    hidden = {"mail.enabled", "mail.transport"}
    return tuple(one for one in FIELDS.values() if transport in one.shown_for and one.key not in hidden)
