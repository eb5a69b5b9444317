"""How a check, or one aspect of it, stands: four words, of which the worst counts."""

from enum import IntEnum
from typing import Final


class Grade(IntEnum):
    """How something looked at stands, worst highest."""

    NOT_APPLICABLE = 0
    OK = 1
    WARNING = 2
    FAILED = 3

    @property
    def word(self) -> str:
        """The word a person sees, and programs get."""
        return _WORDS[self]


_WORDS: Final = {
    Grade.NOT_APPLICABLE: "not applicable",
    Grade.OK: "ok",
    Grade.WARNING: "warning",
    Grade.FAILED: "failed",
}
