"""One sandbox for all tests of a module; a fresh console for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.sandbox.box import Sandbox
from console.sandbox.certificates import Authority
from tests.support.microsoft365 import Scripted, World, running_box, world_of


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a running sandbox."""
    with running_box(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def world(box: Sandbox, root: Path) -> World:
    """Return a console beside the sandbox, transport ``microsoft365``."""
    return world_of(box, root)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return a CA of our own."""
    return Authority.create(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def service(authority: Authority) -> Iterator[Scripted]:
    """Return a web service that answers as the test says."""
    scripted = Scripted(authority)
    yield scripted
    scripted.close()
