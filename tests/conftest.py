"""What every test gets: a clean environment, and no way to the outside or to this machine's own settings."""

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes depends on the machine and on what else it does, so no test fails by it.
settings.register_profile("mail-console", deadline=None)
settings.load_profile("mail-console")

_NUMBERS = itertools.count()
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TERM")


@pytest.fixture(autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take proxies, CA bundles and XDG folders of the machine away; HOME is a folder of the test's own."""
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(("PYTEST_", "COVERAGE", "HYPOTHESIS")):
            monkeypatch.delenv(name)
    home = tmp_path_factory.getbasetemp() / f"home-{next(_NUMBERS)}"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an empty folder to put every path of the program below (``--root``)."""
    folder = tmp_path / "root"
    folder.mkdir()
    return folder
