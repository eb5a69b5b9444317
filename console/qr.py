"""QR pictures as rows of text: for a screen, and for a plain terminal.

A picture is drawn light on dark: light modules are filled cells, dark ones blank, so that it reads as dark on
light on the usual dark terminal even where no colour is understood. Whoever can colour paints it white on
black, and it reads so on every ground. It is never cut: what does not fit is not drawn (`best`).
"""

from collections.abc import Iterator
from typing import Final

from console.errors import ConsoleError
from console.values import dataclass

QUIET_ZONES: Final = (4, 2)
"""Modules of light margin, best first: 4 is ISO/IEC 18004's, 2 is still read by every decoder tried."""

TEXT_LIMIT: Final = 300
"""Longest text drawn, in bytes: more makes a picture that no console has room for."""

FILLED: Final = "##"
"""A light module where there is nothing but ASCII: two cells are about as wide as one is high."""

_HALVES: Final = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
"""What a cell shows for two modules, one above the other (True: dark)."""

_WHITE_ON_BLACK: Final = "\x1b[0;97;40m"
_RESET: Final = "\x1b[0m"

Matrix = tuple[tuple[bool, ...], ...]
"""Modules by row, True for a dark one; without quiet zone."""


class QrError(ConsoleError):
    """The text cannot be made a QR picture (empty, or too long for a console)."""

    code = "local.qr"


@dataclass(frozen=True, slots=True)
class Picture:
    """A QR picture as text.

    Attributes:
        rows: The rows, all of the same width, quiet zone included.
        quiet: Modules of quiet zone on each side.
        is_ascii: Drawn with ``##``, two cells a module; else with half blocks, two modules a cell.
    """

    rows: tuple[str, ...]
    quiet: int
    is_ascii: bool

    @property
    def width(self) -> int:
        """Columns it takes."""
        return len(self.rows[0])

    @property
    def height(self) -> int:
        """Rows it takes."""
        return len(self.rows)

    def coloured(self) -> str:
        """Return it as lines for a terminal, white on black whatever its ground (ECMA-48 SGR)."""
        return "\n".join(f"{_WHITE_ON_BLACK}{row}{_RESET}" for row in self.rows)

    def plain(self) -> str:
        """Return it as lines without colour: right on a dark terminal."""
        return "\n".join(self.rows)


def matrix(text: str) -> Matrix:
    """Return the modules of `text` at error correction M (15 %), in the smallest version that holds it.

    Raises:
        QrError: `text` is empty or longer than `TEXT_LIMIT`.
    """
    if not text or len(text.encode("utf-8", "surrogateescape")) > TEXT_LIMIT:
        raise QrError(f"A picture holds 1 to {TEXT_LIMIT} bytes of text.")
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.main import QRCode

    code = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text.encode("utf-8", "surrogateescape"), optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


def half_blocks(modules: Matrix, quiet: int) -> Picture:
    """Draw two modules a cell, one above the other, with the half blocks of code page 437."""
    framed = _framed(modules, quiet)
    if len(framed) % 2:
        framed.append([False] * len(framed[0]))  # the lower half of the last row is margin too
    rows = (
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(framed[::2], framed[1::2], strict=True)
    )
    return Picture(tuple(rows), quiet, is_ascii=False)


def ascii_blocks(modules: Matrix, quiet: int) -> Picture:
    """Draw two cells a module with nothing but ``#`` and blanks."""
    rows = ("".join("  " if dark else FILLED for dark in row) for row in _framed(modules, quiet))
    return Picture(tuple(rows), quiet, is_ascii=True)


def best(modules: Matrix, columns: int, rows: int, *, ascii_only: bool = False) -> Picture | None:
    """Return the best picture that fits whole into `columns` x `rows` cells, or None when none does."""
    for picture in _ladder(modules, ascii_only):
        if picture.width <= columns and picture.height <= rows:
            return picture
    return None


def _ladder(modules: Matrix, ascii_only: bool) -> Iterator[Picture]:
    draw = ascii_blocks if ascii_only else half_blocks
    for quiet in QUIET_ZONES:
        yield draw(modules, quiet)


def _framed(modules: Matrix, quiet: int) -> list[list[bool]]:
    side = [False] * quiet
    blank = [False] * (len(modules) + 2 * quiet)
    middle = [[*side, *row, *side] for row in modules]
    return [list(blank) for _ in range(quiet)] + middle + [list(blank) for _ in range(quiet)]
