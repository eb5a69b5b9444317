"""`.ci/setup`: what is missing on the machine is named in one line; what is done is not done again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import PROJECT

_TOOLS = ("sh", "env", "sed", "cat", "cksum", "dirname", "rm", "pwd", "grep", "printf", "chmod", "ls")
_OLD = '#!/bin/sh\ncase "$*" in *version_info*) exit 1;; *) echo 3.9.2;; esac\n'
_WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; *"%d.%d"*) echo 3.12;; esac\n'
_INSTALLED = "#!/bin/sh\nexit 0\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with a space in its path, and beside it a folder of programs without any Python."""
    folder = tmp_path / "a checkout"
    (folder / ".ci").mkdir(parents=True)
    for name in (".ci/setup", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(PROJECT / name, folder / name)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in _TOOLS:
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)
    return folder


def set_up(checkout: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(checkout.parent / "bin"), **more}
    return subprocess.run(
        ["sh", ".ci/setup", "run"], cwd=checkout, env=environment, capture_output=True, text=True
    )


def add_python(checkout: Path, name: str, script: str) -> None:
    path = checkout.parent / "bin" / name
    path.write_text(script)
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("name", "script", "words"),
    [
        ("python3", _OLD, "Python 3.11 or newer is needed, found: 3.9.2"),
        ("python3.12", _WITHOUT_VENV, "Python 3.12 is here without its venv module"),
    ],
)
def test_what_is_missing_is_one_line_with_its_package(
    checkout: Path, name: str, script: str, words: str
) -> None:
    add_python(checkout, name, script)
    ended = set_up(checkout)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "python3" in ended.stderr.partition("run: ")[2]
    assert ended.stderr.count("\n") == 1


def test_no_python_at_all(checkout: Path) -> None:
    ended = set_up(checkout)
    assert (ended.returncode, "found: none" in ended.stderr) == (1, True)


def test_what_is_installed_is_left_alone_whatever_the_environment_says(checkout: Path) -> None:
    (checkout / ".venv/bin").mkdir(parents=True)
    add_python(checkout, "python3", _OLD)  # would fail, were it looked for
    python = checkout / ".venv/bin/python"
    python.write_text(_INSTALLED)
    python.chmod(0o755)
    script = 'sed "/^\\[tool\\.ruff/,\\$d" pyproject.toml | cat - requirements.lock | cksum'
    sum_ = subprocess.run(["sh", "-c", script], cwd=checkout, capture_output=True, text=True).stdout
    (checkout / ".venv/.installed-run").write_text(f"{os.path.realpath(checkout)} {sum_}")
    ended = set_up(checkout, PIP_TARGET="/elsewhere", PYTHONPATH="/elsewhere", PIP_USER="1")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    (checkout / "requirements.lock").write_text("another==1\n")
    assert set_up(checkout).returncode == 1  # it would set up anew
