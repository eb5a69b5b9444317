"""When this release was made; a clock that says an earlier day is wrong."""

from datetime import date
from typing import Final

DATE: Final = date(2026, 11, 21)
