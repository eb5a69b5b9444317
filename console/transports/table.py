"""The table of transports: one row each makes the transport that the settings choose.

What a row needs is imported when it is used: `send` over SMTP loads nothing of Microsoft's.
"""

from collections.abc import Callable, Mapping

from console.annotations import TYPE_CHECKING, Final
from console.settings.model import Encryption, Settings, TransportName
from console.transcript import Stage
from console.verdict import Failure, TransportError

if TYPE_CHECKING:
    from console.engine import Engine
    from console.transports.base import Transport
    from console.transports.smtp import Password, SmtpServer, SmtpTransport


def transport_for(engine: "Engine", settings: Settings) -> "Transport":
    """Return the transport that `settings` choose, ready to send.

    Raises:
        TransportError: Something is missing: ``local.no-host``, ``local.no-sender``, ``auth.no-password``.
        SecretError: A secret cannot be read.
    """
    if not settings.mail.sender:
        raise _missing("local.no-sender", "No From address is set.")
    return _TABLE[settings.mail.transport](engine, settings)


def _missing(kind: str, text: str, stage: Stage = Stage.LOCAL) -> TransportError:
    return TransportError(Failure(stage, kind, text))


def _smtp(engine: "Engine", settings: Settings) -> "SmtpTransport":
    from console.transports.smtp import SmtpTransport

    return SmtpTransport(smtp_server(settings), _password(engine, settings))


def _exchange(engine: "Engine", settings: Settings) -> "SmtpTransport":
    from console.microsoft365.tokens import token_source
    from console.transports.smtp import BearerToken, SmtpTransport

    login = BearerToken(settings.mailbox, token_source(engine, settings))
    return SmtpTransport(exchange_server(settings), login)


def _graph(engine: "Engine", settings: Settings) -> "Transport":
    from console.transports.graph import graph_transport

    return graph_transport(engine, settings)


_TABLE: Final[Mapping[TransportName, Callable[["Engine", Settings], "Transport"]]] = {
    TransportName.SMTP: _smtp,
    TransportName.MICROSOFT365: _exchange,
    TransportName.OFFICE365_APP: _exchange,
    TransportName.GRAPH_APP: _graph,
    TransportName.GRAPH: _graph,
}


def smtp_server(settings: Settings) -> "SmtpServer":
    """Return the mail server of transport ``smtp``.

    Raises:
        TransportError: ``local.no-host``: none is set.
    """
    smtp = settings.smtp
    if not smtp.host:
        raise _missing("local.no-host", "No mail server is set.")
    return _server(
        settings,
        smtp.host,
        smtp.port,
        encryption=smtp.encryption,
        verify=smtp.verify,
        fingerprint=smtp.fingerprint,
    )


def exchange_server(settings: Settings) -> "SmtpServer":
    """Return Exchange Online's SMTP server of the chosen cloud, or the one the settings name instead.

    Raises:
        TransportError: ``local.no-host``: a custom cloud without SMTP host.
    """
    from console.microsoft365.clouds import CLOUDS

    chosen = settings.microsoft365
    host = chosen.smtp_host or CLOUDS[chosen.cloud].smtp_host
    if not host:
        raise _missing("local.no-host", "No SMTP host is set for this cloud.")
    return _server(settings, host, chosen.smtp_port)


def _server(
    settings: Settings,
    host: str,
    port: int,
    *,
    encryption: Encryption = Encryption.STARTTLS,
    verify: bool = True,
    fingerprint: str = "",
) -> "SmtpServer":
    from console.transports.smtp import SmtpServer

    network = settings.network
    return SmtpServer(
        host=host,
        port=port,
        encryption=encryption,
        verify=verify,
        ca_file=network.ca_file,
        fingerprint=fingerprint,
        ehlo_name=network.ehlo_name,
        connect_timeout=network.connect_timeout,
        read_timeout=network.read_timeout,
    )


def _password(engine: "Engine", settings: Settings) -> "Password | None":
    from console.transports.smtp import Password

    smtp = settings.smtp
    if not smtp.signs_in:
        return None
    password = engine.secrets.get("smtp.password")
    if not password:
        raise _missing("auth.no-password", "A user name is set, but no password.", Stage.AUTH)
    return Password(smtp.user, password, smtp.mechanism, smtp.allow_plaintext_password)
