"""Microsoft 365 and a mail server in a box: starts all stand-ins on loopback, and presets the console for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from console.appliance import Profile
from console.errors import UsageError
from console.sandbox.certificates import Authority
from console.sandbox.directory import ADMINISTRATOR, CLIENT_ID, DOMAIN, SENDER
from console.sandbox.mailbox import Mailbox
from console.sandbox.smtp_faults import SMTP_FAULTS
from console.sandbox.smtp_server import SmtpStandIn
from console.text import nearest

HOST_SHOWN: Final = "acme-7"


@dataclass(frozen=True, slots=True)
class FaultInfo:
    """A fault as it is chosen."""

    name: str
    title: str
    expects: str


class Sandbox:
    """All stand-ins of one sandbox; make one with `Sandbox.start`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority.create(folder / "ca")
        self.mailbox = Mailbox(folder / "mails")
        self.smtp = SmtpStandIn(self.authority, self.mailbox)

    @classmethod
    def start(cls, folder: Path, faults: Sequence[str] = ()) -> Self:
        """Start everything; all files lie below `folder`."""
        box = cls(folder)
        box.smtp.start()
        for name in faults:
            box.set_fault(name)
        return box

    def close(self) -> None:
        """Stop everything."""
        self.smtp.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def faults(self) -> tuple[FaultInfo, ...]:
        """Return what can be played."""
        return tuple(FaultInfo(fault.name, fault.title, fault.expects) for fault in SMTP_FAULTS.values())

    def set_fault(self, name: str | None) -> None:
        """Play a fault from now on; None for none.

        Raises:
            UsageError: There is no fault of this name.
        """
        if name is not None and name not in SMTP_FAULTS:
            near = nearest(name, tuple(SMTP_FAULTS))
            raise UsageError(f"There is no fault named {name}.", f"Did you mean {near}?" if near else "")
        self.smtp.set_fault(name)

    @property
    def profile(self) -> Profile:
        """What presets the console for this sandbox."""
        return Profile(
            host=HOST_SHOWN,
            defaults={
                "mail.sender": SENDER.address,
                "mail.administrator": ADMINISTRATOR.address,
                "smtp.host": "localhost",
                "smtp.port": self.smtp.port("starttls"),
                "smtp.user": SENDER.address,
                "network.ca_file": str(self.authority.ca_file),
                "microsoft365.tenant": DOMAIN,
                "microsoft365.client_id": CLIENT_ID,
                "microsoft365.smtp_host": "localhost",
                "microsoft365.smtp_port": self.smtp.port("starttls"),
            },
        )
