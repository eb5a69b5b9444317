"""Scenarios on the screens, by keyboard: what goes wrong is told with its cause and what to do about it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from console.diagnosis import catalogue
from console.sandbox.box import Sandbox
from console.sandbox.scenarios import find
from console.settings.model import TransportName
from tests.support.rehearsal import Rehearsal
from tests.support.screens import picture, press, screens_of

CAUSES = [(entry.id, entry.cause.partition("{")[0].strip()) for entry in catalogue()]
"""Findings, and how their causes begin as far as they name nothing of the appliance."""
SENDING = [
    ("smtp-auth-disabled-mailbox", TransportName.MICROSOFT365),
    ("security-defaults", TransportName.MICROSOFT365),
    ("quota-exceeded", TransportName.MICROSOFT365),
    ("certificate-wrong-name", TransportName.MICROSOFT365),
    ("greylisting", TransportName.SMTP),
    ("basic-auth-disabled", TransportName.SMTP),
    ("secret-expired", TransportName.GRAPH_APP),
    ("mailbox-full", TransportName.GRAPH_APP),
    ("sender-unknown", TransportName.GRAPH_APP),
]
SIGNING_IN = [
    "public-client-flows-off",
    "app-not-found",
    "tenant-not-found",
    "app-disabled",
    "captive-portal",
]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("sandbox"), interval=0) as running:
        yield running
        assert not running.https.crashes


@pytest.fixture
def rehearsal(box: Sandbox, root: Path) -> Rehearsal:
    box.set_fault(None)
    return Rehearsal(box, root)


def seen(pilot: Pilot[int]) -> str:
    """Return what is on the screen as one line of words."""
    return " ".join(picture(pilot.app).split())


def is_told(pilot: Pilot[int], finding: str) -> None:
    """Check that the cause and the first fix are on the screen, without scrolling."""
    words = seen(pilot)
    causes = [cause for name, cause in CAUSES if name == finding]
    assert any(f"Cause {cause}" in words for cause in causes), words
    assert " Fix " in words


@pytest.mark.parametrize("name", SIGNING_IN)
async def test_sign_in(rehearsal: Rehearsal, box: Sandbox, name: str) -> None:
    rehearsal.choose(TransportName.MICROSOFT365)
    box.set_fault(name)
    async with screens_of(rehearsal.engine, sandbox=box) as pilot:
        await press(pilot, "4")
        is_told(pilot, find(name).shown.expects)


@pytest.mark.parametrize(("name", "transport"), SENDING)
async def test_test_mail(rehearsal: Rehearsal, box: Sandbox, name: str, transport: TransportName) -> None:
    rehearsal.ready(transport)
    box.set_fault(name)
    async with screens_of(rehearsal.engine, sandbox=box) as pilot:
        await press(pilot, "6", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        expects = find(name).expects_graph if "graph" in transport else find(name).shown.expects
        is_told(pilot, expects)
