"""Refreshing the package lists once for all that is installed in a row, not once for each component."""

import re
import time
from typing import Final

from console.install.command import Command, CommandResult

HOLD_SECONDS: Final = 3600.0
"""How long lists count as fresh: a mirror may replace what they name a few times a day."""

_NOT_ALL: Final = re.compile(
    r"failed to (?:fetch|download)|could not resolve|^Err:", re.IGNORECASE | re.MULTILINE
)
"""apt-get ends with 0 although a list could not be had, and says so."""

_went_well_at: dict[tuple[str, ...], float] = {}
"""For this run of the program: what refreshed lists, and when (monotonic seconds)."""


def is_fresh(command: Command) -> bool:
    """Whether `command` refreshes lists that were refreshed a short time ago."""
    at = _went_well_at.get(command.argv)
    return command.refreshes and at is not None and time.monotonic() - at < HOLD_SECONDS


def note(result: CommandResult) -> None:
    """Remember lists that were refreshed; a command that failed may have failed because of them."""
    if not result.is_ok:
        _went_well_at.clear()
    elif result.command.refreshes and not _NOT_ALL.search("\n".join(result.output)):
        _went_well_at[result.command.argv] = time.monotonic()
