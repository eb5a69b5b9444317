"""Components and tokens: what is there, which version, what is missing; and the way to each."""

from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.worker import get_current_worker

from screens.base import ConsoleScreen
from screens.theme import Tone
from screens.widgets.choice_list import ChoiceList, Item
from screens.widgets.drawn import PlainLabel

if TYPE_CHECKING:
    from console.deadline import Deadline
    from console.install.model import Component
    from console.install.presence import Presence

TOKENS: Final = "token-directory"
_LOOK_SECONDS: Final = 30.0


class ComponentsScreen(ConsoleScreen):
    """Each component and the token directory with their states."""

    TITLE_TEXT = "Components and tokens"
    HELP = """
What this appliance needs around the console. Required ones must be there; recommended ones keep mail working
without a person; optional ones are for software that sends with the token of this console.

Enter shows one: why it is needed, the exact commands that would install it, and the key that runs them.
Nothing is installed before you have seen the commands and said yes.

The token directory holds the access token for the appliance's own software. Enter shows its owner, group and
modes, found and wanted, and the key that puts them right.
"""
    COMMAND = "mail-console components\nmail-console tokens check"
    KEYS = (("↑↓", "move"), ("Enter", "show"), ("F5", "look again"), ("Esc", "back"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5", "look", "Look again", show=False)]
    DEFAULT_CSS = (
        "ComponentsScreen PlainLabel { margin: 1 0; } ComponentsScreen.-short PlainLabel { margin: 0; }"
    )

    class Looked(Message):
        """One row is known."""

        def __init__(self, key: str, state: str, tone: Tone) -> None:
            super().__init__()
            self.key = key
            self.state = state
            self.tone = tone

    class Failed(Message):
        """The list cannot be read."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Listed(Message):
        """The list was read."""

        def __init__(self, known: "tuple[Component, ...]") -> None:
            super().__init__()
            self.known = known

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Component] = {}

    def compose_body(self) -> ComposeResult:
        """Yield the list; it is filled by the worker."""
        yield PlainLabel("What this appliance needs around the console.", Tone.MUTED)
        yield ChoiceList([], label_width=33, id="components")

    def on_screen_resume(self) -> None:
        """Look again; a screen above may have installed something."""
        self.action_look()

    def action_look(self) -> None:
        """Look at everything again."""
        self.look_at_all()

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def look_at_all(self) -> None:
        """Read the list and look at each component, off the event loop."""
        from console.deadline import Deadline
        from console.errors import ConsoleError
        from console.install.model import components
        from console.install.presence import look

        engine, worker = self.console.engine, get_current_worker()
        try:
            known = components(engine.profile)
        except ConsoleError as error:
            self.post_message(self.Failed(str(error)))
            return
        self.post_message(self.Listed(known))
        deadline = Deadline(_LOOK_SECONDS)
        for component in known:
            if worker.is_cancelled:
                return
            state, tone = state_of(look(component, deadline))
            self.post_message(self.Looked(component.name, state, tone))
        self.post_message(self.Looked(TOKENS, *self._token_state(deadline)))

    def _token_state(self, deadline: "Deadline") -> tuple[str, Tone]:
        from console.grade import Grade
        from console.install.token_directory import inspect, wanted

        engine = self.console.engine
        want = wanted(engine.profile.token_directory, engine.paths.tokens)
        bad = [one for one in inspect(want, deadline) if one.grade is Grade.FAILED]
        if not bad:
            return "right", Tone.OK
        return f"wrong: {bad[0].title.lower()} {bad[0].found}", Tone.FAILURE

    def on_components_screen_listed(self, event: Listed) -> None:
        """Show the rows, their states still to come."""
        self._known = {one.name: one for one in event.known}
        choices = self.query_one(ChoiceList)
        shown = {one.key: one for one in choices.items}
        names = [(one.name, one.title) for one in event.known] + [(TOKENS, "Token directory")]
        choices.show_items(
            [
                shown.get(name) or Item(name, title, digit=str(number) if number < 10 else "", state="…")
                for number, (name, title) in enumerate(names, 1)
            ]
        )
        choices.focus()

    def on_components_screen_looked(self, event: Looked) -> None:
        """Show one state."""
        self.query_one(ChoiceList).set_state(event.key, event.state, event.tone)

    def on_components_screen_failed(self, event: Failed) -> None:
        """Say why there is no list."""
        self.tell_error(event.text)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """Open one."""
        if not self.is_current:
            return
        if event.item.key == TOKENS:
            from screens.token_directory import TokenDirectoryScreen

            self.app.push_screen(TokenDirectoryScreen())
        elif component := self._known.get(event.item.key):
            from screens.component import ComponentScreen

            self.app.push_screen(ComponentScreen(component, tuple(self._known.values())))


def state_of(presence: "Presence") -> tuple[str, Tone]:
    """Return how a component stands, in words, with the tone for it."""
    from console.install.model import Need
    from console.install.presence import State

    if presence.is_found:
        return f"found {presence.version}".rstrip(), Tone.OK
    if presence.state is State.COMING:
        return presence.lacking, Tone.MUTED
    need = presence.component.need
    tone = {Need.REQUIRED: Tone.FAILURE, Need.RECOMMENDED: Tone.WARNING}.get(need, Tone.MUTED)
    version = f" {presence.version}" if presence.version else ""
    return f"{presence.state.value}{version}, {need.value}", tone
