"""The installer's log: what was run and what it said, kept beside the send log, and bounded."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console.errors import ConsoleError
from console.file_rights import known_group
from console.files import make_folder
from console.line_file import LineFile
from console.scrub import scrubbed

NAME: Final = "install.log"
_MODE: Final = 0o640
_GROUP: Final = "adm"
_LIMIT: Final = 4 << 20
"""Octets at which the log makes room for a new one (one old one is kept), and the most of one run."""


@contextmanager
def opened(folder: Path) -> Iterator[Callable[[Callable[[str], None]], Callable[[str], None]]]:
    """Give a wrapper round a line listener that keeps each line in the log as well.

    A log that cannot be written never stops an installation: its lines are then only shown.
    """
    path = folder / NAME
    try:
        group = known_group(_GROUP)
        make_folder(folder, mode=0o750, group=group)
        if path.exists() and path.stat().st_size > _LIMIT:
            path.replace(path.with_suffix(".log.1"))
    except (ConsoleError, OSError):
        yield lambda listener: listener
        return

    with closing(LineFile(path, mode=_MODE)) as file:
        log = _Log(file, group)

        def keeping(listener: Callable[[str], None]) -> Callable[[str], None]:
            def both(line: str) -> None:
                log.keep(line)
                listener(line)

            return both

        yield keeping


class _Log:
    """The log during one run; a command that never stops talking does not fill the disk."""

    def __init__(self, file: LineFile, group: str | None) -> None:
        self._file = file
        self._group = group
        self._room = _LIMIT

    def keep(self, line: str) -> None:
        """Append a line, as long as there is room."""
        if self._room <= 0:
            return
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        content = f"{stamp} {scrubbed(line)}".encode("utf-8", "replace")
        self._room -= len(content) + 1
        if self._room <= 0:
            content = f"{stamp} (more was said than is kept)".encode()
        with suppress(ConsoleError):  # see `opened`
            self._file.append(content, group=self._group)
