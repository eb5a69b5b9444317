"""Which pictures stand beside the code, and how large: the ladder of rungs for the room there is."""

from enum import Enum
from typing import TYPE_CHECKING, Final

from console.microsoft365.states import Code
from console.qr import Picture
from screens.base import Body
from screens.widgets.code_panel import LEAST_WIDTH
from screens.widgets.qr_picture import QrPicture

if TYPE_CHECKING:
    from screens.base import ConsoleScreen

WIDE: Final = 110
"""Columns from which address and code stand side by side."""
_PANEL_WIDTH: Final = 44
_GAP: Final = 3
"""Columns left of the pictures, and between the last one and the text."""
_SMALLEST_CODE: Final = 25
_HALVES: Final = frozenset("▀▄")
_NO_ROOM: Final = "The picture does not fit on this screen."
_NO_ROOM_FOR_BLOCKS: Final = "Of full blocks the picture does not fit; F9 takes them back."
NOTES: Final = (_NO_ROOM, _NO_ROOM_FOR_BLOCKS)
"""What is said when a picture was asked for and none fits."""


class Shows(Enum):
    """What the picture holds."""

    ADDRESS = "address"
    CODE = "code"
    NOTHING = "nothing"


class Pictures:
    """Chooses and sizes the pictures of a sign-in screen.

    Attributes:
        shows: What F7 chose.
        wants_blocks: Whether full blocks are wanted although half blocks can be drawn.
    """

    def __init__(self) -> None:
        self.shows = Shows.ADDRESS
        self.wants_blocks = False

    def hold(self, screen: "ConsoleScreen", code: Code) -> None:
        """Make the pictures hold address and code."""
        screen.query_one("#address", QrPicture).hold(code.picture)
        screen.query_one("#code", QrPicture).hold(code.user_code)

    def next(self, screen: "ConsoleScreen") -> None:
        """Turn to the next picture; where both stand side by side, to none and back."""
        order = [Shows.ADDRESS, Shows.CODE, Shows.NOTHING]
        self.shows = order[(order.index(self.shows) + 1) % 3]
        if self.shows is Shows.CODE and screen.size.width >= WIDE:
            self.shows = Shows.NOTHING

    def arrange(self, screen: "ConsoleScreen") -> str:
        """Fit the pictures into the room beside the text; return what the one picture does, or ""."""
        address, code = screen.query_one("#address", QrPicture), screen.query_one("#code", QrPicture)
        columns, rows = screen.query_one(Body).size
        ascii_only = self.wants_blocks or not _has_halves(screen)
        if self.shows is Shows.NOTHING or not columns:
            address.fit(0, 0)
            code.fit(0, 0)
            return ""
        if screen.size.width >= WIDE and self._both(address, code, columns, rows, ascii_only=ascii_only):
            return ""
        shown, hidden = (address, code) if self.shows is Shows.ADDRESS else (code, address)
        hidden.fit(0, 0)
        shown.caption = ""
        picture = self._single(shown, columns, rows, ascii_only=ascii_only)
        if picture is None:
            return ""
        return "the picture takes you there" if shown is address else "the picture is the code"

    def why_none(self, screen: "ConsoleScreen") -> str:
        """Return why there is no picture although one was asked for, or ""."""
        is_drawn = any(one.picture is not None for one in screen.query(QrPicture))
        if self.shows is Shows.NOTHING or is_drawn:
            return ""
        return _NO_ROOM_FOR_BLOCKS if self.wants_blocks and _has_halves(screen) else _NO_ROOM

    def _single(self, shown: QrPicture, columns: int, rows: int, *, ascii_only: bool) -> Picture | None:
        """Draw one picture; the text beside it is squeezed only where there would be no picture else."""
        for panel in (_PANEL_WIDTH, LEAST_WIDTH):
            if picture := shown.fit(columns - panel - _GAP, rows, ascii_only=ascii_only):
                shown.set_class(picture.height + 2 <= rows, "-lower")
                return picture
        return None

    def _both(
        self, address: QrPicture, code: QrPicture, columns: int, rows: int, *, ascii_only: bool
    ) -> bool:
        """Draw both, each with a line that says what it does; whether there was room."""
        address.caption, code.caption = "opens the page", "is the code"
        address.remove_class("-lower")
        code.remove_class("-lower")
        room = columns - _PANEL_WIDTH - 2 * _GAP
        first = address.fit(room - _SMALLEST_CODE, rows - 1, ascii_only=ascii_only)
        second = first and code.fit(room - first.width, rows - 1, ascii_only=ascii_only)
        return second is not None


def _has_halves(screen: "ConsoleScreen") -> bool:
    look = screen.console.look
    return not look.is_ascii and not (_HALVES & look.missing)
