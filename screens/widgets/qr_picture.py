"""A QR picture on the screen that a phone reads: white on black whatever the theme, whole or not at all."""

from itertools import groupby
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from console import qr
from console.qr import Matrix, Picture
from screens.drawing import strip_of
from screens.look import Palette
from screens.theme import Tone
from screens.widgets.drawn import Drawn

_LIGHT_ON_DARK: Final = Style(color="#ffffff", bgcolor="#000000", bold=False, dim=False, reverse=False)
_LIGHT: Final = Style(color="#ffffff", bgcolor="#ffffff", bold=False, dim=False, reverse=False)
_PLAIN: Final = Style(bold=False, dim=False, reverse=False)
_REVERSED: Final = Style(bold=False, dim=False, reverse=True)


class QrPicture(Drawn):
    """Draws one text as a QR picture, in the best rung of the ladder that fits the room it was given.

    The owner says how much room there is (`fit`); the widget then is as large as the picture, and takes no
    room when none fits. With colour every cell is white or black. Without colour light modules are blocks
    in the terminal's own foreground, and in ASCII reversed blanks, so that a dark terminal shows dark on
    light as well.
    """

    DEFAULT_CSS = """
    QrPicture { width: auto; height: auto; }
    """

    can_focus = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._matrix: Matrix | None = None
        self._text = ""
        self.picture: Picture | None = None
        """What is drawn now; None when it does not fit, or nothing is to be drawn."""
        self.caption = ""
        """Said below the picture, in one line."""

    @staticmethod
    def warm_up() -> None:
        """Load what drawing needs; call it in a thread, so that the first picture is quick."""
        qr.matrix("warm")

    @property
    def text(self) -> str:
        """What the picture holds; "" for no picture."""
        return self._text

    def hold(self, text: str) -> None:
        """Make the picture hold `text` ("" or what no picture can hold: none); `fit` draws it."""
        if text != self._text or self._matrix is None:
            self._text = text
            self._matrix = _modules(text)

    def fit(self, columns: int, rows: int, *, ascii_only: bool = False) -> Picture | None:
        """Draw the best picture that fits into `columns` x `rows` cells; None when none does."""
        fitting = (
            None if self._matrix is None else qr.best(self._matrix, columns, rows, ascii_only=ascii_only)
        )
        if fitting != self.picture:
            self.picture = fitting
            self.refresh(layout=True)
        self.display = fitting is not None
        return fitting

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return self.picture.width if self.picture else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.picture.height + bool(self.caption) if self.picture else 0

    def render_line(self, y: int) -> Strip:
        if self.picture is None or y >= self.picture.height:
            caption = self.caption.center(self.size.width) if self.picture and self.caption else ""
            return strip_of([(caption, Tone.MUTED)], self.tones, self.size.width)
        row = self.picture.rows[y]
        has_colour = self.tones.palette is not Palette.MONO and not self.app.no_color
        if self.picture.is_ascii:
            return Strip(_ascii_segments(row, has_colour), len(row))
        return Strip([Segment(row, _LIGHT_ON_DARK if has_colour else _PLAIN)], len(row))


def _modules(text: str) -> Matrix | None:
    try:
        return qr.matrix(text)
    except qr.QrError:
        return None


def _ascii_segments(row: str, has_colour: bool) -> list[Segment]:
    """Cells of an ASCII row: a ``#`` has gaps that a phone sees, so ground and mark are painted alike."""
    segments = []
    for mark, run in groupby(row):
        length = len(list(run))
        if mark == " ":
            segments.append(Segment(" " * length, _LIGHT_ON_DARK if has_colour else _PLAIN))
        elif has_colour:
            segments.append(Segment("#" * length, _LIGHT))
        else:
            segments.append(Segment(" " * length, _REVERSED))
    return segments
