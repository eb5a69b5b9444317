"""Microsoft 365 and a mail server in a box: starts all on loopback, presets the console for them."""

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from console.appliance import Profile
from console.sandbox.app_page import AppPage
from console.sandbox.certificates import Authority
from console.sandbox.directory import ADMINISTRATOR, CLIENT_ID, DOMAIN, SENDER
from console.sandbox.entra import Entra
from console.sandbox.exchange import TokenJudge
from console.sandbox.graph_server import Graph
from console.sandbox.https_server import HttpsServer
from console.sandbox.kept import Kept, occupied
from console.sandbox.mailbox import Mailbox
from console.sandbox.phone import Phone
from console.sandbox.phone_page import PhonePage
from console.sandbox.scenarios import ChosenFaults, FaultInfo, Trick, scenarios
from console.sandbox.site import Site
from console.sandbox.smtp_server import LISTENERS, NAMES, SmtpStandIn

HOST_SHOWN: Final = "acme-7"
_HTTPS: Final = "https"
_PORTS: Final = {_HTTPS: 2443, **{one.encryption: one.port for one in LISTENERS}}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the stand-ins of one sandbox are, as a person would type them.

    Attributes:
        authority: The sign-in service, without tenant.
        issuer: The plain OpenID Connect issuer.
        device_page: Where a browser plays the phone.
        app_page: The app registration.
        graph_root: Graph, without version.
        smtp_starttls, smtp_tls, smtp_plain: ``localhost:PORT``.
    """

    authority: str
    issuer: str
    device_page: str
    app_page: str
    graph_root: str
    smtp_starttls: str
    smtp_tls: str
    smtp_plain: str


class Sandbox:
    """All stand-ins of one sandbox; make one with `Sandbox.start`, and `close` it (or use ``with``).

    Args:
        folder: Everything it writes lies below this.
        interval: Seconds between polls for a code.
        lifetime: Seconds until a code lapses.

    Attributes:
        authority: The throw-away CA of every stand-in.
        mailbox: Where mail arrives.
        phone: Plays the phone.
        entra: The sign-in service, for what the phone cannot do (revoke, upload a certificate).
        smtp: The mail server.
        https: The web server.
    """

    def __init__(self, folder: Path, *, interval: int = 5, lifetime: int = 900) -> None:
        self._chosen = ChosenFaults()
        self._lock = threading.Lock()
        self._parts = ExitStack()
        self.folder = folder
        with self._parts:
            self._parts.enter_context(occupied(folder))
            self.authority = Authority.create(folder / "ca")
            self.mailbox = Mailbox(folder / "mails")
            kept = Kept(folder / "kept.json")
            self._ports = _ports_of(kept.get("ports"))
            self.entra = Entra(self._chosen, interval=interval, lifetime=lifetime, kept=kept)
            self.phone = Phone(self.entra.codes)
            self.https = self._parts.enter_context(self._web())
            self.entra.base = f"https://localhost:{self.https.port}"
            self.smtp = self._mail_server().start()
            self._ports = {one.encryption: self.smtp.port(one.encryption) for one in LISTENERS}
            self._ports[_HTTPS] = self.https.port
            kept.put("ports", self._ports)
            self._parts = self._parts.pop_all()

    @classmethod
    def start(
        cls, folder: Path, faults: Sequence[str] = (), *, interval: int = 5, lifetime: int = 900
    ) -> Self:
        """Start everything on loopback.

        Args:
            folder: Everything it writes lies below this.
            faults: Names of faults to play from the start.
            interval: Seconds between polls for a code.
            lifetime: Seconds until a code lapses.

        Raises:
            UsageError: There is no fault of such a name, or a sandbox runs there already.
            FileError: The folder cannot be written.
        """
        ChosenFaults().choose(faults)  # before anything is started
        box = cls(folder, interval=interval, lifetime=lifetime)
        box._play(faults)
        return box

    def close(self) -> None:
        """Stop everything; safe to call twice."""
        with self._lock:
            self.smtp.close()
            self._parts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def faults(self) -> tuple[FaultInfo, ...]:
        """Return every fault that can be played."""
        return tuple(scenario.shown for scenario in scenarios().values())

    @property
    def chosen_faults(self) -> tuple[str, ...]:
        """Names of the faults played now."""
        return self._chosen.names

    def set_fault(self, name: str | None) -> None:
        """Play this fault from now on, and no other; None for none.

        A fault that refuses new tokens ends those given before: else nothing would be seen of it for an hour.

        Raises:
            UsageError: There is no fault of this name; the nearest is named.
        """
        self._play(() if name is None else (name,))

    @property
    def addresses(self) -> Addresses:
        """Where the stand-ins are."""
        base = self.entra.base
        return Addresses(
            authority=base,
            issuer=f"{base}/oidc",
            device_page=f"{base}/device",
            app_page=f"{base}/app",
            graph_root=base,
            smtp_starttls=f"localhost:{self._ports['starttls']}",
            smtp_tls=f"localhost:{self._ports['tls']}",
            smtp_plain=f"localhost:{self._ports['none']}",
        )

    @property
    def profile(self) -> Profile:
        """What presets the console for this sandbox, so that little is left to type."""
        return Profile(
            host=HOST_SHOWN,
            defaults={
                "mail.sender": SENDER.address,
                "mail.administrator": ADMINISTRATOR.address,
                "smtp.host": "localhost",
                "smtp.port": self._ports["starttls"],
                "smtp.user": SENDER.address,
                "microsoft365.tenant": DOMAIN,
                "microsoft365.client_id": CLIENT_ID,
                "microsoft365.authority": self.entra.base,
                "microsoft365.graph_root": self.entra.base,
                "microsoft365.smtp_host": "localhost",
                "microsoft365.smtp_port": self._ports["starttls"],
                "network.ca_file": str(self.authority.ca_file),
            },
        )

    def _play(self, names: Sequence[str]) -> None:
        with self._lock:
            self._chosen.choose(names)
            if self._chosen.is_of_tokens:
                self.entra.mint.end_given()
            if self._chosen.has(Trick.CONNECTION_REFUSED):
                self.smtp.refuse()
            else:
                self.smtp.listen()
            self.smtp.state.fault = self._chosen.smtp

    def _web(self) -> HttpsServer:
        graph = Graph(self.entra.mint, self.entra.app, self.mailbox, self._chosen)
        pages = (PhonePage(self.entra.codes), AppPage(self.entra.certificates))
        context = self.authority.server_context(self.authority.issue(NAMES))
        return HttpsServer(Site(self._chosen, (self.entra, graph), pages), context, self._ports[_HTTPS])

    def _mail_server(self) -> SmtpStandIn:
        listeners = tuple(replace(one, port=self._ports[one.encryption]) for one in LISTENERS)
        judge = TokenJudge(self.entra.mint)
        return SmtpStandIn(self.authority, self.mailbox, listeners=listeners, check_token=judge)


def _ports_of(kept: object) -> dict[str, int]:
    """Return the ports to ask for: those of the last run in this folder, for settings made then name them."""
    last = kept if isinstance(kept, dict) else {}
    ports = {name: last.get(name, port) for name, port in _PORTS.items()}
    return ports if all(type(port) is int and 0 < port < 65536 for port in ports.values()) else dict(_PORTS)
