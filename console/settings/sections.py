"""The sections that hold for every transport or for SMTP: ``mail``, ``smtp``, ``network``."""

from console.annotations import Final
from console.settings import rules
from console.settings.choices import MICROSOFT, AuthMechanism, Encryption, TransportName
from console.settings.declaring import setting
from console.values import dataclass


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
        example="50:d8:58:e0:98:5e:cc:7f:60:41:8a:af:0c:c5:ab:58:7f:42:c2:57:0a:88:40:95:a9:e8:cc:ac:d0:f6:54:5c",
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

    @property
    def signs_in(self) -> bool:
        """Whether this appliance signs in at the server, with user name and password."""
        return bool(self.user) and self.mechanism is not AuthMechanism.NONE


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
