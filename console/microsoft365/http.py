"""Our own HTTPS for sign-in and Graph: bounded in time and size, cancellable, with proxy and private CA.

MSAL gets it in place of a `requests.Session` (`console.microsoft365.msal_client`): a session has no total
deadline, cannot be stopped, and lets ``REQUESTS_CA_BUNDLE`` override the operator's CA. The environment is
not looked at unless the settings say so.
"""

import http.client
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from console.deadline import Deadline
from console.hostnames import host_and_port
from console.microsoft365.wire import HttpStream, WireError, as_wire_error, dial
from console.network import Remote, Timeouts, tls
from console.secret import Secret
from console.text import decoded, one_line
from console.transcript import Recorder, Stage
from console.values import dataclass, field
from console.verdict import Failure

if TYPE_CHECKING:
    import ssl

    from console.engine import Engine
    from console.settings.model import Settings

ANSWER_LIMIT: Final = 1 << 20
"""Octets of the largest answer read; discovery documents and tokens have some thousand."""

RETRY_AFTER_LIMIT: Final = 3600.0
"""Seconds; a longer Retry-After is taken as this."""

HTTPS_PORT: Final = 443
"""Where an https address goes that names no port (RFC 9110 §4.2.2)."""

CLOCK_TOLERANCE: Final = 300.0
"""Seconds our clock may be off before signing in fails (Entra ID: five minutes; RFC 7519 §4.1.4: a few)."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A web proxy that is asked to CONNECT (RFC 9110 §9.3.6)."""

    host: str
    port: int
    user: str = ""
    password: Secret | None = None

    @property
    def label(self) -> str:
        """``host:port``."""
        return host_and_port(self.host, self.port)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; its body and fields may carry secrets, so they are not in its repr."""

    method: str
    url: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer.

    Attributes:
        status: Status code (RFC 9110 §15).
        reason: The server's word for it, printable.
        fields: Header fields, names in lower case; a field given twice has its values joined by commas.
        body: At most `ANSWER_LIMIT` octets; may carry secrets, so not in the repr.
        clock_offset: Seconds the server's clock is ahead of ours, or None without a Date field.
    """

    status: int
    reason: str
    fields: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    clock_offset: float | None = None

    @property
    def text(self) -> str:
        """The body as text; octets that are no UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def retry_after(self) -> float | None:
        """Seconds the server wants to be left alone (RFC 9110 §10.2.3), bounded; None: it said nothing."""
        return _seconds_of(self.fields.get("retry-after", ""))

    @property
    def is_html(self) -> bool:
        """Whether this is a page for people."""
        kind = self.fields.get("content-type", "").partition(";")[0].strip().casefold()
        start = self.body[:200].lstrip().lower()
        return kind in ("text/html", "application/xhtml+xml") or start.startswith(
            (b"<!doctype html", b"<html")
        )


@dataclass(frozen=True, slots=True)
class HttpsClient:
    """How this appliance reaches web services.

    Attributes:
        ca_file: PEM file trusted besides the system's certificates, or "".
        proxy: Every request goes through it; None: directly.
        timeouts: For each address and each silence.
        use_environment: Whether ``SSL_CERT_FILE`` and, without `proxy`, ``HTTPS_PROXY`` hold.
    """

    ca_file: str = ""
    proxy: Proxy | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    use_environment: bool = False

    def exchange(self, request: Request, deadline: Deadline, recorder: Recorder | None = None) -> Answer:
        """Make one request on a connection of its own and return the answer, whatever its status.

        Raises:
            WireError: No answer could be had (``dns.* connect.* tls.*``, ``oauth.proxy`` for the proxy).
            DeadlineError, CancelledError: The time is used up, or it was stopped.
        """
        with self.open(request.url, deadline, recorder or Recorder()) as stream:
            return converse(stream, request)

    def context(self, *, verify: bool = True) -> "ssl.SSLContext":
        """Return the TLS context; `verify` is off only to look at a certificate that was refused.

        Raises:
            WireError: The CA file cannot be used (kind ``tls.ca-file``).
        """
        environment = tls.Environment.FIRST if self.use_environment else tls.Environment.NEVER
        with as_wire_error():
            context = tls.trusting_context(self.ca_file, environment) if verify else tls.unverified_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def remote(self, url: str) -> Remote:
        """Return the service at `url`, with the time it may take.

        Raises:
            WireError: That is no https address.
        """
        target = target_of(url)
        return Remote(target.hostname or "", target.port or HTTPS_PORT, self.timeouts)

    def proxy_for(self, host: str) -> Proxy | None:
        """Return the proxy that requests to `host` go through: the one that is set, or the environment's.

        Raises:
            WireError: The environment's cannot be used (kind ``oauth.proxy``).
        """
        return self.proxy or (_environment_proxy(host) if self.use_environment else None)

    def connect(self, remote: Remote, deadline: Deadline, recorder: Recorder) -> HttpStream:
        """Return a plain connection to the service, through the proxy if there is one.

        Raises:
            WireError, DeadlineError, CancelledError: As for `exchange`.
        """
        proxy = self.proxy_for(remote.host)
        if proxy is None:
            return dial(remote, recorder, deadline)
        from console.microsoft365.tunnel import open_tunnel

        return open_tunnel(proxy, remote, recorder, deadline)

    def open(self, url: str, deadline: Deadline, recorder: Recorder) -> HttpStream:
        """Return an encrypted connection to the service at `url`, its certificate verified.

        Raises:
            WireError, DeadlineError, CancelledError: As for `exchange`.
        """
        remote, context = self.remote(url), self.context()
        stream = self.connect(remote, deadline, recorder)
        try:
            stream.secure(remote, context, recorder)
        except BaseException:  # closed and passed on, whatever it is
            stream.close()
            raise
        return stream


def https_client(engine: "Engine", settings: "Settings") -> HttpsClient:
    """Return the client that the settings describe.

    Raises:
        WireError: The proxy's address cannot be used (kind ``oauth.proxy``).
        SecretError: The proxy's password cannot be read.
    """
    network = settings.network
    proxy = None
    if network.proxy:
        proxy = _proxy_of(network.proxy, engine.secrets.get("network.proxy_password"))
    return HttpsClient(
        ca_file=network.ca_file,
        proxy=proxy,
        timeouts=Timeouts(float(network.connect_timeout), float(network.read_timeout)),
        use_environment=network.use_environment,
    )


def target_of(url: str) -> SplitResult:
    """Return the parts of an https URL; a server may have given it, so it is not trusted to be one.

    Raises:
        WireError: It is none (kind ``connect.failed``).
    """
    try:
        target = urlsplit(url)
        is_usable = target.scheme == "https" and bool(target.hostname) and target.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not url.isascii() or any(character <= " " for character in url):
        text = f"'{one_line(url, 200)}' is not an https address."
        raise WireError(Failure(Stage.CONNECT, "connect.failed", text), text)
    return target


def converse(stream: HttpStream, request: Request) -> Answer:
    """Make one request on a connected stream and return the answer.

    Raises:
        WireError: The answer is not HTTP, or did not come.
        DeadlineError, CancelledError: The time is used up, or it was stopped.
    """
    target = target_of(request.url)
    connection = http.client.HTTPConnection("unused")
    connection.auto_open = 0
    connection.sock = stream  # all that http.client asks of a socket is there
    path = (target.path or "/").replace("/./", "/") + (f"?{target.query}" if target.query else "")
    fields = {"Host": target.netloc.rpartition("@")[2], "Connection": "close", "Accept-Encoding": "identity"}
    # Errors go on without their cause: its frames hold what was sent, the token too.
    try:
        # A server may refuse a large body before all of it is sent: then its answer tells more.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(request.method, path, request.body or None, {**fields, **request.fields})
        return _answer(connection.getresponse())
    except http.client.HTTPException as error:
        text = one_line(f"The answer is not HTTP, or broke off: {type(error).__name__}")
        raise WireError(_failure("connect.reset", text, target)) from None
    except TimeoutError as error:
        raise WireError(_failure("connect.timeout", one_line(str(error)), target)) from None
    except OSError as error:
        text = one_line(f"The connection broke off: {error.strerror or error}")
        raise WireError(_failure("connect.reset", text, target)) from None
    except ValueError:
        # http.client refuses line feeds in paths and fields; its words hold the field, so they are dropped
        raise WireError(_failure("connect.failed", "The request cannot be sent.", target)) from None


def _answer(response: http.client.HTTPResponse) -> Answer:
    fields: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.casefold()
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    return Answer(
        status=response.status,
        reason=decoded(response.reason.encode("utf-8", "surrogateescape"), 100),
        fields=fields,
        body=response.read(ANSWER_LIMIT),
        clock_offset=_clock_offset(fields.get("date", "")),
    )


def _failure(kind: str, text: str, target: SplitResult) -> Failure:
    facts = {"host": target.hostname or "", "port": str(target.port or HTTPS_PORT)}
    return Failure(Stage.CONNECT, kind, text, facts=facts)


def _clock_offset(date: str) -> float | None:
    from email.utils import parsedate_to_datetime  # imported by http.client anyway

    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds_of(retry_after: str) -> float | None:
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_LIMIT)
    offset = _clock_offset(text)
    return None if offset is None else min(max(0.0, offset), RETRY_AFTER_LIMIT)


def _proxy_of(url: str, password: Secret | None) -> Proxy:
    """Return the proxy of ``http://user@host:port``; a password in it is used when none is kept."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port or 3128
    except ValueError:
        host, port, parts = None, 0, urlsplit("")
    if not host or parts.scheme != "http":
        text = "The web proxy's address must look like http://proxy.example.com:3128."
        raise WireError(Failure(Stage.CONNECT, "oauth.proxy", text), text)
    written = Secret(unquote(parts.password)) if parts.password else None
    return Proxy(host, port, unquote(parts.username or ""), password or written)


def _environment_proxy(host: str) -> Proxy | None:
    from urllib.request import getproxies, proxy_bypass  # the environment, on anything but macOS and Windows

    proxies = getproxies()
    url = proxies.get("https") or proxies.get("all")
    if not url or proxy_bypass(host):
        return None
    return _proxy_of(url, None)
