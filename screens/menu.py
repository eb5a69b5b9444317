"""The menu, which is the dashboard: does mail work, what needs a hand, and where to go."""

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.values import dataclass
from screens.base import ConsoleScreen
from screens.theme import Tone
from screens.widgets.choice_list import ChoiceList, Item
from screens.widgets.drawn import Paragraphs

if TYPE_CHECKING:
    from textual.screen import Screen

    from screens.menu_state import MenuState, Said


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the menu.

    Attributes:
        digit: Typed to choose it.
        label: What it is called.
        module: ``screens.<module>`` holds the screen; the row is there when the module is. "" for Exit.
        screen: The class in it.
    """

    digit: str
    label: str
    module: str
    screen: str


ROWS: Final = (
    Row("1", "Mail on or off", "mail_switch", "MailSwitchScreen"),
    Row("2", "Mail transport", "mail_transport", "MailTransportScreen"),
    Row("3", "Mail host and sender", "mail_host", "MailHostScreen"),
    Row("4", "Microsoft 365 sign-in", "sign_in", "SignInScreen"),
    Row("5", "Components and tokens", "components", "ComponentsScreen"),
    Row("6", "Send a test mail", "test_mail", "TestMailScreen"),
    Row("7", "Test log", "test_log", "TestLogScreen"),
    Row("8", "Check everything", "checks", "ChecksScreen"),
    Row("9", "Microsoft 365 set-up guide", "guide", "GuideScreen"),
    Row("0", "Exit", "", ""),
)


def rows() -> tuple[Row, ...]:
    """Return the rows whose screens are there."""
    return tuple(row for row in ROWS if not row.module or find_spec(f"screens.{row.module}") is not None)


class MenuScreen(ConsoleScreen):
    """Menu and dashboard."""

    HELP = """
This is the mail set-up of this appliance. The first line says whether mail works; each item says its own
state on the right.

Set up mail from top to bottom: switch it on, choose how mail leaves this appliance, enter server and sender,
then send a test mail. When a mail fails, its transcript, the cause and what to do about it are shown, and
kept in the log.
"""
    COMMAND = "mail-console status"
    KEYS = (("1-9", "choose"), ("↑↓", "move"), ("Enter", "open"))
    STATUS_ROWS = 0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stay", show=False),
        Binding("f5", "refresh_states", show=False),
        Binding("f2", "sandbox('sandbox_faults', 'SandboxFaultsScreen')", show=False),
        Binding("f3", "sandbox('arrived_mail', 'ArrivedMailScreen')", show=False),
    ]
    SANDBOX_KEYS: ClassVar[tuple[tuple[str, str], ...]] = (("F2", "faults"), ("F3", "mail arrived"))
    DEFAULT_CSS = """
    MenuScreen Paragraphs { margin: 1 0; }
    MenuScreen.-short Paragraphs { margin: 0; }
    MenuScreen.-short #verdict { max-height: 3; }
    """

    class StatesRead(Message):
        """The states were read."""

        def __init__(self, state: "MenuState") -> None:
            super().__init__()
            self.state = state

    class UpkeepRead(Message):
        """A state that takes a moment was read."""

        def __init__(self, key: str, said: "Said") -> None:
            super().__init__()
            self.key = key
            self.said = said

    def __init__(self) -> None:
        super().__init__()
        self._rows = {row.digit: row for row in rows()}
        self._upkeep: dict[str, Said] = {}

    def compose_body(self) -> ComposeResult:
        """Yield verdict and items; the states follow from the worker."""
        yield Paragraphs((" ", Tone.MUTED), id="verdict")
        yield ChoiceList([Item(row.module, row.label, row.digit) for row in self._rows.values()], id="items")

    def on_mount(self) -> None:
        """Offer what only the sandbox has."""
        if self.console.sandbox is not None:
            self.show_keys(*self.KEYS, *self.SANDBOX_KEYS)

    def on_screen_resume(self) -> None:
        """Read the states again, a screen may have changed them; the first time, after the first paint."""
        if self.console.is_standing:
            self.read_states()

    def first_painted(self) -> None:
        """Read the states."""
        self.read_states()

    @work(thread=True, exclusive=True, exit_on_error=False, group="states")
    def read_states(self) -> None:
        """Read the states off the event loop."""
        from screens.menu_state import menu_state

        self.post_message(self.StatesRead(menu_state(self.console.engine)))

    @work(thread=True, exclusive=True, exit_on_error=False, group="upkeep")
    def read_upkeep(self) -> None:
        """Read what takes a moment longer."""
        from screens.upkeep_state import checks_state, components_state

        self.post_message(self.UpkeepRead("checks", checks_state(self.console.check_results)))
        self.post_message(self.UpkeepRead("components", components_state(self.console.engine)))

    def on_menu_screen_upkeep_read(self, event: UpkeepRead) -> None:
        """Show a state that came later."""
        self._upkeep[event.key] = event.said
        self.query_one("#items", ChoiceList).set_state(event.key, event.said.text, event.said.tone)

    def on_menu_screen_states_read(self, event: StatesRead) -> None:
        """Show the states."""
        state = event.state
        states = {**state.states, **self._upkeep}
        self.console.set_warning(state.standing)
        self.query_one("#verdict", Paragraphs).show(
            (state.verdict.text, state.verdict.tone), *((one.text, one.tone) for one in state.warnings)
        )
        items = self.query_one("#items", ChoiceList)
        items.show_items(
            [
                Item(
                    row.module,
                    row.label,
                    row.digit,
                    states[row.module].text if row.module in states else "",
                    states[row.module].tone if row.module in states else Tone.MUTED,
                )
                for row in self._rows.values()
            ]
        )
        self.read_upkeep()

    def work_failed(self, said: str) -> None:
        """Say in the verdict's place that the states could not be read."""
        self.query_one("#verdict", Paragraphs).show((f"Error: {said}", Tone.FAILURE))

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """Open a screen, or exit."""
        if not self.is_current:
            return
        if not event.item.key:
            self.console.leave()
            return
        self.app.push_screen(self._screen(self._rows[event.item.digit]))

    def _screen(self, row: Row) -> "Screen[None]":
        module = importlib.import_module(f"screens.{row.module}")
        screen: type[Screen[None]] = getattr(module, row.screen)
        return screen()

    def action_sandbox(self, module: str, screen: str) -> None:
        """Open a screen that only the sandbox has."""
        if self.console.sandbox is not None:
            self.app.push_screen(self._screen(Row("", "", module, screen)))

    def action_stay(self) -> None:
        """Esc does nothing here: one leaves by 0 or F10, not by one Esc too many."""

    def action_refresh_states(self) -> None:
        """Read the states again."""
        self.read_states()
