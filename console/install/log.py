"""The installer's log: what was run and what it said, kept beside the send log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console.errors import ConsoleError
from console.files import append_line, make_folder

NAME: Final = "install.log"
_MODE: Final = 0o640
_LIMIT: Final = 4 << 20
"""Octets at which the log makes room for a new one; one old one is kept."""


@contextmanager
def opened(folder: Path) -> Iterator[Callable[[Callable[[str], None]], Callable[[str], None]]]:
    """Give a wrapper round a line listener that keeps each line in the log as well.

    A log that cannot be written never stops an installation: its lines are then only shown.
    """
    path = folder / NAME
    try:
        make_folder(folder, mode=0o750)
        if path.exists() and path.stat().st_size > _LIMIT:
            path.replace(path.with_suffix(".log.1"))
    except (ConsoleError, OSError):
        yield lambda listener: listener
        return

    def keeping(listener: Callable[[str], None]) -> Callable[[str], None]:
        def both(line: str) -> None:
            _keep(path, line)
            listener(line)

        return both

    yield keeping


def _keep(path: Path, line: str) -> None:
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        append_line(path, f"{stamp} {line}".encode(), mode=_MODE)
    except ConsoleError:
        return  # see `opened`
