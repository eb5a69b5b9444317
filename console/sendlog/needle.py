"""What is looked for in the raw lines of the log, and where in a stretch of them it stands.

Lines are searched as they lie on disk, without parsing: what is typed is turned into what JSON would have
written. Typed in small letters alone it is found in any case (ASCII); with a capital letter exactly as typed.
"""

import json
import re
from collections.abc import Iterator

from console.annotations import Final
from console.values import dataclass

_KEYS: Final = (
    '"id" "at" "result" "purpose" "transport" "server" "sender" "recipients" "address" "accepted" "reply" '
    '"subject" "message_id" "size" "seconds" "findings" "stage" "cause" "fix" "who" "source" "said" "offer" '
    '"transcript" "started" "steps" "outcome" "facts" "lines" "dropped"'
)
"""Names of the fields themselves: found in every line, so not what anybody looks for."""

_REST_OF_KEY: Final = rb'[a-z_]{0,20}":'
_START_OF_KEY: Final = rb'[{,]"[a-z_]{0,20}$'


@dataclass(frozen=True, slots=True)
class Needle:
    """A text to look for.

    Attributes:
        octets: As the log has it.
        is_any_case: Whether capital and small letters are the same.
        may_be_key: Whether a field's own name contains it.
    """

    octets: bytes
    is_any_case: bool
    may_be_key: bool

    @classmethod
    def of_text(cls, text: str) -> "Needle":
        """Return the needle for `text` as typed."""
        written = json.dumps(text, ensure_ascii=False)[1:-1]
        is_any_case = text == text.lower()
        return cls(
            written.encode("utf-8", "backslashreplace"),
            is_any_case,
            is_any_case and text.isidentifier() and text in _KEYS,
        )

    @classmethod
    def of_field(cls, name: str, value: str) -> "Needle":
        """Return the needle for a field with its value; never found in a text: quotes are escaped there."""
        return cls(f'"{name}":{json.dumps(value)}'.encode(), is_any_case=False, may_be_key=False)

    def lines(self, block: bytes, start: int = 0) -> list[tuple[int, int]]:
        """Return begin and end (before the line feed) of the lines that have it, in order.

        Args:
            block: Whole lines from `start` on.
        """
        return list(self._lines(block.lower() if self.is_any_case else block, start))

    def _lines(self, block: bytes, start: int) -> Iterator[tuple[int, int]]:
        at = self._find(block, start)
        while at >= 0:
            end = block.find(b"\n", at)
            yield block.rfind(b"\n", 0, at) + 1, end
            at = self._find(block, end)

    def _find(self, block: bytes, start: int) -> int:
        at = block.find(self.octets, start)
        while self.may_be_key and at >= 0 and self._is_key(block, at):
            at = block.find(self.octets, at + 1)
        return at

    def _is_key(self, block: bytes, at: int) -> bool:
        if not re.compile(_REST_OF_KEY).match(block, at + len(self.octets)):
            return False
        return re.search(_START_OF_KEY, block[max(0, at - 24) : at]) is not None


def every_line(block: bytes, start: int = 0) -> list[tuple[int, int]]:
    """Return begin and end (before the line feed) of every line of `block` from `start` on, in order."""
    ranges: list[tuple[int, int]] = []
    begin = start
    while (end := block.find(b"\n", begin)) >= 0:
        ranges.append((begin, end))
        begin = end + 1
    return ranges
