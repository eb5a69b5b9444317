"""F1: what a screen is for, its keys, and the command that does the same."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.base import Body, ConsoleScreen
from screens.drawing import Piece
from screens.theme import Tone
from screens.widgets.bars import ordered
from screens.widgets.drawn import Paragraphs


class HelpScreen(ConsoleScreen):
    """Explains another screen."""

    KEYS = (("↑↓", "scroll"), ("F1", ""), ("Esc", "back"))
    STATUS_ROWS = 0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,enter,ctrl+j,q", "back", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("home", "scroll(-9999)", show=False),
        Binding("end", "scroll(9999)", show=False),
    ]
    DEFAULT_CSS = "HelpScreen Paragraphs { margin: 1 0; } HelpScreen.-short Paragraphs { margin: 0; }"

    def __init__(self, title: str, paragraphs: tuple[Piece, ...]) -> None:
        super().__init__()
        self._title = title
        self._paragraphs = paragraphs

    @classmethod
    def of(cls, screen: ConsoleScreen) -> "HelpScreen":
        """Return the help of `screen`."""
        paragraphs: list[Piece] = [(reflowed(screen.HELP), Tone.TEXT), ("", Tone.TEXT), ("Keys", Tone.STRONG)]
        keys = ordered(screen.KEYS)
        width = max(len(key) for key, _ in keys)
        paragraphs += [(f"  {key:<{width}}  {label}", Tone.TEXT) for key, label in keys]
        if screen.COMMAND:
            paragraphs += [
                ("", Tone.TEXT),
                ("On the command line", Tone.STRONG),
                *((f"  {line}", Tone.TEXT) for line in screen.COMMAND.strip().splitlines()),
            ]
        return cls(f"Help: {screen.head_title()}", tuple(paragraphs))

    def head_title(self) -> str:
        """Name of the screen explained."""
        return self._title

    def compose_body(self) -> ComposeResult:
        """Yield the text."""
        yield Paragraphs(*self._paragraphs)

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self.query_one(Body).scroll_relative(y=by, animate=False)

    def action_help(self) -> None:
        """F1 again closes the help."""
        self.action_back()


def reflowed(text: str) -> str:
    """Return paragraphs written over several lines as one line each; indented lines stay as they are."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        is_new = not lines or not lines[-1] or not line or line.startswith(" ") or lines[-1].startswith(" ")
        if is_new:
            lines.append(line)
        else:
            lines[-1] += f" {line}"
    return "\n".join(lines)
