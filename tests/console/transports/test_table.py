"""The table of transports: settings in, a transport out; what is missing is named; nothing heavy comes in."""

import subprocess
import sys
from pathlib import Path

import pytest

from console.appliance import Profile
from console.engine import Engine, open_engine
from console.secret import Secret
from console.settings.model import CloudName, Settings, TransportName
from console.transports.smtp import BearerToken, Password, SmtpTransport
from console.transports.table import exchange_server, smtp_server, transport_for
from console.verdict import TransportError

HOST = {"mail.sender": "alerts@example.com", "smtp.host": "mail.example.com"}


@pytest.fixture
def engine(root: Path) -> Engine:
    return open_engine(root, profile=Profile())


def test_a_relay_needs_a_host_and_a_sender_only(engine: Engine) -> None:
    transport = transport_for(engine, Settings().with_values({**HOST, "smtp.port": 25}))
    assert isinstance(transport, SmtpTransport)
    assert transport.server == "mail.example.com:25"
    assert transport.login is None


def test_settings_reach_the_client(engine: Engine) -> None:
    engine.secrets.put("smtp.password", Secret("canary-password"))
    values = {
        **HOST,
        "smtp.user": "alerts",
        "smtp.fingerprint": "00" * 32,
        "smtp.verify": False,
        "smtp.allow_plaintext_password": True,
        "network.ca_file": "/etc/ca.pem",
        "network.ehlo_name": "box.example.com",
        "network.connect_timeout": 3,
        "network.read_timeout": 4,
    }
    transport = transport_for(engine, Settings().with_values(values))
    assert isinstance(transport, SmtpTransport)
    server = transport.settings
    assert (server.fingerprint, server.verify, server.ca_file) == ("00" * 32, False, "/etc/ca.pem")
    assert (server.ehlo_name, server.connect_timeout, server.read_timeout) == ("box.example.com", 3, 4)
    assert isinstance(transport.login, Password)
    assert transport.login.allow_plaintext
    assert transport.login.password.reveal() == "canary-password"
    assert "canary" not in repr(transport.login)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"mail.sender": "alerts@example.com"}, "local.no-host"),
        ({"smtp.host": "mail.example.com"}, "local.no-sender"),
        ({**HOST, "smtp.user": "alerts"}, "auth.no-password"),
        (
            {
                "mail.sender": "alerts@example.com",
                "mail.transport": TransportName.MICROSOFT365,
                "microsoft365.cloud": CloudName.CUSTOM,
                "microsoft365.authority": "https://login.example.com",
                "microsoft365.scope": "mail",
                "microsoft365.tenant": "contoso.com",
                "microsoft365.client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
            },
            "local.no-host",
        ),
    ],
)
def test_what_is_missing_is_named(engine: Engine, values: dict[str, object], kind: str) -> None:
    with pytest.raises(TransportError) as caught:
        transport_for(engine, Settings().with_values(values))
    assert caught.value.failure.kind == kind


@pytest.mark.parametrize("name", [TransportName.MICROSOFT365, TransportName.OFFICE365_APP])
def test_exchange_is_reached_by_its_name_with_a_token_of_the_mailbox(
    engine: Engine, name: TransportName
) -> None:
    values = {
        "mail.sender": "alerts@contoso.com",
        "mail.transport": name,
        "microsoft365.mailbox": "mailbox@contoso.com",
        "microsoft365.tenant": "contoso.com",
        "microsoft365.client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
    }
    transport = transport_for(engine, Settings().with_values(values))
    assert isinstance(transport, SmtpTransport)
    assert transport.server == "smtp.office365.com:587"
    assert isinstance(transport.login, BearerToken)
    assert transport.login.user == "mailbox@contoso.com"


@pytest.mark.parametrize("name", [TransportName.GRAPH, TransportName.GRAPH_APP])
def test_graph_has_its_row(engine: Engine, name: TransportName) -> None:
    values = {
        "mail.sender": "alerts@contoso.com",
        "mail.transport": name,
        "microsoft365.tenant": "contoso.com",
        "microsoft365.client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
    }
    assert "graph.microsoft.com" in transport_for(engine, Settings().with_values(values)).server


def test_verification_cannot_be_switched_off_for_exchange() -> None:
    settings = Settings().with_values({"mail.sender": "a@contoso.com", "smtp.verify": False})
    assert exchange_server(settings).verify
    assert not smtp_server(settings.with_values({"smtp.host": "mail.example.com"})).verify


def test_the_smtp_row_imports_nothing_of_microsofts_and_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from console.settings.model import Settings\n"
        "from console.transports.table import transport_for\n"
        "chosen = Settings().with_values({'mail.sender': 'a@b.example', 'smtp.host': 'mail.example.com'})\n"
        "transport_for(None, chosen)\n"
        "heavy = {'msal', 'requests', 'urllib3', 'cryptography', 'yaml', 'qrcode', 'textual', 'aiosmtpd',\n"
        "         'asyncio', 'smtplib', 'email', 'console.microsoft365', 'ssl', 'encodings.idna'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ended.stdout.strip(), ended.stderr) == ("[]", "")
