"""The whole box: starts, presets the console, ends without a trace."""

import smtplib
import ssl
import sys
import threading
from pathlib import Path

import pytest

from console.engine import open_engine
from console.message import test_message as composed_test
from console.sandbox.box import Sandbox
from console.sandbox.held_port import HeldPort
from console.settings.model import TransportName
from tests.support.cli import run_cli
from tests.support.sandbox import Client


def test_profile_presets_the_console(client: Client, root: Path) -> None:
    engine = open_engine(root, profile=client.box.profile, is_sandbox=True)
    settings = engine.settings.load()
    assert engine.profile.host == "acme-7"
    assert settings.mail.sender == "alerts@contoso.com"
    assert settings.microsoft365.authority == client.base == settings.microsoft365.graph_root
    assert f"{settings.smtp.host}:{settings.smtp.port}" == client.box.addresses.smtp_starttls
    assert Path(settings.network.ca_file).is_file()
    message = composed_test(settings, engine.profile, settings.mail.administrator)
    assert message.recipients == ("admin@contoso.com",)


@pytest.mark.parametrize("transport", [one for one in TransportName if one is not TransportName.SMTP])
def test_presets_fit_every_microsoft_transport(client: Client, root: Path, transport: TransportName) -> None:
    from console.microsoft365.clouds import resolve

    settings = open_engine(root, profile=client.box.profile, is_sandbox=True).settings.load()
    found = resolve(settings.with_values({"mail.transport": transport}))
    assert found.authority == f"{client.base}/contoso.com"


def test_second_sandbox_gets_other_ports(client: Client, tmp_path: Path) -> None:
    with Sandbox.start(tmp_path / "box") as second:
        ours, others = client.box.addresses, second.addresses
        assert others.authority != ours.authority
        assert others.smtp_starttls != ours.smtp_starttls
        context = ssl.create_default_context(cafile=second.authority.ca_file)
        with smtplib.SMTP("127.0.0.1", int(others.smtp_starttls.partition(":")[2]), timeout=5) as smtp:
            smtp.starttls(context=context)
            smtp.login("alerts@contoso.com", "sandbox-password")
            smtp.sendmail("alerts@contoso.com", ["you@example.com"], b"Subject: Hi\r\n\r\nHello")
        [mail] = second.mailbox.wait_for(1)
        assert mail.subject == "Hi"
        assert mail not in client.box.mailbox.mails()


def test_the_ports_stay_its_own_while_connections_are_refused(client: Client, tmp_path: Path) -> None:
    """Settings name them: another program that took one meanwhile made every later mail fail."""
    before = client.box.addresses
    number = int(before.smtp_starttls.partition(":")[2])
    client.box.set_fault("connection-refused")
    try:
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP("127.0.0.1", number, timeout=5)
        with HeldPort("127.0.0.1", number) as other:
            assert other.number != number
    finally:
        client.box.set_fault(None)
    assert client.box.addresses == before
    with smtplib.SMTP("127.0.0.1", number, timeout=5) as smtp:
        assert smtp.noop()[0] == 250


def test_nothing_is_left_after_close(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    box = Sandbox.start(tmp_path / "box", ["connection-refused"])
    assert set(threading.enumerate()) - before
    box.close()
    box.close()
    assert set(threading.enumerate()) <= before


def test_everything_lies_below_the_folder(tmp_path: Path) -> None:
    with Sandbox.start(tmp_path / "box"):
        assert {path.name for path in tmp_path.iterdir()} == {"box"}


def test_starting_a_sandbox_loads_no_client_side_parts(tmp_path: Path) -> None:
    import subprocess

    script = (
        "import sys; from pathlib import Path; from console.sandbox.box import Sandbox\n"
        "with Sandbox.start(Path(sys.argv[1])): pass\n"
        "print([name for name in ('msal', 'requests', 'textual', 'qrcode') if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path / "box")], capture_output=True, text=True
    )
    assert (ended.stdout.strip(), ended.stderr) == ("[]", "")


def test_unknown_fault_on_the_command_line() -> None:
    ended = run_cli("--sandbox", "--fault", "declind", "status")
    assert ended.code == 2
    assert "Did you mean declined?" in ended.err
    assert "Traceback" not in ended.err
