"""Dashes of a long ID, put in while it is typed (``6a9ff3c7-1f0a-…``): nobody types them on a console."""

from collections.abc import Sequence
from itertools import accumulate
from string import hexdigits


def count_digits(text: str) -> int:
    """Return how many hexadecimal digits are in a text."""
    return sum(one in hexdigits for one in text)


def grouped(text: str, groups: Sequence[int], *, is_only_form: bool) -> str | None:
    """Return `text` with a dash between its groups of digits, or None when it is no such ID.

    Args:
        text: What is typed so far.
        groups: Digits in each group.
        is_only_form: Whether nothing but such an ID can stand there, so that a dash in a wrong place is a
            slip; else it tells that this is something else (a domain made of digits a to f).
    """
    digits = text.replace("-", "")
    if not digits or len(digits) > sum(groups) or any(one not in hexdigits for one in digits):
        return None
    if not is_only_form and not _has_dashes_between(text, groups):
        return None
    joined = "-".join(part for part in _parts(digits, groups) if part)
    return f"{joined}-" if text.endswith("-") and _ends_group(len(digits), groups) else joined


def caret_in(text: str, digits: int, *, is_past_dash: bool) -> int:
    """Return where the caret stands in grouped `text` behind so many digits, before or past a dash there."""
    seen = 0
    for place, one in enumerate(text):
        if seen == digits and not (one == "-" and is_past_dash):
            return place
        seen += one != "-"
    return len(text)


def _parts(digits: str, groups: Sequence[int]) -> list[str]:
    ends = list(accumulate(groups))
    return [digits[end - size : end] for end, size in zip(ends, groups, strict=True)]


def _ends_group(count: int, groups: Sequence[int]) -> bool:
    return count in list(accumulate(groups))[:-1]


def _has_dashes_between(text: str, groups: Sequence[int]) -> bool:
    counts = [count_digits(text[:place]) for place, one in enumerate(text) if one == "-"]
    return len(set(counts)) == len(counts) and all(_ends_group(count, groups) for count in counts)
