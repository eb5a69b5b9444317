"""A sandbox shared by the tests of a module: each leaves it without faults and without codes waiting."""

from collections.abc import Iterator

import pytest

from tests.support.sandbox import Client, client_of_sandbox


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a sandbox that runs for the whole module."""
    with client_of_sandbox(tmp_path_factory.mktemp("sandbox")) as client:
        yield client


@pytest.fixture
def client(running: Client) -> Iterator[Client]:
    """The client, with a quiet sandbox."""
    yield running
    running.box.set_fault(None)
    while running.box.phone.waiting():
        running.box.phone.lapse()
    assert not running.box.https.crashes
