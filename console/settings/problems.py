"""What is wrong with a settings file or profile: every problem of it, with file, line, key and remedy."""

from collections.abc import Sequence

from console.annotations import Final
from console.errors import ConsoleError
from console.values import dataclass

_MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        file: Where it stands; "" when it was typed.
        line: Line in the file, from 1; None when it has none.
        key: The setting (``smtp.port``), or "".
        what: What is wrong, one sentence.
        allowed: What is allowed there, in words, or "".
        nearest: The known key most like an unknown one, or "".
    """

    file: str
    line: int | None
    key: str
    what: str
    allowed: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        parts = [": ".join(one for one in (place, self.key, self.what) if one)]
        if self.nearest:
            parts.append(f"Did you mean {self.nearest}?")
        if self.allowed:
            parts.append(f"Allowed: {self.allowed}.")
        return " ".join(parts)


class SettingsError(ConsoleError):
    """Settings or profile cannot be used as they stand; nothing was changed.

    Attributes:
        problems: All of them, in the order of the file.
    """

    code = "local.settings"

    def __init__(self, problems: Sequence[Problem], fix: str = "") -> None:
        self.problems = tuple(problems)
        lines = [str(one) for one in self.problems[:_MOST_SHOWN]]
        if len(self.problems) > _MOST_SHOWN:
            lines.append(f"… and {len(self.problems) - _MOST_SHOWN} more.")
        super().__init__("\n".join(lines), fix)
