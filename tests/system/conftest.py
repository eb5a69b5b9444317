"""Tests that change the machine: they need root and apt, and run by ``make test-system`` alone."""

import os
import shutil

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all of them, and say by name why one cannot run here."""
    reason = ""
    if os.geteuid() != 0:
        reason = "needs root"
    elif shutil.which("apt-get") is None:
        reason = "needs apt"
    for item in items:
        if "tests/system/" in str(item.path):
            item.add_marker(pytest.mark.system)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))
