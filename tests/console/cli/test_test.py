"""``test``: the transcript live, the verdict at its end, Ctrl+C stops a server that hangs."""

import signal
import subprocess

import pytest

from tests.console.cli.conftest import Appliance
from tests.support.cli import COMMAND, PROJECT


def test_a_test_mail_is_watched_and_judged(appliance: Appliance) -> None:
    ended = appliance.cli("test")
    assert ended.code == 0
    assert ended.err == ""
    assert (
        ended.out.index("Name look-up") < ended.out.index("> AUTH") < ended.out.index("Accepted by localhost")
    )
    assert "sandbox-password" not in ended.out
    (mail,) = appliance.world.mailbox.mails()
    assert mail.recipients == ("admin@contoso.com",)


def test_the_recipient_can_be_named(appliance: Appliance) -> None:
    assert (
        appliance.cli("test", "--to", "else@contoso.com", "--json").json["delivery"]["result"] == "accepted"
    )
    assert appliance.world.mailbox.mails()[0].recipients == ("else@contoso.com",)


def test_without_any_recipient_it_says_where_one_comes_from(appliance: Appliance) -> None:
    appliance.cli("settings", "set", "mail.administrator=")
    ended = appliance.cli("test")
    assert (ended.code, "--to" in ended.err) == (2, True)


def signalled(appliance: Appliance, number: int, *shell: str) -> tuple[int, bytes, bytes]:
    """Send `number` while a server says nothing; a `shell` may start the command."""
    appliance.world.stand_in.set_fault("hang-greeting")
    watched = subprocess.Popen(
        [*shell, *COMMAND, "--root", str(appliance.root), "test"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
    )
    assert watched.stdout is not None
    with watched:
        while b"Greeting" not in (line := watched.stdout.readline()):
            assert line, "it ended before it waited"
        watched.send_signal(number)
        out, err = watched.communicate(timeout=10)
    return watched.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_server_that_hangs_and_the_log_says_so(appliance: Appliance, number: int) -> None:
    code, out, err = signalled(appliance, number)
    assert (code, err) == (130, b"")
    assert b"Cancelled after" in out
    (mail,) = appliance.cli("log", "list", "--json").json["mails"]
    assert mail["result"] == "cancelled"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_signal_that_was_ignored_before_stays_so(appliance: Appliance, number: int) -> None:
    """As below nohup, and for what a script runs in the background."""
    appliance.cli("settings", "set", "network.read_timeout=1")
    code, out, _ = signalled(appliance, number, "sh", "-c", f"trap '' {number:d}; exec \"$@\"", "sh")
    assert code == 75
    assert b"Cancelled" not in out


def test_a_reader_that_goes_away_does_not_stop_the_mail(appliance: Appliance) -> None:
    command = f'"$0" -m console --root "{appliance.root}" test | head -n 1'
    subprocess.run(["sh", "-c", command, COMMAND[0]], cwd=PROJECT, timeout=30, capture_output=True)
    assert len(appliance.world.mailbox.mails()) == 1


def test_a_full_disk_behind_the_output_does_not_stop_the_mail(appliance: Appliance) -> None:
    with open("/dev/full", "wb") as full:
        command = [*COMMAND, "--root", str(appliance.root), "test"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=PROJECT, timeout=30)
    assert (ended.returncode, ended.stderr.count(b"\n")) == (74, 1)
    (mail,) = appliance.cli("log", "list", "--json").json["mails"]
    assert mail["result"] == "accepted"
