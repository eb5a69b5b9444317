"""One line of text while it is typed: caret, length, allowed characters. Knows no widget."""

import re
from dataclasses import dataclass

from rich.cells import cell_len

from console.text import printable
from screens.widgets.digit_groups import caret_in, count_digits, grouped


@dataclass
class EditedText:
    """Text with a caret.

    Attributes:
        text: What stands there.
        caret: Characters before the caret.
        restrict: Regular expression of one allowed character, or "" for any.
        max_length: Longest text.
        groups: Digits in each group of a long ID that may stand there, or (): its dashes come by themselves.
    """

    text: str = ""
    caret: int = 0
    restrict: str = ""
    max_length: int = 1024
    groups: tuple[int, ...] = ()
    _has_typed_dash: bool = False

    def put(self, text: str) -> None:
        """Replace the whole; the caret goes to its end."""
        self.text = text
        self.caret = len(text)
        self._has_typed_dash = "-" in text

    def insert(self, typed: str) -> str:
        """Insert at the caret what is allowed of `typed`; return why something was left out, or ""."""
        line, _, more = typed.strip("\r\n").partition("\n")
        line = line.rstrip("\r")
        kept = "".join(one for one in line if self._is_allowed(one))
        room = self.max_length - len(self.text)
        taken = kept[: max(0, room)]
        if self.groups and self._is_whole_with(taken):
            return f"All {sum(self.groups)} digits are there."
        self._has_typed_dash = ("-" in taken) or (self._has_typed_dash and "-" in self.text)
        self._put_in(taken)
        if len(kept) > room:
            return f"At most {self.max_length} characters."
        wanted = line.strip() or line  # blanks round what was pasted are no loss
        if not all(self._is_allowed(one) for one in wanted):
            return "That character cannot stand here." if len(line) == 1 else "Some characters were left out."
        return "Only the first line was taken." if more.strip() else ""

    def _is_whole_with(self, taken: str) -> bool:
        """Whether all digits of a long ID stood there, and more are typed."""
        is_id = self._grouped(self.text) is not None and self._grouped(taken) is not None
        return is_id and count_digits(self.text + taken) > sum(self.groups)

    def _put_in(self, taken: str) -> None:
        before, after = self.text[: self.caret], self.text[self.caret :]
        is_other = self.groups and self._grouped(before + taken + after) is None
        if is_other and not self._has_typed_dash and self._grouped(self.text) == self.text:
            before, after = before.replace("-", ""), after.replace("-", "")  # no ID: the dashes were ours
        self.text = before + taken + after
        self.caret = len(before) + len(taken)
        self._group()

    def _grouped(self, text: str) -> str | None:
        return grouped(text, self.groups, is_only_form=bool(self.restrict))

    def _group(self) -> None:
        """Put the dashes where they belong; the caret stays at its digit."""
        text = self._grouped(self.text) if self.groups else None
        if text is None:
            return
        before = self.text[: self.caret]
        self.text = text
        is_past_dash = before.endswith("-") or self.caret == len(self.text)
        self.caret = caret_in(text, count_digits(before), is_past_dash=is_past_dash)

    def _is_allowed(self, character: str) -> bool:
        if printable(character) != character:
            return False
        return not self.restrict or re.fullmatch(self.restrict, character) is not None

    def move(self, by: int) -> None:
        """Move the caret."""
        self.caret = max(0, min(len(self.text), self.caret + by))

    def move_word(self, by: int) -> None:
        """Move the caret to the beginning of a word (by -1) or behind its end (by 1)."""
        edges = [match.start() if by < 0 else match.end() for match in re.finditer(r"\w+", self.text)]
        if by < 0:
            self.caret = max((edge for edge in edges if edge < self.caret), default=0)
        else:
            self.caret = min((edge for edge in edges if edge > self.caret), default=len(self.text))

    def erase(self, start: int, end: int) -> None:
        """Take out the characters from `start` to `end`."""
        start, end = max(0, start), min(len(self.text), end)
        self.text = self.text[:start] + self.text[end:]
        self.caret = start if self.caret <= end else self.caret - (end - start)
        if self.groups and self._grouped(self.text) is not None:
            self.text = self.text.rstrip("-")
            self._group()

    def erase_left(self) -> None:
        """Take out the character before the caret."""
        if self._is_own_dash(self.caret - 1):
            self.caret -= 1  # it would come back
        if self.caret:
            self.erase(self.caret - 1, self.caret)

    def erase_right(self) -> None:
        """Take out the character behind the caret."""
        if self._is_own_dash(self.caret):
            self.caret += 1
        self.erase(self.caret, self.caret + 1)

    def _is_own_dash(self, place: int) -> bool:
        """Whether a dash between two groups stands there, which would come back."""
        is_between = 0 <= place < len(self.text) - 1 and self.text[place] == "-"
        return is_between and bool(self.groups) and self._grouped(self.text) == self.text

    def erase_word(self) -> None:
        """Take out the word before the caret."""
        end = self.caret
        self.move_word(-1)
        self.erase(self.caret, end)

    def window(self, width: int) -> tuple[str, str, str]:
        """Return what is seen in `width` cells: before, under and behind the caret."""
        under = self.text[self.caret : self.caret + 1] or " "
        start = self.caret
        used = max(1, cell_len(under))
        while start > 0 and used + cell_len(self.text[start - 1]) <= width:
            start -= 1
            used += cell_len(self.text[start])
        end = self.caret + 1
        while end < len(self.text) and used + cell_len(self.text[end]) <= width:
            used += cell_len(self.text[end])
            end += 1
        return self.text[start : self.caret], under, self.text[self.caret + 1 : end]
