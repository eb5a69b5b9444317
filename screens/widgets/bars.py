"""The frame of every screen: head bar with its rule, status line, key bar with its rule."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from textual.geometry import Size
from textual.strip import Strip

from screens.drawing import Piece, cut, flat, strip_of, wrapped
from screens.theme import Tone
from screens.widgets.drawn import Drawn

SANDBOX_BADGE = " SANDBOX "
Key = tuple[str, str]
"""A key and what it does here."""
_STANDING: Final = {"F1": "help", "Esc": "", "F10": "exit"}
"""Last in every key bar, in this order; a screen may say other words, "" for not at all."""


def ordered(keys: Sequence[Key]) -> tuple[Key, ...]:
    """Return a screen's keys as they are shown: its own in their order, then those that every screen has."""
    own = [one for one in keys if one[0] not in _STANDING]
    standing = {**_STANDING, **{key: label for key, label in keys if key in _STANDING}}
    return (*own, *(one for one in standing.items() if one[1]))


def head_texts(title: str, host: str, is_sandbox: bool, width: int) -> tuple[str, str, str]:
    """Return title with the space after it, host name and badge, together exactly `width` cells.

    The title goes first, then the badge; the host name has what is left.
    """
    badge = SANDBOX_BADGE if is_sandbox and width >= 40 else ""
    shown = cut(f" {title}", width - len(badge))
    room = width - len(badge) - cell_len(shown) - 4
    name = f"{cut(host, room)} " if host and room >= 4 else ""
    gap = width - cell_len(shown) - cell_len(name) - len(badge)
    return shown + " " * gap, name, badge


class HeadBar(Drawn):
    """Title left; host name and sandbox badge right; a rule line, in which a standing warning is said."""

    DEFAULT_CSS = "HeadBar { height: 2; }"

    def __init__(self, title: str, host: str, is_sandbox: bool) -> None:
        super().__init__()
        self.title = flat(title)
        self.host = flat(host)
        self.is_sandbox = is_sandbox
        self.warning = ""

    def show_warning(self, warning: str) -> None:
        """Say a standing warning in the rule line; "" takes it away."""
        if warning != self.warning:
            self.warning = warning
            self.set_class(bool(warning), "-warned")
            self.refresh()

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return the bar or the rule."""
        if y == 0:
            title, name, badge = head_texts(self.title, self.host, self.is_sandbox, width)
            return ((title, Tone.BAR_KEY), (name, Tone.BAR), (badge, Tone.BADGE))
        if not self.warning:
            return (("─" * width, Tone.RULE),)
        said = cut(f" {flat(self.warning)} ", width - 2)
        return (("──", Tone.RULE), (said, Tone.FAILURE), ("─" * (width - 2 - cell_len(said)), Tone.RULE))


class KeyBar(Drawn):
    """A rule and the keys of a screen, as many as fit: the first, the way out and F1 before the others."""

    DEFAULT_CSS = "KeyBar { height: 2; }"

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self.keys = ordered(keys)

    def show(self, keys: Sequence[Key]) -> None:
        """Show other keys."""
        self.keys = ordered(keys)
        self.refresh()

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return the rule or the keys."""
        if y == 0 and self.size.height > 1:
            return (("─" * width, Tone.RULE),)
        pieces: list[Piece] = [(" ", Tone.BAR)]
        for gap in (3, 2):
            fitting = self._fitting(width - 2, gap)
            if len(fitting) == len(self.keys):
                break
        for index, (key, label) in enumerate(fitting):
            pieces += [(" " * gap if index else "", Tone.BAR), (key, Tone.BAR_KEY), (f" {label}", Tone.BAR)]
        return pieces

    def _fitting(self, width: int, gap: int) -> list[Key]:
        """Return the keys that fit, the most important ones first served."""
        taken: set[Key] = set()
        left = width + gap
        for one in sorted(self.keys, key=self._rank):
            needed = cell_len(" ".join(one)) + gap
            if needed <= left:
                taken.add(one)
                left -= needed
        return [one for one in self.keys if one in taken]

    def _rank(self, one: Key) -> int:
        """Return how many keys go before this one where room is short."""
        names = [key for key, _ in self.keys]
        way_out = "Esc" if "Esc" in names else "F10"
        first = [names[0], way_out, "F1"]
        return first.index(one[0]) if one[0] in first else len(first) + names.index(one[0])

    def render_line(self, y: int) -> Strip:
        """Draw one line; the bar is filled to its end."""
        width = self.size.width
        return strip_of(self.line(y, width), self.tones, width, Tone.BAR)


class StatusLine(Drawn):
    """What just happened, or help for what has the focus; stays until something else is said."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.text = ""
        self.tone = Tone.MUTED
        self.styles.height = rows

    def say(self, text: str, tone: Tone = Tone.MUTED) -> None:
        """Show `text` until the next call."""
        if (text, tone) != (self.text, self.tone):
            self.text, self.tone = text, tone
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the screen set aside."""
        return self.rows

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return line `y` of the text; the last row is cut where more would follow."""
        lines = wrapped(self.text, width - 2) if self.text else []
        if y == self.rows - 1:
            return ((cut(f" {' '.join(lines[y:])}", width - 1), self.tone),)
        return ((f" {lines[y]}", self.tone),) if y < len(lines) else ()
