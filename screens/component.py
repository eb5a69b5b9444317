"""One component: why it is needed, found and wanted, the exact commands; installing it, the output live."""

import time
from collections import deque
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
from screens.widgets.output_pane import KEPT_ROWS, OutputPane, command_line

if TYPE_CHECKING:
    from textual.timer import Timer

    from console.deadline import Cancellation, Deadline
    from console.install.command import Command
    from console.install.installer import Installed
    from console.install.model import Component
    from console.install.presence import Presence
    from console.verdict import Finding

_IDLE_KEYS = (("↑↓", "scroll"), ("F2", "install"), ("Esc", "back"))
_SANDBOX_NOTE = "The sandbox has no packages of its own: this changes the machine you are on."
_BUSY_KEYS = (("↑↓", "scroll"), ("Esc", "stop"))
_DRAW_SECONDS = 0.1
"""How often new output is drawn: a command may say more than a screen or a line can take."""


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
    ComponentScreen Paragraphs { margin: 1 0; max-height: 50%; overflow: hidden auto; }
    ComponentScreen.-short Paragraphs { margin: 0; }
    """

    class Output(Message):
        """Lines for the pane."""

        def __init__(self, lines: Sequence[Piece]) -> None:
            super().__init__()
            self.lines = lines

    class State(Message):
        """How it stands.

        Args:
            said: What there is to tell, the state first.
            ended: How an installation ended, a word or two; "" while none did.
        """

        def __init__(self, said: Sequence[Piece], ended: str = "") -> None:
            super().__init__()
            self.said = said
            self.ended = ended

    def __init__(self, component: "Component", known: "tuple[Component, ...]") -> None:
        super().__init__()
        self.component = component
        self._known = known
        self._cancellation: Cancellation | None = None
        self._coming: deque[Piece] = deque(maxlen=KEPT_ROWS)
        self._step = ""
        self._began = 0.0
        self._timer: Timer | None = None

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
        from console.install.installer import chosen, package_manager, plan
        from console.install.presence import look

        engine = self.console.engine
        try:
            presence = look(self.component, Deadline(15))
            self.post_message(self.State([state_of(presence), facts_of(presence, self._known)]))
            lines: list[Piece] = [("These commands would install it:", Tone.MUTED)]
            wanted = [
                one
                for one in chosen(self._known, [self.component.name])
                if one is self.component or not look(one, Deadline(15)).is_found
            ]
            for steps in plan(wanted, package_manager(), engine.paths):
                lines += [command_line(step.text) for step in steps]
            self.post_message(self.Output(lines))
        except ConsoleError as error:
            self.post_message(self.Output([(str(error), Tone.MUTED)]))

    def action_install(self) -> None:
        """Ask, then install."""
        if self.is_busy:
            return
        if self.component.comes:
            self.tell(f"It comes {self.component.comes}. Nothing installs it yet.", Tone.WARNING)
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
        self._step, self._began = "Installing", time.monotonic()
        self._timer = self.set_interval(_DRAW_SECONDS, self._draw)
        self._draw()
        self.install(self._cancellation)

    @work(thread=True, exclusive=True, exit_on_error=False, group="install")
    def install(self, cancellation: "Cancellation") -> None:
        """Install what it needs and it; whatever became of it, look again."""
        from console.deadline import Deadline
        from console.errors import CancelledError, ConsoleError
        from console.install.installer import INSTALL_SECONDS
        from console.install.presence import look

        said: list[Piece] = []
        ended = "Not installed."
        try:
            said += self._installed(Deadline(INSTALL_SECONDS, cancellation))
            ended = "Done." if said and said[-1][1] is Tone.OK else ended
        except CancelledError:
            said.append(
                ("Stopped. What was begun may be there in part; installing again ends it.", Tone.WARNING)
            )
            ended = "Stopped."
        except ConsoleError as error:
            said.append((f"Error: {error}", Tone.FAILURE))
        finally:
            presence = look(self.component, Deadline(15))
            self.post_message(self.State([state_of(presence), *said, facts_of(presence, self._known)], ended))

    def _installed(self, deadline: "Deadline") -> Sequence[Piece]:
        """Return what is to be said of each, the last one in the tone of how it went."""
        from console.install import log
        from console.install.installer import chosen, install, package_manager, plan
        from console.install.presence import look

        engine = self.console.engine
        wanted = [
            one
            for one in chosen(self._known, [self.component.name])
            if one is self.component or not look(one, deadline).is_found
        ]
        total = sum(map(len, plan(wanted, package_manager(), engine.paths)))
        count = 0
        with log.opened(engine.paths.log) as keep:
            on_line = keep(lambda line: self._coming.append((line, Tone.TEXT)))
            show_command = keep(lambda text: self._coming.append((text, Tone.STRONG)))

            def on_command(command: "Command") -> None:
                nonlocal count
                count += 1
                self._step = f"Step {count} of {max(count, total)}: {command.why}"
                show_command(f"$ {command.text}")

            said: list[Piece] = []
            for one in wanted:
                done = install(one, engine.paths, deadline, on_line, on_command)
                keep(lambda _line: None)(_outcome(done))
                if done.finding is not None:
                    return [*said, *_why(one, done.finding)]
                said.append((f"Installed: {one.title} {done.presence.version}".rstrip() + ".", Tone.OK))
        return said

    def _draw(self) -> None:
        """Show what came, the step and how long it takes."""
        lines = [self._coming.popleft() for _ in range(len(self._coming))]
        if lines:
            self.query_one(OutputPane).add(lines)
        if self._cancellation is not None and not self._cancellation.is_cancelled:
            self.tell(f"{self._step} ({time.monotonic() - self._began:.0f} s). Esc stops it.")

    def on_component_screen_output(self, event: Output) -> None:
        """Show lines."""
        self.query_one(OutputPane).add(event.lines)

    def on_component_screen_state(self, event: State) -> None:
        """Show how it stands."""
        why: list[Piece] = [] if event.ended else [(self.component.why, Tone.TEXT)]
        self.query_one("#state", Paragraphs).show(*why, *event.said)
        if event.ended:
            self._cancellation = None
            if self._timer is not None:
                self._timer.stop()
            self._draw()
            self.show_keys(*_IDLE_KEYS)
            self.tell(event.ended)

    def action_back(self) -> None:
        """Stop what runs; else go back."""
        if self._cancellation is not None:
            self._cancellation.cancel()
            self.tell("Stopping, once the package at hand is whole …")
        else:
            super().action_back()

    def on_unmount(self) -> None:
        """Nothing of ours runs on when the screen is gone."""
        if self._cancellation is not None:
            self._cancellation.cancel()


def facts_of(presence: "Presence", known: "Sequence[Component]") -> Piece:
    """Return what is wanted and what else it needs, on one line."""
    from console.install.presence import State

    component = presence.component
    wanted = f"{component.least} or newer" if component.least else "any version"
    titles = [one.title for one in known if one.name in component.needs]
    parts = [f"Wanted: {wanted}", *([component.need.value] if presence.is_found else [])]
    if titles:
        parts.append(f"needs {', '.join(titles)}")
    if presence.lacking and presence.state is State.MISSING:  # else it is said already
        parts.append(f"lacking: {presence.lacking}")
    return (", ".join(parts) + ".", Tone.MUTED)


def _outcome(done: "Installed") -> str:
    """Return the installer's log line of how it ended."""
    name = done.presence.component.name
    state = f"{name}: {done.presence.state.value} {done.presence.version}".rstrip()
    return state if done.finding is None else f"{state}; {done.finding.cause}"


def _why(component: "Component", finding: "Finding") -> list[Piece]:
    said: list[Piece] = [(f"Said: {finding.said}", Tone.MUTED)] if finding.said else []
    fixes: list[Piece] = [(f"Fix: {step}", Tone.TEXT) for step in finding.fix]
    head = f"{component.title} is not installed. Cause: {finding.cause}"
    return [(head, Tone.STRONG), *said, *fixes]
