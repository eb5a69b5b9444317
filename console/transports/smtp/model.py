"""What the SMTP client is told: the server, and who signs in there; and what a server says it can do."""

from collections.abc import Mapping

from console.annotations import TYPE_CHECKING
from console.hostnames import host_and_port
from console.network import Remote, Timeouts
from console.secret import Secret
from console.settings.model import AuthMechanism, Encryption
from console.values import dataclass, field

if TYPE_CHECKING:
    from console.transports.base import Token


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server and how to talk to it.

    Attributes:
        host: Host name (international ones too) or IP address.
        port: TCP port.
        encryption: None, STARTTLS, or TLS from the first byte.
        verify: Whether the certificate is verified; a pinned fingerprint is always checked.
        ca_file: PEM file trusted besides the system's store, or "".
        fingerprint: SHA-256 of the one certificate to trust (hex, colons allowed), or "".
        ehlo_name: What we call ourselves; "" for this machine's name.
        connect_timeout: Seconds for the look-up, and for each address.
        read_timeout: Seconds the server may be silent.
    """

    host: str
    port: int = 587
    encryption: Encryption = Encryption.STARTTLS
    verify: bool = True
    ca_file: str = ""
    fingerprint: str = ""
    ehlo_name: str = ""
    connect_timeout: float = 10.0
    read_timeout: float = 30.0

    @property
    def label(self) -> str:
        """``host:port``, with brackets round an IPv6 address."""
        return host_and_port(self.host, self.port)

    @property
    def remote(self) -> Remote:
        """Where it is, and how long it may keep us waiting."""
        return Remote(self.host, self.port, Timeouts(self.connect_timeout, self.read_timeout))


@dataclass(frozen=True, slots=True)
class Password:
    """Sign-in with user name and password.

    Attributes:
        user: User name.
        password: The password.
        mechanism: SASL mechanism; AUTO takes what the server offers.
        allow_plaintext: The password may cross an unencrypted connection.
    """

    user: str
    password: Secret
    mechanism: AuthMechanism = AuthMechanism.AUTO
    allow_plaintext: bool = False


@dataclass(frozen=True, slots=True)
class BearerToken:
    """Sign-in with an OAuth2 access token (XOAUTH2).

    Attributes:
        user: The mailbox.
        token: Gives the access token.
    """

    user: str
    token: "Token"


Login = Password | BearerToken


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server offered in its answer to EHLO (RFC 5321 §4.1.1.1).

    Attributes:
        greeting: The server's first line.
        keywords: Upper-case keyword to its parameters (``SIZE`` to ``35882577``).
        is_encrypted: Whether TLS was up when it was asked.
    """

    greeting: str = ""
    keywords: Mapping[str, str] = field(default_factory=dict)
    is_encrypted: bool = False

    def has(self, keyword: str) -> bool:
        """Whether the server offers `keyword`."""
        return keyword in self.keywords

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """SASL mechanisms offered, upper case, each once, in the server's order (RFC 4954 §3)."""
        return tuple(dict.fromkeys(self.keywords.get("AUTH", "").upper().split()))

    @property
    def size_limit(self) -> int | None:
        """Octets a message may have (RFC 1870); None when the server does not say."""
        limit = self.keywords.get("SIZE", "")
        return (int(limit) or None) if limit.isascii() and limit.isdigit() and len(limit) < 20 else None

    @property
    def text(self) -> str:
        """All of them on one line, for people."""
        return ", ".join(f"{keyword} {words}".strip() for keyword, words in self.keywords.items())
