"""Which look suits the line one is on: its palette, and the glyphs it cannot draw. Imports no textual, so
that the front door can ask before anything heavy is loaded.

Textual asks no terminfo: it writes UTF-8 and its colours to whatever it meets. So the look is chosen here,
from TERM, NO_COLOR, the encoding, and on a Linux console from the font that is really loaded
(ioctl_console(2), GIO_UNIMAP).
"""

import os

# typing, enum and dataclasses take ten times as long to load as this file, and the frame waits.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

GLYPHS = {
    "─": "-",
    "│": "|",
    "┌": "+",
    "┐": "+",
    "└": "+",
    "┘": "+",
    "├": "+",
    "┤": "+",
    "═": "=",
    "█": "#",
    "▓": "#",
    "▒": "#",
    "░": ".",
    "▀": "#",
    "▄": "#",
    "▁": "_",
    "▂": "_",
    "▃": "_",
    "▅": "#",
    "▆": "#",
    "▇": "#",
    "↑": "^",
    "↓": "v",
    "←": "<",
    "→": ">",
    "…": "~",
    "·": ".",
    "•": "*",
    "–": "-",
    "—": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "×": "x",
    "✓": "+",
    "▔": "-",
    "▊": "|",
    "▎": "|",
    "\xa0": " ",
}
"""What stands for a glyph that the line cannot draw, cell for cell."""

NEEDED = "─↑↓…█"
"""The glyphs that every screen draws."""


class Palette:
    """How many colours a look may use: one of the three below."""

    RICH: "Palette"
    SIXTEEN: "Palette"
    MONO: "Palette"

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


Palette.RICH = Palette("rich")
Palette.SIXTEEN = Palette("sixteen")
Palette.MONO = Palette("mono")


class Look:
    """How the screens are drawn on this line; never changed.

    Attributes:
        palette: Which colours.
        is_ascii: Whether everything outside ASCII is replaced, cell for cell.
        missing: Glyphs of `GLYPHS` that the console's font lacks although it can draw others.
    """

    __slots__ = ("is_ascii", "missing", "palette")

    def __init__(
        self,
        palette: Palette = Palette.RICH,
        is_ascii: bool = False,
        missing: frozenset[str] = frozenset(),
    ) -> None:
        self.palette = palette
        self.is_ascii = is_ascii
        self.missing = missing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Look) and self._all == other._all

    def __hash__(self) -> int:
        return hash(self._all)

    def __repr__(self) -> str:
        return f"Look{self._all}"

    @property
    def _all(self) -> tuple[Palette, bool, frozenset[str]]:
        return self.palette, self.is_ascii, self.missing

    @property
    def rule(self) -> str:
        """The glyph a rule line is made of."""
        return "-" if self.is_ascii or "─" in self.missing else "─"


BASIC = Look(Palette.MONO, is_ascii=True)
"""Serial lines and terminals of which nothing is known."""

_PLAIN_TERMS = ("vt", "ansi", "dumb", "unknown", "cons25", "wy", "ibm", "sun", "network")


def choose_look(environment: "Mapping[str, str]", encoding: str = "utf-8", descriptor: int = 1) -> Look:
    """Return the look for this line.

    Args:
        environment: TERM, NO_COLOR and MAIL_CONSOLE_LOOK (``basic`` or ``rich``) are read.
        encoding: Encoding of what is written to the terminal.
        descriptor: The terminal, asked for its font where it is a Linux console.
    """
    asked = environment.get("MAIL_CONSOLE_LOOK", "")
    if asked == "basic":
        return BASIC
    look = Look() if asked == "rich" else _look_of_term(environment.get("TERM", ""), descriptor)
    if "NO_COLOR" in environment:
        look = Look(Palette.MONO, look.is_ascii, look.missing)
    if encoding.replace("-", "").lower() != "utf8":
        look = Look(look.palette, is_ascii=True)
    return look


def _look_of_term(term: str, descriptor: int) -> Look:
    if not term or term.startswith(_PLAIN_TERMS):
        return BASIC
    if term != "linux":
        return Look()
    drawable = console_glyphs(descriptor)
    if drawable is None:
        return Look(Palette.SIXTEEN, is_ascii=True)
    missing = frozenset(glyph for glyph in GLYPHS if ord(glyph) not in drawable)
    return Look(Palette.SIXTEEN, missing=missing)


_GIO_UNIMAP = 0x4B66
_MOST_PAIRS = 0xFFFF


def console_glyphs(descriptor: int) -> frozenset[int] | None:
    """Return the code points that a Linux console's font draws; None where `descriptor` is none."""
    import array
    import fcntl
    import struct

    pairs = array.array("H", bytes(4 * _MOST_PAIRS))
    wanted = struct.pack("HP", _MOST_PAIRS, pairs.buffer_info()[0])
    try:
        answer = fcntl.ioctl(descriptor, _GIO_UNIMAP, wanted)
    except OSError:
        return None
    (count, _address) = struct.unpack("HP", answer)
    return frozenset(pairs[: 2 * count : 2])


def encoding_of_terminal() -> str:
    """Return the encoding in which the screens are written (those go to standard error's terminal)."""
    import sys

    return getattr(sys.__stderr__, "encoding", None) or "ascii"


def look_of_here() -> Look:
    """Return the look for the terminal this process is on."""
    return choose_look(os.environ, encoding_of_terminal())
