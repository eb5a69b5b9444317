"""A pyte screen drawn to a picture, colours kept, as a camera sees it; and the QR codes found in it."""

from typing import Any, Final

import zxingcpp
from PIL import Image, ImageDraw, ImageFont

CELL: Final = (8, 16)
MARGIN: Final = 24
_NAMED: Final = {
    "black": "#000000",
    "red": "#aa0000",
    "green": "#00aa00",
    "brown": "#aa5500",
    "blue": "#0000aa",
    "magenta": "#aa00aa",
    "cyan": "#00aaaa",
    "white": "#aaaaaa",
    "brightblack": "#555555",
    "brightred": "#ff5555",
    "brightgreen": "#55ff55",
    "brightbrown": "#ffff55",
    "brightyellow": "#ffff55",
    "brightblue": "#5555ff",
    "brightmagenta": "#ff55ff",
    "bfightmagenta": "#ff55ff",  # pyte's own spelling
    "brightcyan": "#55ffff",
    "brightwhite": "#ffffff",
}
DARK: Final = ("#aaaaaa", "#000000")
LIGHT: Final = ("#202020", "#fffff0")
"""Foreground and ground of the terminal itself."""


def drawn(screen: Any, ground: tuple[str, str] = DARK, cell: tuple[int, int] = CELL) -> Image.Image:
    """Return the screen as a picture; blocks fill their cells, letters are letters."""
    width, height = cell
    size = (screen.columns * width + 2 * MARGIN, screen.lines * height + 2 * MARGIN)
    image = Image.new("RGB", size, ground[1])
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=height - 3)
    for row in range(screen.lines):
        for column in range(screen.columns):
            place = (MARGIN + column * width, MARGIN + row * height)
            _draw_cell(pen, place, cell, screen.buffer[row][column], ground, font)
    return image


def decoded(screen: Any, ground: tuple[str, str] = DARK, cell: tuple[int, int] = CELL) -> set[str]:
    """Return the texts of all QR codes in the screen, as an independent decoder reads them."""
    return {found.text for found in zxingcpp.read_barcodes(drawn(screen, ground, cell)) if found.valid}


def _draw_cell(
    pen: Any, place: tuple[int, int], cell: tuple[int, int], shown: Any, ground: tuple[str, str], font: Any
) -> None:
    (x, y), (width, height) = place, cell
    ink, paper = _colour(shown.fg, ground[0]), _colour(shown.bg, ground[1])
    if shown.reverse:
        ink, paper = paper, ink
    pen.rectangle((x, y, x + width - 1, y + height - 1), fill=paper)
    middle = height // 2
    halves = {"█": (0, height), "▀": (0, middle), "▄": (middle, height)}
    if shown.data in halves:
        top, bottom = halves[shown.data]
        pen.rectangle((x, y + top, x + width - 1, y + bottom - 1), fill=ink)
    elif shown.data.strip():
        pen.text((x, y), shown.data, fill=ink, font=font)


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return _NAMED.get(name) or f"#{name}"
