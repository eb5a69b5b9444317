"""One component: why it is needed, the exact commands, and installing it with the output live."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from screens.base import ConsoleScreen
from screens.components import state_of
from screens.drawing import Piece
from screens.theme import Tone
from screens.widgets.drawn import Paragraphs
from screens.widgets.output_pane import OutputPane, command_line

if TYPE_CHECKING:
    from console.deadline import Cancellation
    from console.install.model import Component
    from console.verdict import Finding

_IDLE_KEYS = (("Esc", "back"), ("↑↓", "scroll"), ("F2", "install"), ("F10", "exit"), ("F1", "help"))
_SANDBOX_NOTE = "The sandbox has no packages of its own: this changes the machine you are on."
_BUSY_KEYS = (("Esc", "stop"), ("↑↓", "scroll"), ("F1", "help"))


class ComponentScreen(ConsoleScreen):
    """One component.

    Args:
        component: Which.
        known: All components, for those that it needs.
    """

    HELP = """
Below are the exact commands that would install this component. F2 asks once more, then runs them; their
output stands here as it comes, and is kept in install.log beside the send log.

Esc stops what runs, with everything it started. Whatever the commands said, the component counts as installed
only when looking for it again finds it.
"""
    COMMAND = "mail-console components install NAME"
    KEYS = _IDLE_KEYS
    AUTO_FOCUS = "OutputPane"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "install", "Install", show=False)]
    DEFAULT_CSS = """
    ComponentScreen Paragraphs { margin: 1 2; max-height: 50%; overflow: hidden auto; }
    ComponentScreen.-short Paragraphs { margin: 0 1; }
    """

    class Output(Message):
        """Lines for the pane."""

        def __init__(self, lines: Sequence[Piece]) -> None:
            super().__init__()
            self.lines = lines

    class State(Message):
        """How it stands; `said` is what else there is to tell."""

        def __init__(self, said: Sequence[Piece], *, is_final: bool) -> None:
            super().__init__()
            self.said = said
            self.is_final = is_final

    def __init__(self, component: "Component", known: "tuple[Component, ...]") -> None:
        super().__init__()
        self.component = component
        self._known = known
        self._cancellation: Cancellation | None = None

    def head_title(self) -> str:
        """The component's name."""
        return self.component.title

    def compose_body(self) -> ComposeResult:
        """Yield what is known and the pane of commands and output."""
        yield Paragraphs((self.component.why, Tone.TEXT), id="state")
        yield OutputPane()

    def on_mount(self) -> None:
        """Show commands and state."""
        self.look()

    @property
    def is_busy(self) -> bool:
        """Whether commands run."""
        return self._cancellation is not None

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def look(self) -> None:
        """Find the state and the commands, off the event loop."""
        from console.deadline import Deadline
        from console.errors import ConsoleError
        from console.install.installer import chosen, commands, package_manager
        from console.install.presence import look

        engine = self.console.engine
        try:
            presence = look(self.component, Deadline(15))
            self.post_message(self.State([state_of(presence)], is_final=False))
            lines: list[Piece] = [("These commands would install it:", Tone.MUTED)]
            for one in chosen(self._known, [self.component.name]):
                if not look(one, Deadline(15)).is_found or one is self.component:
                    lines += [command_line(c.text) for c in commands(one, package_manager(), engine.paths)]
            self.post_message(self.Output(lines))
        except ConsoleError as error:
            self.post_message(self.State([(f"Error: {error}", Tone.FAILURE)], is_final=False))

    def action_install(self) -> None:
        """Ask, then install."""
        if self.is_busy:
            return
        from screens.ask import YES, Ask

        def answered(answer: str | None) -> None:
            if answer == YES and not self.is_busy:
                self._begin()

        question = f"Install {self.component.title} on this appliance?"
        detail = _SANDBOX_NOTE if self.console.sandbox is not None else ""
        self.app.push_screen(Ask.yes_or_no(question, "Install", "Do not install", detail), answered)

    def _begin(self) -> None:
        from console.deadline import Cancellation

        self._cancellation = Cancellation()
        self.query_one(OutputPane).clear()
        self.show_keys(*_BUSY_KEYS)
        self.tell("Installing. Esc stops it.")
        self.install(self._cancellation)

    @work(thread=True, exclusive=True, exit_on_error=False, group="install")
    def install(self, cancellation: "Cancellation") -> None:
        """Install what it needs and it, posting output as it comes."""
        from console.errors import CancelledError, ConsoleError

        try:
            self.post_message(self.State(self._installed(cancellation), is_final=True))
        except CancelledError:
            said = "Stopped. Look at the output: what was begun may be there in part."
            self.post_message(self.State([(said, Tone.WARNING)], is_final=True))
        except ConsoleError as error:
            self.post_message(self.State([(f"Error: {error}", Tone.FAILURE)], is_final=True))

    def _installed(self, cancellation: "Cancellation") -> Sequence[Piece]:
        from console.deadline import Deadline
        from console.install import log
        from console.install.installer import INSTALL_SECONDS, chosen, install
        from console.install.presence import look

        engine = self.console.engine
        deadline = Deadline(INSTALL_SECONDS, cancellation)
        said: list[Piece] = []
        with log.opened(engine.paths.log) as keep:
            on_line = keep(lambda line: self._post((line, Tone.TEXT)))
            on_command = keep(lambda text: self._post((text, Tone.STRONG)))
            for one in chosen(self._known, [self.component.name]):
                if one is not self.component and look(one, deadline).is_found:
                    continue
                done = install(one, engine.paths, deadline, on_line, lambda run: on_command(f"$ {run.text}"))
                state, tone = state_of(done.presence)
                said.append((f"{one.title}: {state}", tone))
                if done.finding is not None:
                    return [*said, *_why(done.finding)]
        return said

    def _post(self, line: Piece) -> None:
        self.post_message(self.Output([line]))

    def on_component_screen_output(self, event: Output) -> None:
        """Show lines."""
        self.query_one(OutputPane).add(event.lines)

    def on_component_screen_state(self, event: State) -> None:
        """Show how it stands."""
        self.query_one("#state", Paragraphs).show((self.component.why, Tone.TEXT), *event.said)
        if event.is_final:
            self._cancellation = None
            self.show_keys(*_IDLE_KEYS)
            self.tell("Done." if event.said and event.said[-1][1] is Tone.OK else "Not installed.")

    def action_back(self) -> None:
        """Stop what runs; else go back."""
        if self._cancellation is not None:
            self._cancellation.cancel()
            self.tell("Stopping …")
        else:
            super().action_back()

    def on_unmount(self) -> None:
        """Nothing of ours runs on when the screen is gone."""
        if self._cancellation is not None:
            self._cancellation.cancel()


def _why(finding: "Finding") -> list[Piece]:
    fixes: list[Piece] = [(f"Fix: {step}", Tone.TEXT) for step in finding.fix]
    return [(f"Cause: {finding.cause}", Tone.STRONG), *fixes]
