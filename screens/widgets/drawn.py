"""The base of widgets that draw their own lines, and plain text built on it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from screens.drawing import Piece, cut, flat, strip_of, wrapped
from screens.theme import Styles, Tone

if TYPE_CHECKING:
    from screens.app import ConsoleApp


class Drawn(Widget):
    """A widget that draws itself by line; subclasses implement `line`."""

    SCOPED_CSS = False  # rules may look at the screen's classes (``.-short StageTicks``)
    DEFAULT_CSS = "Drawn { height: auto; width: 1fr; }"

    @property
    def tones(self) -> Styles:
        """The look's styles."""
        return cast("ConsoleApp", self.app).tones

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return the pieces of line `y`; they are made printable and cut to `width`."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        return strip_of(self.line(y, self.size.width), self.tones, self.size.width)


class PlainLabel(Drawn):
    """Text, wrapped at words, as high as it needs; any text is safe in it.

    Args:
        text: What to show; line feeds are kept.
        tone: What it is.
    """

    DEFAULT_CSS = "PlainLabel { padding: 0 1; }"

    def __init__(self, text: str = "", tone: Tone = Tone.TEXT, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.text = text
        self.tone = tone
        self._wrapped: tuple[int, list[str]] = (-1, [])

    def show(self, text: str, tone: Tone | None = None) -> None:
        """Show another text."""
        self.text = text
        self.tone = tone or self.tone
        self._wrapped = (-1, [])
        self.refresh(layout=True)

    def lines(self, width: int) -> list[str]:
        """Return the text wrapped to `width` cells."""
        if self._wrapped[0] != width:
            self._wrapped = (width, wrapped(self.text, width) if self.text else [])
        return self._wrapped[1]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Height the text needs at `width`."""
        return len(self.lines(width))

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return line `y` of the wrapped text."""
        lines = self.lines(width)
        return ((lines[y], self.tone),) if y < len(lines) else ()


class Paragraphs(Drawn):
    """Several texts, each with its tone and indent, wrapped at words; replaced as a whole with `show`."""

    DEFAULT_CSS = "Paragraphs { padding: 0 1; }"

    def __init__(self, *paragraphs: Piece, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.paragraphs: tuple[Piece, ...] = paragraphs
        self._wrapped: tuple[int, list[Piece]] = (-1, [])

    def show(self, *paragraphs: Piece) -> None:
        """Show other texts."""
        if paragraphs != self.paragraphs:
            self.paragraphs = paragraphs
            self._wrapped = (-1, [])
            self.refresh(layout=True)

    def lines(self, width: int) -> list[Piece]:
        """Return all texts wrapped to `width` cells, with their tones."""
        if self._wrapped[0] != width:
            lines = [(line, tone) for text, tone in self.paragraphs for line in wrapped(text, width)]
            self._wrapped = (width, lines)
        return self._wrapped[1]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Height the texts need at `width`."""
        return len(self.lines(width))

    def line(self, y: int, width: int) -> Sequence[Piece]:
        """Return line `y`; the last one there is room for ends in an ellipsis where more would follow."""
        lines = self.lines(width)
        if y == self.size.height - 1 < len(lines) - 1:
            text, tone = lines[y]
            return ((cut(f"{flat(text)} …", width), tone),)
        return (lines[y],) if y < len(lines) else ()
