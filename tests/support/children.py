"""Python run in a child process: as another user, under a limit, or killed at a random instant."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """Give a folder that every user can pass through (pytest's own are closed to others)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def run_python(program: str, *arguments: str, user: int | None = None, limit: int | None = None) -> str:
    """Run a program to its end and return what it printed; what it says on stderr fails the test.

    Args:
        program: Python source.
        arguments: For its ``sys.argv``.
        user: Number of the user (and group) it runs as; needs root.
        limit: Octets a file may grow to (RLIMIT_FSIZE).
    """
    if user is not None and not _is_open_to_all(PROJECT):
        pytest.skip("other users cannot reach this checkout")
    command = _command(program, arguments, user)
    if limit is not None:
        command = ["prlimit", f"--fsize={limit}", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=_environment(), cwd="/")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def start_python(program: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start a program and leave it running; its standard output is a pipe."""
    return subprocess.Popen(
        _command(program, arguments, None), stdout=subprocess.PIPE, env=_environment(), cwd="/"
    )


def _command(program: str, arguments: tuple[str, ...], user: int | None) -> list[str]:
    command = [sys.executable, "-c", program, *arguments]
    if user is not None:
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
    return command


def _is_open_to_all(folder: Path) -> bool:
    """Whether every user can pass through to `folder` and read it; below /root nobody else can."""
    closed = [one for one in (folder, *folder.parents) if not one.stat().st_mode & 0o001]
    return not closed and bool(folder.stat().st_mode & 0o004)


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "PYTHONPATH": str(PROJECT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
    }
