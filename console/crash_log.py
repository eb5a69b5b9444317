"""Where an unexpected error is written down: a file of its own in the log folder, without local variables
(they hold passwords), without what looks like a secret in the error's words, printable, bounded.
"""

import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console.scrub import scrubbed
from console.text import one_line

FILE_NAME: Final = "crash.log"
_MOST_LINES: Final = 200
_MOST_BYTES: Final = 1 << 20


def record_crash(folder: Path, error: BaseException) -> Path | None:
    """Append `error` with its traceback to ``crash.log`` in `folder`.

    Returns:
        The file, or None where it could not be written: whoever reports a crash has nowhere else to go.
    """
    from console.errors import FileError
    from console.files import make_folder
    from console.line_file import append_line

    path = folder / FILE_NAME
    try:
        if path.exists() and path.stat().st_size > _MOST_BYTES:
            path.unlink()
        make_folder(folder, mode=0o750)
        for line in crash_lines(error):
            append_line(path, line.encode(), mode=0o640)
    except (OSError, FileError):
        return None
    return path


def crash_lines(error: BaseException) -> list[str]:
    """Return time and traceback as printable lines, the last ones where there are too many."""
    lines = scrubbed("".join(traceback.format_exception(error))).splitlines()
    return [f"--- {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", *(one_line(one) for one in lines[-_MOST_LINES:])]
