"""The settings that take one of a few values, and which transports go together."""

from enum import StrEnum

from console.annotations import Final


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
