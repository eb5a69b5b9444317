"""Drawing by line: pieces of text with a tone become strips, measured in cells, cut with an ellipsis, wrapped
at words. Text is made printable here, so that no widget built on it passes a control character on.
"""

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from console.text import printable
from screens.theme import Styles, Tone

Piece = tuple[str, Tone]
"""Text and what it is."""


def flat(text: str) -> str:
    """Return `text` as one printable line."""
    return text if text.isascii() and text.isprintable() else printable(text).replace("\n", " ")


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, ending in an ellipsis where it was cut."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def padded(text: str, width: int) -> str:
    """Return `text` cut or filled to exactly `width` cells."""
    return set_cell_size(cut(text, width), max(0, width))


def strip_of(
    pieces: Iterable[Piece], styles: Styles, width: int, fill: Tone = Tone.TEXT, margin: int = 0
) -> Strip:
    """Return pieces as one line of exactly `width` cells, the last `margin` of which stay free; what does not
    fit is cut with an ellipsis.
    """
    segments: list[Segment] = []
    left = width - margin
    for text, tone in pieces:
        fitting = cut(flat(text), left)
        segments.append(Segment(fitting, styles[tone]))
        left -= cell_len(fitting)
        if left <= 0:
            break
    left += margin
    if left > 0:
        segments.append(Segment(" " * left, styles[fill]))
    return Strip(segments, width)


def row_of_list(
    pieces: Iterable[Piece], styles: Styles, width: int, fill: Tone = Tone.TEXT, arrow: str = ""
) -> Strip:
    """Return pieces as one row of a list; in its last cell stands an arrow where the list goes on unseen."""
    if not arrow:
        return strip_of(pieces, styles, width, fill, margin=1)
    tone = Tone.MUTED if fill is Tone.TEXT else fill
    return Strip.join([strip_of(pieces, styles, width - 1, fill), Strip([Segment(arrow, styles[tone])], 1)])


def arrow_of(y: int, height: int, *, above: bool, below: bool) -> str:
    """Return the arrow for row `y` of a list: more rows are above the first one seen, or below the last."""
    if above and y == 0:
        return "↑"
    return "↓" if below and y == height - 1 else ""


def wrapped(text: str, width: int) -> list[str]:
    """Return `text` as printable lines of at most `width` cells, broken at spaces where there are any."""
    lines: list[str] = []
    for paragraph in printable(text).split("\n"):
        lines.extend(_wrapped_paragraph(paragraph, max(1, width)))
    return lines


def _wrapped_paragraph(paragraph: str, width: int) -> list[str]:
    if cell_len(paragraph) <= width:
        return [paragraph.rstrip()]
    indent = " " * min(len(paragraph) - len(paragraph.lstrip(" ")), max(0, width - 8))
    lines: list[str] = []
    line = ""
    for word in paragraph.split():
        candidate = f"{line} {word}" if line else indent + word
        if cell_len(candidate) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        *whole, line = _chopped(indent + word, width)
        lines.extend(whole)
    lines.append(line)
    return lines


def _chopped(word: str, width: int) -> list[str]:
    """Return a word that may be longer than a line as pieces that fit."""
    pieces = [""]
    for character in word:
        if pieces[-1] and cell_len(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
