"""One entry of the catalogue, and how its conditions are matched and weighed."""

import re
from collections.abc import Mapping
from typing import Final

from console.transcript import Stage
from console.values import dataclass, field
from console.verdict import Failure, Who

TEXT_LIMIT: Final = 2000
"""Characters of a failure's text that conditions look at."""

_HOST_SUFFIX: Final = re.compile(r"\s?\[[A-Z0-9]{6,40}\.[\w.-]{3,100}(?: [^\]\s]{1,40}){0,3}\]")
"""What Exchange Online appends to its replies: ``[FR0P281CA0123.DEUP281.PROD.OUTLOOK.COM 2026-… 08DE…]``."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a failure must be like; everything that is given must hold.

    The score is the sum of what the condition asks for, so that the most specific entry wins: text and
    codes 32 each, enhanced code 16 (``5.1.x`` 4), each fact 8, reply code 4 (``5xx`` 1), stage 2, kind 2
    (``tls.*`` 1). Equal scores: the entry that comes first in its file.

    Attributes:
        kinds: `Failure.kind`, whole or a family such as ``tls.*``; () for any.
        stages: `Failure.stage`; () for any.
        replies: Reply codes, whole (``535``) or a class (``5xx``); () for any.
        enhanced: Enhanced codes, whole or with ``x`` at the end; () for any.
        codes: Entra's or Graph's codes, one of which must be there; () for any.
        text: Found in `Failure.text`, whatever the case; None for any.
        facts: Each found in the fact of that name, whatever the case.
    """

    kinds: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    replies: tuple[str, ...] = ()
    enhanced: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    text: "re.Pattern[str] | None" = None
    facts: Mapping[str, "re.Pattern[str]"] = field(default_factory=dict)

    def score(self, failure: Failure) -> int:
        """Return how specifically this matches `failure`; 0 when it does not."""
        parts = (
            _weight(self.kinds, failure.kind, 2, 1),
            _stage_weight(self.stages, failure.stage),
            _weight(self.replies, "" if failure.reply_code is None else str(failure.reply_code), 4, 1),
            _weight(self.enhanced, failure.enhanced_code, 16, 4),
            self._codes_weight(failure.error_codes),
            self._text_weight(failure.text),
            self._facts_weight(failure.facts),
        )
        return 0 if None in parts else sum(part or 0 for part in parts)

    def _codes_weight(self, codes: tuple[str, ...]) -> int | None:
        if not self.codes:
            return 0
        return 32 if set(self.codes) & set(codes) else None

    def _text_weight(self, text: str) -> int | None:
        if self.text is None:
            return 0
        return 32 if self.text.search(without_suffix(text)) else None

    def _facts_weight(self, facts: Mapping[str, str]) -> int | None:
        if all(pattern.search(facts.get(name, "")[:TEXT_LIMIT]) for name, pattern in self.facts.items()):
            return 8 * len(self.facts)
        return None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that free text says.

    Attributes:
        pattern: To search for, whatever the case.
        literal: The same in small letters when it is plain words, else "": finding those is ten times faster.
    """

    pattern: "re.Pattern[str]"
    literal: str

    def find(self, text: str, small: str) -> int:
        """Return where it stands in `text`, -1 when nowhere; `small` is `text` in small letters, or ""."""
        if self.literal and small:
            return small.find(self.literal)
        found = self.pattern.search(text)
        return found.start() if found else -1


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One known failure: what it looks like, why it happens, what to do, who can.

    Attributes:
        id: Stable name, lower case with hyphens.
        conditions: Any of them matches a `Failure`.
        phrases: What free text says when it is this (for `explain`).
        stage: Where it happens, when only free text is known.
        cause: Why; may name facts (``{host}``).
        fix: Steps; may name facts.
        who: Who can do them.
        source: Where the knowledge comes from.
        offer: What the console can do at once, or "".
        suggest: Settings that would cure it: by key, the fact that is the value.
        is_vague: Whether it says little: given to `explain`'s reader only when nothing better is found.
        examples: Texts, or failures, that must lead to this entry; a test runs them.
    """

    id: str
    conditions: tuple[Condition, ...]
    phrases: tuple[Phrase, ...]
    stage: Stage
    cause: str
    fix: tuple[str, ...]
    who: Who
    source: str
    offer: str = ""
    suggest: Mapping[str, str] = field(default_factory=dict)
    is_vague: bool = False
    examples: tuple["str | Failure", ...] = ()

    def score(self, failure: Failure) -> int:
        """Return how specifically this entry matches `failure`; 0 when it does not."""
        return max((condition.score(failure) for condition in self.conditions), default=0)


def without_suffix(text: str) -> str:
    """Return the bounded text of a reply without what Exchange Online appends to identify the request."""
    return _HOST_SUFFIX.sub("", text[:TEXT_LIMIT])


def _weight(wanted: tuple[str, ...], found: str, whole: int, family: int) -> int | None:
    if not wanted:
        return 0
    if found in wanted:
        return whole
    if any(_is_family(one, found) for one in wanted):
        return family
    return None


def _is_family(wanted: str, found: str) -> bool:
    stem = wanted.rstrip("x*")
    return stem != wanted and bool(stem) and found.startswith(stem)


def _stage_weight(stages: tuple[Stage, ...], stage: Stage) -> int | None:
    if not stages:
        return 0
    return 2 if stage in stages else None
