"""Who lives in the sandbox's tenant: accounts, the app registration, and what it was granted.

The names are those of Microsoft's own examples (contoso.com).
"""

from dataclasses import dataclass, field
from typing import Final

TENANT_ID: Final = "8a2c1f0e-5d3b-4c6a-9e7f-1b2d3c4e5f60"
DOMAIN: Final = "contoso.com"
CLIENT_ID: Final = "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"
CLIENT_SECRET: Final = "sandbox-client-secret"  # noqa: S105 - opens nothing but the sandbox
PASSWORD: Final = "sandbox-password"  # noqa: S105 - opens nothing but the sandbox
SERVICE_OBJECT_ID: Final = "0d9be5a4-6c1f-4f57-8f0b-2a7f4c9e1d33"

OUTLOOK: Final = "https://outlook.office.com"
OUTLOOK_APP: Final = "https://outlook.office365.com"
GRAPH: Final = "https://graph.microsoft.com"
OUTLOOK_AUDIENCES: Final = frozenset({OUTLOOK, OUTLOOK_APP})


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the tenant.

    Attributes:
        address: User principal name and primary address.
        oid: Object ID.
        name: Display name.
        has_mailbox: Whether Exchange Online opens a mailbox for it (licensed).
        says: What the device page tells about it.
    """

    address: str
    oid: str
    name: str
    has_mailbox: bool = True
    says: str = ""


SENDER: Final = Account(
    "alerts@contoso.com", "11111111-5d3b-4c6a-9e7f-0000000000a1", "Alerts", says="the mailbox that sends"
)
ADMINISTRATOR: Final = Account(
    "admin@contoso.com",
    "22222222-5d3b-4c6a-9e7f-0000000000a2",
    "Administrator",
    has_mailbox=False,
    says="an administrator without a mailbox",
)
REPORTS: Final = Account(
    "reports@contoso.com", "33333333-5d3b-4c6a-9e7f-0000000000a3", "Reports", says="another mailbox"
)
UNLICENSED: Final = Account(
    "unlicensed@contoso.com",
    "44444444-5d3b-4c6a-9e7f-0000000000a4",
    "Unlicensed",
    has_mailbox=False,
    says="an account without a licence",
)
ACCOUNTS: Final = (SENDER, ADMINISTRATOR, REPORTS, UNLICENSED)


def account(name: str) -> Account | None:
    """Return the account with this address or object ID, letter case aside."""
    wanted = name.casefold()
    return next((one for one in ACCOUNTS if wanted in (one.address.casefold(), one.oid)), None)


@dataclass(frozen=True, slots=True)
class AppRegistration:
    """The app registration as its owner set it up.

    Attributes:
        client_id: Application (client) ID.
        name: Display name.
        delegated: Delegated permissions with consent, by resource.
        application: Application permissions with consent, by resource.
        send_as: Pairs (account, sender) with the Send As right, beside each account's own address.
    """

    client_id: str = CLIENT_ID
    name: str = "mail console"
    delegated: dict[str, frozenset[str]] = field(
        default_factory=lambda: {
            OUTLOOK: frozenset({"SMTP.Send"}),
            GRAPH: frozenset({"Mail.Send", "User.Read"}),
        }
    )
    application: dict[str, frozenset[str]] = field(
        default_factory=lambda: {
            OUTLOOK: frozenset({"SMTP.SendAsApp"}),
            GRAPH: frozenset({"Mail.Send"}),
        }
    )
    send_as: frozenset[tuple[str, str]] = frozenset()
