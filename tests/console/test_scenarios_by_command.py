"""Scenarios by command, in processes of their own: each tells cause and fix; its exit code says it failed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.engine import open_engine
from console.sandbox.box import Sandbox
from console.sandbox.scenarios import find
from console.settings.model import TransportName
from tests.support.cli import Ended, run_cli
from tests.support.microsoft365 import settings_typed
from tests.support.rehearsal import Rehearsal

SENDING = [
    ("smtp-auth-disabled-tenant", TransportName.MICROSOFT365),
    ("send-as-denied", TransportName.MICROSOFT365),
    ("certificate-expired", TransportName.MICROSOFT365),
    ("connection-refused", TransportName.MICROSOFT365),
    ("mailbox-without-licence", TransportName.GRAPH),
    ("policy-excludes-mailbox", TransportName.GRAPH),
    ("too-large", TransportName.GRAPH),
    ("throttled", TransportName.GRAPH),
]
SIGNING_IN = ["public-client-flows-off", "app-not-found", "tenant-not-found", "captive-portal"]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("sandbox"), interval=0) as running:
        yield running
        assert not running.https.crashes


@pytest.fixture(scope="module")
def appliance(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of an appliance that is signed in, and whose settings name the sandbox's services."""
    root = tmp_path_factory.mktemp("appliance")
    Rehearsal(box, root).ready(TransportName.MICROSOFT365)
    open_engine(root).settings.change(settings_typed(box))
    return root


@pytest.fixture(autouse=True)
def well_again(box: Sandbox) -> None:
    box.set_fault(None)


def choose(root: Path, transport: TransportName) -> None:
    open_engine(root).settings.change({"mail.transport": str(transport)})


def tells_what_to_do(ended: Ended, finding: dict[str, Any], wanted: str) -> None:
    assert finding["id"] == wanted
    assert finding["cause"] and finding["fix"] and finding["who"]
    assert ended.code not in (0, 1, 2)
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(("name", "transport"), SENDING)
def test_test_mail(box: Sandbox, appliance: Path, name: str, transport: TransportName) -> None:
    choose(appliance, transport)
    box.set_fault(name)
    ended = run_cli("--root", appliance, "test", "--to", "you@example.com", "--json")
    wanted = find(name).expects_graph if transport is TransportName.GRAPH else find(name).shown.expects
    tells_what_to_do(ended, ended.json["delivery"]["findings"][0], wanted)


@pytest.mark.parametrize("name", SIGNING_IN)
def test_sign_in(box: Sandbox, appliance: Path, name: str) -> None:
    choose(appliance, TransportName.MICROSOFT365)
    box.set_fault(name)
    ended = run_cli("--root", appliance, "signin", "--json")
    last = json.loads(ended.out.splitlines()[-1])
    tells_what_to_do(ended, last["findings"][0], find(name).shown.expects)


@pytest.mark.parametrize("name", ["revoked", "device-flow-blocked", "mfa-on-refresh"])
def test_renewal_says_it_in_words(box: Sandbox, appliance: Path, name: str) -> None:
    choose(appliance, TransportName.MICROSOFT365)
    box.set_fault(name)
    ended = run_cli("--root", appliance, "token", "refresh")
    assert f"Entry:     {find(name).shown.expects}" in ended.err
    assert "Fix, by the" in ended.err
    assert ended.code == 77


def test_well_again_after_the_fault(box: Sandbox, appliance: Path) -> None:
    for transport in (TransportName.GRAPH, TransportName.MICROSOFT365):
        choose(appliance, transport)
        before = len(box.mailbox.mails())
        ended = run_cli("--root", appliance, "send", "you@example.com", "-s", "Hello", stdin="Body")
        assert (ended.code, ended.err) == (0, "")
        assert box.mailbox.mails()[before].subject == "Hello"
