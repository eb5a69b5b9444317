"""Large letters: a code one can read across the room, out of blocks that every console draws."""

from functools import cache
from typing import Final

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from screens.drawing import flat

_CHARACTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
_HEIGHT: Final = 7
_SHAPES: Final = """
.###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###.
#...# .##.. #...# ....# ..##. #.... .#... ....# #...# #...#
#..## ..#.. ....# ...#. .#.#. ####. #.... ...#. #...# #...#
#.#.# ..#.. ...#. ..##. #..#. ....# ####. ..#.. .###. .####
##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....#
#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#.
.###. .###. ##### .###. ...#. .###. .###. .#... .###. .##..

..#.. ####. .###. ####. ##### ##### .###. #...# .###. ....#
.#.#. #...# #...# #...# #.... #.... #...# #...# ..#.. ....#
#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ....#
#...# ####. #.... #...# ####. ####. #.### ##### ..#.. ....#
##### #...# #.... #...# #.... #.... #...# #...# ..#.. #...#
#...# #...# #...# #...# #.... #.... #...# #...# ..#.. #...#
#...# ####. .###. ####. ##### #.... .###. #...# .###. .###.

#...# #.... #...# #...# .###. ####. .###. ####. .###. #####
#..#. #.... ##.## #...# #...# #...# #...# #...# #...# ..#..
#.#.. #.... #.#.# ##..# #...# #...# #...# #...# #.... ..#..
##... #.... #.#.# #.#.# #...# ####. #...# ####. .###. ..#..
#.#.. #.... #...# #..## #...# #.... #.#.# #.#.. ....# ..#..
#..#. #.... #...# #...# #...# #.... #..#. #..#. #...# ..#..
#...# ##### #...# #...# .###. #.... .##.# #...# .###. ..#..

#...# #...# #...# #...# #...# ##### .....
#...# #...# #...# #...# #...# ....# .....
#...# #...# #...# .#.#. .#.#. ...#. .....
#...# .#.#. #.#.# ..#.. ..#.. ..#.. .###.
#...# .#.#. #.#.# .#.#. ..#.. .#... .....
#...# ..#.. ##.## #...# ..#.. #.... .....
.###. ..#.. #...# #...# ..#.. ##### .....
"""
"""Capitals, digits, dash at 5 x 7: what user codes are made of (RFC 8628 §6.1). The nought has a stroke."""

BLOCK: Final = "█"


@cache
def _glyphs() -> dict[str, tuple[str, ...]]:
    glyphs: dict[str, tuple[str, ...]] = {}
    names = iter(_CHARACTERS)
    for band in _SHAPES.strip().split("\n\n"):
        for columns in zip(*(line.split() for line in band.splitlines()), strict=True):
            glyphs[next(names)] = columns
    return glyphs


def enlarged(text: str, columns: int, rows: int, block: str = BLOCK) -> tuple[str, ...]:
    """Return `text` in large letters that fit whole into `columns` x `rows` cells.

    The largest that fits is taken: two cells a dot before one, one line before two or three. When none fits
    the letters come spaced out in one row, or as they are; a code is never cut.

    Args:
        text: A code; what has no large letter makes the whole text plain. Made printable here.
        columns: Room in cells.
        rows: Room in cells.
        block: What a dot is made of.
    """
    text = flat(text)
    shown = text.upper()
    if shown and all(character in _glyphs() for character in shown):
        for dot in (block * 2, block):
            for lines in (1, 2, 3):
                drawn = _drawn(_split(shown, lines), dot)
                if len(drawn) <= rows and max(map(len, drawn)) <= columns:
                    return drawn
    spaced = " ".join(text)
    return (spaced if len(spaced) <= columns else text,)


def _split(text: str, lines: int) -> list[str]:
    """Return `text` in so many parts, the longer ones first."""
    length = -(-len(text) // lines)
    return [text[start : start + length] for start in range(0, len(text), length)]


def _drawn(parts: list[str], dot: str) -> tuple[str, ...]:
    rows: list[str] = []
    for part in parts:
        if rows:
            rows.append("")
        rows.extend(_row(part, y, dot) for y in range(_HEIGHT))
    return tuple(rows)


def _row(part: str, y: int, dot: str) -> str:
    blank = " " * len(dot)
    cells = (_glyphs()[character][y].replace("#", dot).replace(".", blank) for character in part)
    return blank.join(cells)


class BigText(Widget):
    """A code in the largest letters that fit, centred."""

    DEFAULT_CSS = """
    BigText { width: 1fr; height: 1fr; }
    """

    def __init__(self, text: str = "", *, block: str = BLOCK, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.text = text
        self._block = block
        self._rows: tuple[str, ...] = ()
        self._drawn_for: tuple[str, Size] | None = None

    def show(self, text: str) -> None:
        """Show `text` from now on."""
        self.text = text
        self.refresh()

    @property
    def rows(self) -> tuple[str, ...]:
        """The rows as drawn now."""
        wanted = (self.text, self.size)
        if self._drawn_for != wanted:
            self._rows = enlarged(self.text, self.size.width, self.size.height, self._block)
            self._drawn_for = wanted
        return self._rows

    def render_line(self, y: int) -> Strip:
        rows = self.rows
        style = self.rich_style
        row = y - max(0, self.size.height - len(rows)) // 2
        if not 0 <= row < len(rows):
            return Strip.blank(self.size.width, style)
        left = max(0, self.size.width - max(map(len, rows))) // 2
        text = " " * left + rows[row]
        return Strip([Segment(text, style)]).adjust_cell_length(self.size.width, style)
