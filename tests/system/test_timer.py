"""The systemd units are sound, by systemd's own judgement."""

import shutil
import subprocess
from pathlib import Path

import pytest

from console.appliance import Paths
from console.install import renewal

needs_analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    for suffix in ("service", "timer"):
        text = renewal.unit_text(suffix, Paths.system())
        (tmp_path / f"{renewal.UNIT}.{suffix}").write_text(text)
    return tmp_path


@needs_analyze
@pytest.mark.parametrize("suffix", ["service", "timer"])
def test_systemd_finds_nothing_to_say(units: Path, suffix: str) -> None:
    unit = units / f"{renewal.UNIT}.{suffix}"
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
    )
    said = [line for line in done.stderr.splitlines() if renewal.UNIT in line]
    assert said == []


@needs_analyze
def test_the_service_is_hardened(units: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", f"{units}/{renewal.UNIT}.service"],
        capture_output=True,
        text=True,
    )
    score = next(line for line in done.stdout.splitlines() if "Overall exposure level" in line)
    assert float(score.split(":")[1].split()[0]) < 3.0, score
