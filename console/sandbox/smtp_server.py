"""A stand-in for a mail server on loopback (aiosmtpd): real SMTP, real TLS, every sign-in method, and faults.

It speaks in two styles: as Exchange Online does (banner, EHLO lines, reply texts, the trace behind a
refusal), and as an ordinary server. Only credentials and the chosen fault decide what it answers; mail lands
in a `console.sandbox.mailbox.Mailbox`.
"""

import asyncio
import logging
import ssl
import threading
import warnings
import weakref
from collections.abc import Coroutine, Sequence
from typing import Any, Final, Self

from console.sandbox.certificates import Authority
from console.sandbox.directory import PASSWORD, SENDER
from console.sandbox.held_port import HeldPort
from console.sandbox.mailbox import Mailbox
from console.sandbox.smtp_faults import SMTP_FAULTS, Fault
from console.sandbox.smtp_protocol import (
    Listener,
    SmtpProtocol,
    StandInState,
    TlsProtocol,
    TokenCheck,
    TokenVerdict,
)

__all__ = [
    "EXCHANGE",
    "LISTENERS",
    "PASSWORD",
    "SMTP_FAULTS",
    "USER",
    "Fault",
    "Listener",
    "SmtpStandIn",
    "TokenCheck",
    "TokenVerdict",
]

USER: Final = SENDER.address
NAMES: Final = ("localhost", "127.0.0.1", "::1")

EXCHANGE: Final = Listener(
    "starttls", 2587, is_exchange=True, mechanisms=("LOGIN", "XOAUTH2"), requires_auth=True
)
LISTENERS: Final = (EXCHANGE, Listener("tls", 2465), Listener("none", 2525, offers_auth_without_tls=True))


def refuse_tokens(_user: str, _token: str) -> TokenVerdict:
    """Find every bearer token bad."""
    return TokenVerdict(is_good=False)


class SmtpStandIn:
    """The stand-in; a context manager, or `start` and `close`.

    Args:
        authority: Signs the certificate of localhost, 127.0.0.1 and ::1.
        mailbox: Where mail lands.
        listeners: One port each; their encryptions must differ.
        check_token: Judges bearer tokens (user, token).
        size_limit: Octets a message may have.
    """

    def __init__(
        self,
        authority: Authority,
        mailbox: Mailbox,
        *,
        listeners: Sequence[Listener] = LISTENERS,
        check_token: TokenCheck = refuse_tokens,
        size_limit: int = 157286400,
    ) -> None:
        self.listeners = tuple(listeners)
        self.state = StandInState(mailbox, _contexts(authority), check_token, {USER: PASSWORD}, size_limit)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp stand-in", daemon=True)
        self._servers: list[asyncio.Server] = []
        self._ports: dict[str, HeldPort] = {}
        self._open: weakref.WeakSet[SmtpProtocol | TlsProtocol] = weakref.WeakSet()

    def start(self) -> Self:
        """Take the ports and listen; returns itself."""
        for name in ("mail.log", "asyncio"):  # aiosmtpd's, and its loop's; stderr belongs to the screen
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._loop.set_exception_handler(lambda _loop, _context: None)  # a connection that broke off
        self._thread.start()
        self._ports = {one.encryption: HeldPort(one.address, one.port) for one in self.listeners}
        self.listen()
        return self

    def listen(self) -> None:
        """Accept connections (again)."""
        if not self._servers:
            self._servers = [self._run(self._listen(one)) for one in self.listeners]

    def refuse(self) -> None:
        """Refuse connections from now on, and drop those there are; the ports stay this stand-in's."""
        if self._servers:
            self._run(self._shut())
            self._servers = []
            for held in self._ports.values():
                held.refuse()

    def close(self) -> None:
        """Stop listening, drop every connection and give the ports back; safe to call twice."""
        if not self._thread.is_alive():
            return
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        for held in self._ports.values():
            held.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def port(self, encryption: str) -> int:
        """Return the port that speaks ``starttls``, ``tls`` or ``none``."""
        return self._ports[encryption].number

    def set_fault(self, name: str | None) -> None:
        """Play the fault of this name (see `SMTP_FAULTS`) from now on; None for none."""
        self.state.fault = None if name is None else SMTP_FAULTS[name]

    def drop_connections(self) -> None:
        """Break every open connection off, as a server does that was restarted."""
        self._run(self._drop_all())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self, listener: Listener) -> asyncio.Server:
        def connected() -> asyncio.BaseProtocol:
            protocol = SmtpProtocol(self.state, listener, self._loop)
            if listener.encryption == "tls":
                return self._kept(TlsProtocol(protocol, self.state.context(), self._loop))
            return self._kept(protocol)

        return await self._loop.create_server(connected, sock=self._ports[listener.encryption].listener())

    def _kept(self, protocol: SmtpProtocol | TlsProtocol) -> SmtpProtocol | TlsProtocol:
        self._open.add(protocol)
        return protocol

    async def _drop_all(self) -> None:
        for protocol in self._open:
            if isinstance(protocol.below, asyncio.WriteTransport):
                protocol.below.abort()
        await asyncio.sleep(0)  # the connections learn that they are lost

    async def _shut(self) -> None:
        for server in self._servers:
            server.close()
        await self._drop_all()
        ours = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks(self._loop) if task is not ours]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _contexts(authority: Authority) -> dict[str, ssl.SSLContext]:
    good = authority.issue(NAMES)
    stranger = Authority.create(authority.folder / "stranger", "An authority nobody knows")
    pairs = {
        "": good,
        "expired": authority.issue(NAMES, expired=True),
        "not-yet-valid": authority.issue(NAMES, not_yet=True),
        "wrong-name": authority.issue(("mail.example.net",)),
        "self-signed": authority.issue(NAMES, self_signed=True),
        "unknown-ca": stranger.issue(NAMES),
        "old-version": good,
    }
    contexts = {name: authority.server_context(pair) for name, pair in pairs.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are the point here
        old = contexts["old-version"]
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    return contexts
