"""The base of every screen and modal: frame, keys, help, leaving, and the one place to say what happened."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from screens.theme import Tone
from screens.widgets.bars import HeadBar, Key, KeyBar, StatusLine

if TYPE_CHECKING:
    from textual.worker import Worker

    from screens.app import ConsoleApp

T = TypeVar("T")

SHORT_ROWS = 16
"""Terminals with fewer rows get no rule lines."""
NARROW_COLUMNS = 60
"""Terminals with fewer columns get the narrow form of forms and lists."""
HORIZONTAL_STEPS: Final = [(0, "-narrow"), (NARROW_COLUMNS, "-normal"), (110, "-wide")]
VERTICAL_STEPS: Final = [(0, "-short"), (SHORT_ROWS, "-tall")]
"""From how many cells on a screen has which class, in rising order."""


class Body(Widget):
    """What lies between the bars; scrolls when it is higher than its place."""

    DEFAULT_CSS = """
    Body { height: 1fr; width: 1fr; layout: vertical; overflow: hidden auto; scrollbar-size: 1 1; }
    """


class ConsoleScreen(Screen[None]):
    """A screen of the console.

    Class attributes:
        TITLE_TEXT: In the head bar; "" means the product's name.
        HELP: What F1 explains, plain text; empty lines part paragraphs.
        COMMAND: The command line that does the same.
        KEYS: Its own keys and what they do, for key bar and help; the first stays where room is short.
            F1 and F10 are added.
        STATUS_ROWS: Rows of the status line.

    A screen that holds unsaved changes says so with `is_unsaved` and writes them with `save`.
    """

    TITLE_TEXT: ClassVar[str] = ""
    HELP: ClassVar[str] = ""
    COMMAND: ClassVar[str] = ""
    KEYS: ClassVar[tuple[Key, ...]] = (("↑↓", "move"), ("Enter", "choose"), ("Esc", "back"))
    STATUS_ROWS: ClassVar[int] = 1

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
        Binding("f1", "help", "Help", show=False),
    ]
    # Rules of a widget's own DEFAULT_CSS reach no class of the screen above it, so these stand here.
    DEFAULT_CSS = """
    ConsoleScreen.-short HeadBar { height: 1; }
    ConsoleScreen.-short HeadBar.-warned { height: 2; }
    ConsoleScreen.-short KeyBar { height: 1; }
    ConsoleScreen.-narrow FieldRow { height: 2; }
    ConsoleScreen.-narrow Action { height: 1; }
    """
    HORIZONTAL_BREAKPOINTS = HORIZONTAL_STEPS
    VERTICAL_BREAKPOINTS = VERTICAL_STEPS

    # Textual's own repaints the whole screen on every Tab; what shows the focus repaints itself.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    @property
    def console(self) -> "ConsoleApp":
        """The app, with its engine."""
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        """Frame the body."""
        self._fit()
        yield HeadBar(self.head_title(), self.console.host, self.console.sandbox is not None)
        with Body():
            yield from self.compose_body()
        if self.STATUS_ROWS:
            yield StatusLine(self.STATUS_ROWS)
        yield KeyBar(self.KEYS)

    def _fit(self) -> None:
        """Take on the classes of the terminal's size before anything is drawn.

        Textual gives them after the first paint, and then works out every style and the layout once more.
        """
        for size, steps in zip(self.app.size, (HORIZONTAL_STEPS, VERTICAL_STEPS), strict=True):
            fitting = [name for least, name in steps if size >= least]
            self.add_class(fitting[-1], update=False)

    def compose_body(self) -> ComposeResult:
        """Yield what stands between the bars."""
        raise NotImplementedError

    def head_title(self) -> str:
        """Title in the head bar."""
        return self.TITLE_TEXT or self.console.engine.profile.product

    def on_mount(self) -> None:
        """Show the standing warning."""
        self.show_warning(self.console.warning)

    def on_screen_resume(self) -> None:
        """Show the standing warning; what another screen changed may have changed it."""
        self.show_warning(self.console.warning)

    def first_painted(self) -> None:
        """Begin what had to wait for the app's first paint."""

    def show_warning(self, warning: str) -> None:
        """Say a standing warning in the head's rule line."""
        for bar in self.query(HeadBar):
            bar.show_warning(warning)

    def tell(self, text: str, tone: Tone = Tone.MUTED) -> None:
        """Say what happened, in the status line. Errors begin with the word ``Error:``."""
        for line in self.query(StatusLine):
            line.say(text, tone)

    def tell_error(self, text: str) -> None:
        """Say what went wrong."""
        self.tell(f"Error: {text}", Tone.FAILURE)

    def show_keys(self, *keys: Key) -> None:
        """Show other keys in the key bar."""
        for bar in self.query(KeyBar):
            bar.show(keys)

    def on_worker_state_changed(self, event: "Worker.StateChanged") -> None:
        """A worker that ended with an unexpected error is written down and said: nothing fails in silence."""
        error = event.worker.error
        if event.state.name == "ERROR" and error is not None:
            self.work_failed(self.console.written_down(error))

    def work_failed(self, said: str) -> None:
        """Say that a worker ended with an unexpected error."""
        self.tell_error(said)

    @property
    def is_unsaved(self) -> bool:
        """Whether leaving now would lose something."""
        return False

    def save(self, then: Callable[[], object]) -> None:
        """Write what is unsaved, then call `then`; where it cannot be written the screen says why."""
        then()

    def leave(self, then: Callable[[], object]) -> None:
        """Call `then` when nothing unsaved is lost by it; else ask first."""
        if not self.is_unsaved:
            then()
            return
        from screens.ask import DISCARD, SAVE, Ask

        def answered(answer: str | None) -> None:
            if answer == DISCARD:
                then()
            elif answer == SAVE:
                self.save(then)

        self.app.push_screen(Ask.unsaved(), answered)

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.leave(self._close)

    def _close(self) -> None:
        # Two Esc typed ahead must not close the screen below as well.
        if self.is_current and len(self.app.screen_stack) > 1:
            self.dismiss()

    def action_help(self) -> None:
        """Explain this screen."""
        from screens.help import HelpScreen

        self.app.push_screen(HelpScreen.of(self))


class ConsoleModal(ModalScreen[T]):
    """A question over a screen. It ends once, with `finish`, however often a key was pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False),
    ]
    DEFAULT_CSS = """
    ConsoleModal { background: transparent; align: center middle; }
    ConsoleModal > .box {
        width: 64; max-width: 100%; height: auto; max-height: 100%; padding: 1;
        border: solid $accent; background: $background; overflow: hidden auto; scrollbar-size: 1 1;
    }
    ConsoleModal.-short > .box { padding: 0; }
    ConsoleModal > KeyBar { dock: bottom; }
    ConsoleModal.-short > KeyBar { height: 1; }
    """
    HORIZONTAL_BREAKPOINTS = HORIZONTAL_STEPS
    VERTICAL_BREAKPOINTS = VERTICAL_STEPS

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    _finished = False

    @property
    def console(self) -> "ConsoleApp":
        """The app, with its engine."""
        return cast("ConsoleApp", self.app)

    def finish(self, result: T | None) -> None:
        """End with `result`; later calls change nothing (a second one would kill the app)."""
        if not self._finished:
            self._finished = True
            self.dismiss(result)

    def action_cancel(self) -> None:
        """End without an answer."""
        self.finish(None)
