"""The token directory: each aspect found and wanted, and one key to put it right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.grade import Grade
from screens.base import ConsoleScreen
from screens.drawing import Piece
from screens.theme import Tone
from screens.widgets.drawn import Paragraphs
from screens.widgets.output_pane import OutputPane
from screens.widgets.report import GRADE_TONES

if TYPE_CHECKING:
    from console.install.token_wanted import Aspect, Wanted


_COLUMNS: Final = 35
"""Cells of grade and title before what was found."""


class TokenDirectoryScreen(ConsoleScreen):
    """Found and wanted of the token directory."""

    TITLE_TEXT = "Token directory"
    HELP = """
The appliance's own software reads the current access token from this directory. Its owner, group and modes
decide who can: the reader that the appliance profile names, and nobody else. Refresh token, secrets and keys
are never here.

F2 shows the commands that put it right, asks, and does it. Only the directory itself and the token file are
ever changed, never a parent, and never through a link.
"""
    COMMAND = "mail-console tokens check\nmail-console tokens fix --dry-run"
    KEYS = (("↑↓", "scroll"), ("F2", "put right"), ("F5", "look again"), ("Esc", "back"))
    AUTO_FOCUS = "OutputPane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "put_right", "Put right", show=False),
        Binding("f5", "look", "Look again", show=False),
    ]
    DEFAULT_CSS = """
    TokenDirectoryScreen Paragraphs { margin: 1 0; }
    TokenDirectoryScreen.-short Paragraphs { margin: 0; }
    """

    class Looked(Message):
        """Every aspect is known."""

        def __init__(self, aspects: "tuple[Aspect, ...]") -> None:
            super().__init__()
            self.aspects = aspects

    class Done(Message):
        """It was put right, or not."""

        def __init__(self, told: Sequence[str], error: str = "") -> None:
            super().__init__()
            self.told = told
            self.error = error

    def __init__(self) -> None:
        super().__init__()
        self._changed: tuple[str, ...] = ()

    def compose_body(self) -> ComposeResult:
        """Yield the verdict and the aspects."""
        yield Paragraphs((str(self.console.engine.paths.tokens), Tone.MUTED), id="verdict")
        yield OutputPane()

    def on_mount(self) -> None:
        """Look."""
        self.action_look()

    def action_look(self) -> None:
        """Look again."""
        self._changed = ()
        self.look()

    def _wanted(self) -> "Wanted":
        from console.install.token_directory import wanted

        engine = self.console.engine
        return wanted(engine.profile.token_directory, engine.paths.tokens)

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def look(self) -> None:
        """Look at every aspect, off the event loop."""
        from console.deadline import Deadline
        from console.install.token_directory import inspect

        self.post_message(self.Looked(inspect(self._wanted(), Deadline(30))))

    def on_token_directory_screen_looked(self, event: Looked) -> None:
        """Show verdict and aspects."""
        bad = [one for one in event.aspects if one.grade is Grade.FAILED]
        fixable = any(one.is_fixable for one in bad)
        verdict: Piece = ("All is as it must be.", Tone.OK)
        if bad:
            how = "F2 puts right what can be." if fixable else "It must be put right by hand."
            verdict = (
                f"{len(bad)} {'thing is' if len(bad) == 1 else 'things are'} wrong. {how}",
                Tone.FAILURE,
            )
        path = str(self.console.engine.paths.tokens)
        self.query_one("#verdict", Paragraphs).show(verdict, (path, Tone.MUTED))
        pane = self.query_one(OutputPane)
        pane.clear()
        worst_first = sorted(event.aspects, key=lambda one: -one.grade)
        pane.add([(f"Changed: {sentence}", Tone.STRONG) for sentence in self._changed], hang=9)
        pane.add([line for one in worst_first for line in _lines(one)], hang=_COLUMNS)
        pane.action_scroll_first()

    def action_put_right(self) -> None:
        """Show the commands and ask, then do it."""
        from console.errors import ConsoleError
        from console.install.token_repair import plan
        from screens.ask import YES, Ask

        try:
            commands = [repair.command.text for repair in plan(self._wanted())]
        except ConsoleError as error:
            self.tell_error(str(error))
            return
        if not commands:
            self.tell("Nothing to put right.")
            return

        def answered(answer: str | None) -> None:
            if answer == YES:
                self.put_right()

        question = "Put the token directory right? This does what these commands would do:"
        ask = Ask.yes_or_no(question, "Put it right", "Leave it", "\n".join(commands))
        self.app.push_screen(ask, answered)

    @work(thread=True, exclusive=True, exit_on_error=False, group="put-right")
    def put_right(self) -> None:
        """Do it, off the event loop."""
        from console.errors import ConsoleError
        from console.install.token_repair import fix

        try:
            self.post_message(self.Done(fix(self._wanted())))
        except ConsoleError as error:
            self.post_message(self.Done((), str(error)))

    def on_token_directory_screen_done(self, event: Done) -> None:
        """Say what was changed, and look again."""
        if event.error:
            self.tell_error(event.error)
        else:
            self.tell("Put right: what was changed stands above." if event.told else "Nothing to put right.")
        self._changed = tuple(event.told)
        self.look()


def _lines(aspect: "Aspect") -> list[Piece]:
    is_wrong = aspect.grade in (Grade.FAILED, Grade.WARNING)
    found = f"{aspect.found}, wanted {aspect.wanted}" if is_wrong else aspect.found
    head = f"{aspect.grade.word:<15} {aspect.title:<18.18} "
    lines: list[Piece] = [(f"{head}{found}", GRADE_TONES[aspect.grade])]
    if aspect.note:
        lines.append((f"{'':<{_COLUMNS}}{aspect.note}", Tone.MUTED))
    return lines
