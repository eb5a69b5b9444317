"""Checks of what lies outside: names, ports, encryption, what the mail server offers, the clock."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from console import release
from console.checks.model import Subject, Verdict, failed, not_applicable, ok, warning
from console.deadline import Deadline
from console.errors import CancelledError, ConsoleError
from console.hostnames import host_and_port
from console.settings.model import (
    EXCHANGE_SMTP,
    MICROSOFT,
    AuthMechanism,
    Encryption,
    Settings,
    TransportName,
)
from console.transcript import Recorder, Transcript
from console.values import dataclass
from console.verdict import AttemptError

if TYPE_CHECKING:
    from console.transports.smtp import Capabilities, SmtpServer

EXPIRY_WARNING_DAYS: Final = 14
CLOCK_WARNING_SECONDS: Final = 60.0

_MAIL_PORTS: Final = (587, 465, 25)


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that the chosen transport needs.

    Attributes:
        host: Name or address.
        port: TCP port.
        url: Its address, for a web service; "" for a mail server.
    """

    host: str
    port: int
    url: str = ""

    @property
    def label(self) -> str:
        """``host:port``."""
        return host_and_port(self.host, self.port)


def peers(settings: Settings) -> tuple[Peer, ...]:
    """Return every server that the chosen transport needs.

    Raises:
        ConsoleError: The settings do not tell (no host, no tenant …).
    """
    server = mail_server(settings)
    mail = (Peer(server.host, server.port),) if server else ()
    if settings.mail.transport not in MICROSOFT:
        return mail
    from console.microsoft365.clouds import resolve

    endpoints = resolve(settings)
    graph = () if settings.mail.transport in EXCHANGE_SMTP else (endpoints.graph_root,)
    return mail + tuple(_web_peer(url) for url in (endpoints.authority, *graph))


def mail_server(settings: Settings) -> "SmtpServer | None":
    """Return the SMTP server of the chosen transport; None where it sends through Graph.

    Raises:
        TransportError: None is set.
    """
    from console.transports.table import exchange_server, smtp_server

    if settings.mail.transport is TransportName.SMTP:
        return smtp_server(settings)
    return exchange_server(settings) if settings.mail.transport in EXCHANGE_SMTP else None


def _web_peer(url: str) -> Peer:
    from console.microsoft365.http import HTTPS_PORT

    target = urlsplit(url)
    return Peer(target.hostname or "", target.port or HTTPS_PORT, url)


def names(subject: Subject, deadline: Deadline) -> Verdict:
    """Every name resolves; both address families are told."""
    from console.network import Remote
    from console.network.resolve import resolve

    told, only_ipv6 = [], False
    for host, port in _looked_up_here(subject):
        try:
            addresses = resolve(Remote(host, port), Recorder(), deadline)
        except AttemptError as error:
            return _from_failure(error)
        families = sorted({"IPv6" if ":" in one.text else "IPv4" for one in addresses})
        only_ipv6 = only_ipv6 or families == ["IPv6"]
        line = f"{host}: {' and '.join(families)}"
        if line not in told:
            told.append(line)
    if only_ipv6:
        return warning("; ".join(told), "Make sure that this appliance reaches the outside over IPv6.")
    return ok("; ".join(told))


def _looked_up_here(subject: Subject) -> list[tuple[str, int]]:
    """Return hosts and ports to be looked up here: of what goes through a web proxy, the proxy's own."""
    from console.microsoft365.http import https_client

    client = https_client(subject.engine, subject.settings)
    found = []
    for peer in peers(subject.settings):
        way = (client.proxy_for(peer.host) if peer.url else None) or peer
        found.append((way.host, way.port))
    return list(dict.fromkeys(found))


def ports(subject: Subject, deadline: Deadline) -> Verdict:
    """Every port answers; for a mail server that does not, which of the usual ones does."""
    from console.microsoft365.http import https_client

    told = []
    client = https_client(subject.engine, subject.settings)
    for peer in peers(subject.settings):
        try:
            if peer.url:
                client.connect(client.remote(peer.url), deadline.at_most(6), Recorder()).close()
            else:
                _dial(peer.host, peer.port, deadline.at_most(6))
        except CancelledError:
            raise
        except ConsoleError as error:
            others = [] if peer.url else _answering(peer, deadline)
            hint = f"These ports answer there: {', '.join(map(str, others))}." if others else ""
            return failed(f"{peer.label} cannot be reached: {_words(error)}", hint or _hint(error))
        proxy = client.proxy_for(peer.host) if peer.url else None
        told.append(f"{peer.label} through {proxy.label}" if proxy else peer.label)
    return ok(", ".join(told))


def _answering(peer: Peer, deadline: Deadline) -> list[int]:
    found = []
    for port in _MAIL_PORTS:
        if port != peer.port:
            with suppress(AttemptError):
                _dial(peer.host, port, deadline.at_most(2))
                found.append(port)
    return found


def _dial(host: str, port: int, deadline: Deadline) -> None:
    from console.network import Remote, Timeouts
    from console.network.dial import dial

    stream, _ = dial(Remote(host, port, Timeouts(connect=4.0, read=4.0)), Recorder(), deadline)
    stream.close()


def encryption(subject: Subject, deadline: Deadline) -> Verdict:
    """Certificates are trusted and good for a while yet."""
    shortest: tuple[int, str] | None = None
    for name, look in _encrypted_servers(subject):
        try:
            expires = look(deadline)
        except AttemptError as error:
            return _from_failure(error)
        days = _days_until(expires)
        if days is not None and (shortest is None or days < shortest[0]):
            shortest = (days, name)
    settings = subject.settings
    if settings.mail.transport is TransportName.SMTP:
        if settings.smtp.encryption is Encryption.NONE:
            return warning("Mail crosses the network unencrypted.", "Choose STARTTLS or TLS, menu item 3.")
        if not settings.smtp.verify and not settings.smtp.fingerprint:
            return warning("The mail server's certificate is not verified.", "Switch it on, menu item 3.")
    if shortest is None:
        return ok("trusted")
    days, name = shortest
    count = f"{abs(days)} {'day' if abs(days) == 1 else 'days'}"
    text = f"trusted; {name}'s certificate is good for another {count}"
    if days < 0:
        return warning(f"{name}'s certificate expired {count} ago.", "Tell whoever runs that server.")
    if days < EXPIRY_WARNING_DAYS:
        return warning(text, "Tell whoever runs that server.")
    return ok(text)


def _encrypted_servers(subject: Subject) -> list[tuple[str, Callable[[Deadline], str]]]:
    settings = subject.settings
    found: list[tuple[str, Callable[[Deadline], str]]] = []
    server = mail_server(settings)
    if server is not None and server.encryption is not Encryption.NONE:
        found.append((server.label, lambda deadline: _expiry(_probed(server, deadline)[1])))
    found.extend((peer.label, _web_look(subject, peer)) for peer in peers(settings) if peer.url)
    return found


def _web_look(subject: Subject, peer: Peer) -> Callable[[Deadline], str]:
    from console.microsoft365.http import https_client

    def look(deadline: Deadline) -> str:
        recorder = Recorder()
        https_client(subject.engine, subject.settings).open(peer.url, deadline, recorder).close()
        return _expiry(recorder.transcript())

    return look


def _probed(server: "SmtpServer", deadline: Deadline) -> "tuple[Capabilities, Transcript]":
    from console.transports.smtp import probe

    recorder = Recorder()
    offered = probe(server, recorder, deadline)
    return offered, recorder.transcript()


def _expiry(transcript: Transcript) -> str:
    return next((s.facts["expires"] for s in transcript.steps if "expires" in s.facts), "")


def _days_until(expires: str) -> int | None:
    """Return the whole days left, -1 once it has just expired; None when it cannot be told."""
    try:
        end = datetime.strptime(expires, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (end - datetime.now(UTC)).days


def capabilities(subject: Subject, deadline: Deadline) -> Verdict:
    """The mail server offers what the transport needs."""
    settings = subject.settings
    server = mail_server(settings)
    if server is None:
        return not_applicable("Mail goes through Graph.")
    try:
        offered, _ = _probed(server, deadline)
    except AttemptError as error:
        return _from_failure(error)
    mechanisms = ", ".join(offered.mechanisms) or "none"
    if settings.mail.transport in EXCHANGE_SMTP:
        if "XOAUTH2" in offered.mechanisms:
            return ok(f"AUTH {mechanisms}")
        return failed(
            f"The server does not offer XOAUTH2 (it offers {mechanisms}).", "Choose Graph, menu item 2."
        )
    if not settings.smtp.signs_in:
        return ok(f"no sign-in wanted; the server offers AUTH {mechanisms}")
    wanted = settings.smtp.mechanism
    usable = {"PLAIN", "LOGIN", "CRAM-MD5"} if wanted is AuthMechanism.AUTO else {wanted.value.upper()}
    if usable & set(offered.mechanisms):
        return ok(f"AUTH {mechanisms}")
    fix = (
        "Choose encryption STARTTLS or TLS: many servers offer it only then."
        if not offered.is_encrypted
        else ""
    )
    return failed(f"The server offers no sign-in method that fits (AUTH {mechanisms}).", fix)


def clock(subject: Subject, deadline: Deadline) -> Verdict:
    """This appliance's clock is right, by what servers say."""
    if datetime.now(UTC).date() < release.DATE:
        return failed("The clock is behind the day this program was made.", _CLOCK_FIX)
    settings = subject.settings
    if settings.mail.transport not in MICROSOFT:
        return not_applicable("A mail server does not tell the time.")
    from console.microsoft365.clouds import resolve
    from console.microsoft365.http import CLOCK_TOLERANCE, Request, https_client

    client = https_client(subject.engine, settings)
    try:
        answer = client.exchange(Request("HEAD", resolve(settings).authority), deadline)
    except AttemptError as error:
        return _from_failure(error)
    offset = answer.clock_offset
    if offset is None:
        return not_applicable("The server does not tell the time.")
    text = f"{_span(abs(offset))} {'behind' if offset > 0 else 'ahead of'} the sign-in service"
    if abs(offset) > CLOCK_TOLERANCE:
        return failed(text, _CLOCK_FIX)
    return warning(text, _CLOCK_FIX) if abs(offset) >= CLOCK_WARNING_SECONDS else ok("right")


def _span(seconds: float) -> str:
    """Return a stretch of time in words: ``2 hours``."""
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{seconds:.0f} s"


_CLOCK_FIX: Final = "Set the clock and switch time synchronisation on: timedatectl set-ntp true"


def _from_failure(error: AttemptError) -> Verdict:
    from console.diagnosis import diagnose

    finding = diagnose(error.failure)[0]
    return failed(finding.cause, finding.fix[0] if finding.fix else "")


def _hint(error: ConsoleError) -> str:
    return _from_failure(error).fix if isinstance(error, AttemptError) else error.fix


def _words(error: ConsoleError) -> str:
    return error.failure.text or error.failure.kind if isinstance(error, AttemptError) else error.what
