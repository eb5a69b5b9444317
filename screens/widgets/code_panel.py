"""What a person reads while a sign-in waits for the phone: address, code, account, state, time left."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from textual.geometry import Region

from console.microsoft365.states import Code
from screens.drawing import Piece, flat, wrapped
from screens.theme import Tone
from screens.widgets.drawn import Drawn

LEAST_WIDTH: Final = 30
_BAR_WIDTH: Final = 40
_NARROWEST: Final = 20
_KEEP: Final = 99
"""Level of a line that is never left out."""
_BLANK: Final = (1, ())


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is shown.

    Attributes:
        code: Address, code, life.
        account: Who is to sign in, or "" when nobody in particular is expected.
        sender: The From address, or "".
        state: How it stands, in words.
        tone: Of the state.
        detail: More about the state, or "".
        note: What happened to the code before, or "".
        picture: What the picture beside it does, or "".
        polled_at: Monotonic seconds of the last poll, or None.
    """

    code: Code
    account: str = ""
    sender: str = ""
    state: str = "Waiting for you"
    tone: Tone = Tone.STRONG
    detail: str = ""
    note: str = ""
    picture: str = ""
    polled_at: float | None = None


def spaced(code: str) -> str:
    """Return a code with its characters apart, in two halves, as one reads it aloud."""
    half = len(code) // 2
    if "-" in code or len(code) < 6:
        return " ".join(code)
    return f"{' '.join(code[:half])}   {' '.join(code[half:])}"


def clock_text(waiting: Waiting, now: float) -> str:
    """Return the time left and the time since the last poll."""
    left = max(0, round(waiting.code.expires_at - now))
    asked = "" if waiting.polled_at is None else f"   asked {max(0, round(now - waiting.polled_at))} s ago"
    return f"{left // 60:02d}:{left % 60:02d} left{asked}"


def bar_text(waiting: Waiting, now: float, width: int) -> str:
    """Return the life that is left as a bar."""
    part = (waiting.code.expires_at - now) / max(1.0, waiting.code.lifetime)
    full = max(0, min(width, round(part * width)))
    return "█" * full + "░" * (width - full)


Line = tuple[int, Sequence[Piece]]
"""How long a line is kept where room is short (the lowest go first), and its pieces."""


class CodePanel(Drawn):
    """Address, code and account in three steps, then how it stands. The clock repaints only what changed.

    Args:
        clock: Monotonic seconds; replaced in tests.
    """

    DEFAULT_CSS = "CodePanel { height: 1fr; }"

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.clock = clock
        self.waiting: Waiting | None = None
        self._lines: list[Sequence[Piece]] = []
        self._ticking: dict[int, str] = {}
        self._made_for: tuple[Waiting | None, int, int] | None = None

    def show(self, waiting: Waiting) -> None:
        """Show how it stands now; repaints the lines that differ."""
        self.waiting = waiting
        before = list(self._lines)
        self._make()
        if len(before) != len(self._lines):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                self._repaint(y, old, new)

    def note_poll(self, waiting: Waiting) -> None:
        """Take note of a poll that changed nothing else: the next tick shows it."""
        self.waiting = waiting
        if self._made_for is not None:
            self._made_for = (waiting, *self._made_for[1:])

    def tick(self) -> None:
        """Show the time: repaints the cells that differ."""
        self._make()
        for y, text in self._ticking.items():
            fresh = self._fresh(y)
            if fresh == text:
                continue
            old, self._lines[y] = self._lines[y], ((fresh, self._lines[y][0][1]),)
            self._ticking[y] = fresh
            self._repaint(y, old, self._lines[y])

    def _repaint(self, y: int, old: Sequence[Piece], new: Sequence[Piece]) -> None:
        """Repaint line `y`: of one plain text only the cells that differ, else the whole line."""
        first, last = 0, self.size.width - 1
        if len(old) == len(new) == 1 and old[0][1] is new[0][1] and (old[0][0] + new[0][0]).isprintable():
            first, last = _difference(old[0][0], new[0][0])
        self.refresh(Region(first, y, last - first + 1, 1))

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return line `y`."""
        self._make()
        return self._lines[y] if y < len(self._lines) else ()

    def contents(self, width: int) -> list[Line]:
        """Return all lines and how long each is kept; the clock's are marked by `_CLOCK` and `_BAR`."""
        waiting = self.waiting
        if waiting is None:
            return []
        return [
            (3, (("On any phone or computer", Tone.MUTED),)),
            *_address_lines(waiting, width),
            _BLANK,
            *_code_lines(waiting, width),
            _BLANK,
            *_account_lines(waiting, width),
            _BLANK,
            *_texts(_KEEP, waiting.state, waiting.tone, width),
            *_texts(2, waiting.detail, Tone.MUTED, width),
            (_KEEP, _CLOCK),
            (2, _BAR),
            *_texts(_KEEP - 1, waiting.note, Tone.WARNING, width),
        ]

    def _make(self) -> None:
        wanted = (self.waiting, self.size.width, self.size.height)
        if wanted == self._made_for:
            return
        self._made_for = wanted
        lines = self.contents(max(_NARROWEST, self.size.width))
        while len(lines) > self.size.height and lines:
            least = min(level for level, _ in lines)
            last = max(index for index, (level, _) in enumerate(lines) if level == least)
            del lines[last]
        self._ticking = {}
        self._lines = [pieces for _, pieces in lines]
        for y, pieces in enumerate(self._lines):
            if pieces is _CLOCK or pieces is _BAR:
                self._ticking[y] = "clock" if pieces is _CLOCK else "bar"
        self._kinds = dict(self._ticking)
        for y in self._kinds:
            self._ticking[y] = self._fresh(y)
            tone = Tone.TEXT if self._kinds[y] == "clock" else Tone.MUTED
            self._lines[y] = ((self._ticking[y], tone),)

    def _fresh(self, y: int) -> str:
        if self.waiting is None:
            return ""
        now = self.clock()
        if self._kinds[y] == "clock":
            return clock_text(self.waiting, now)
        return bar_text(self.waiting, now, max(1, min(_BAR_WIDTH, self.size.width - 1)))


_CLOCK: Final[Sequence[Piece]] = (("clock", Tone.TEXT),)
_BAR: Final[Sequence[Piece]] = (("bar", Tone.MUTED),)


class CodeFoot(CodePanel):
    """Below the large letters: where to enter the code, how it stands, how long it holds."""

    DEFAULT_CSS = "CodeFoot { height: 3; padding-left: 1; }"

    def contents(self, width: int) -> list[Line]:
        """Return address, state and clock."""
        waiting = self.waiting
        if waiting is None:
            return []
        address = flat(waiting.code.verification_uri)
        where = f"Enter it at {address}" if cell_len(address) + 12 <= width else address
        who = f"{where} as {flat(waiting.account)}"
        where = who if waiting.account and cell_len(who) <= width else where
        return [
            *_texts(_KEEP - 1, where, Tone.TEXT, width),
            *_texts(2, waiting.note or waiting.state, Tone.MUTED, width),
            (_KEEP, _CLOCK),
        ]


def _texts(level: int, text: str, tone: Tone, width: int) -> list[Line]:
    return [(level, ((line, tone),)) for line in wrapped(text, width)] if text else []


def _indented(level: int, text: str, tone: Tone, width: int) -> list[Line]:
    return [(level, ((f"   {line}", tone),)) for line in wrapped(text, width - 3)]


def _address_lines(waiting: Waiting, width: int) -> list[Line]:
    address = flat(waiting.code.verification_uri)
    hint = _texts(2, f"   ({waiting.picture})", Tone.MUTED, width) if waiting.picture else []
    if 10 + cell_len(address) <= width:
        return [(_KEEP, (("1  open   ", Tone.TEXT), (address, Tone.STRONG))), *hint]
    indented = [f"   {line}" for line in wrapped(address, width - 3)]
    return [
        (_KEEP, (("1  open", Tone.TEXT),)),
        *((_KEEP, ((line, Tone.STRONG),)) for line in indented),
        *hint,
    ]


def _code_lines(waiting: Waiting, width: int) -> list[Line]:
    code = flat(waiting.code.user_code)
    shown = spaced(code)
    if cell_len(shown) + 6 > width:
        return [(_KEEP, (("2  enter", Tone.TEXT),)), *_texts(_KEEP, f"   {code}", Tone.STRONG, width)]
    return [
        (_KEEP, (("2  enter", Tone.TEXT),)),
        (_KEEP, (("   ", Tone.TEXT), (f"  {shown}  ", Tone.ACCENT))),
    ]


def _account_lines(waiting: Waiting, width: int) -> list[Line]:
    if not waiting.account:
        return _texts(_KEEP, "3  sign in with the mailbox that sends", Tone.TEXT, width)
    account = flat(waiting.account)
    lines: list[Line] = [(_KEEP, (("3  sign in as  ", Tone.TEXT), (account, Tone.STRONG)))]
    if 15 + cell_len(account) > width:
        lines = [
            (_KEEP, (("3  sign in as", Tone.TEXT),)),
            *_indented(_KEEP, account, Tone.STRONG, width),
        ]
    sender = flat(waiting.sender)
    is_sender = not sender or sender.casefold() == account.casefold()
    hint = "the mailbox that sends, no administrator" if is_sender else f"who sends as {sender}"
    return [*lines, *_indented(2, hint, Tone.MUTED, width)]


def _difference(old: str, new: str) -> tuple[int, int]:
    """Return the first and the last cell in which two lines of plain text differ."""
    width = max(len(old), len(new))
    pairs = list(zip(old.ljust(width), new.ljust(width), strict=True))
    differing = [index for index, (before, after) in enumerate(pairs) if before != after]
    return differing[0], differing[-1]
