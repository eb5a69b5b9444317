"""The real command in a process of its own, as a script would call it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).parents[2]
COMMAND: Final = (sys.executable, "-m", "console")
LIMIT: Final = 30.0
"""Seconds a command may take before the test fails."""
FINDING: Final = ["id", "stage", "cause", "fix", "who", "source", "said", "offer", "suggested"]
"""What every finding in JSON has, whichever command prints it (docs/command-line.md)."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


def run_cli(*arguments: str | Path, stdin: str | bytes = b"", **environment: str) -> Ended:
    """Run ``mail-console`` with arguments and wait for its end."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    ended = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=given,
        capture_output=True,
        timeout=LIMIT,
        cwd=PROJECT,
        env={**os.environ, **environment},
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
