"""The sandbox's faults: choose what the stand-ins do wrong from now on, and read what that must lead to."""

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.errors import ConsoleError
from screens.base import ConsoleScreen
from screens.theme import Tone
from screens.widgets.choice_list import ChoiceList, Item
from screens.widgets.drawn import Paragraphs
from screens.widgets.text_input import TextInput

if TYPE_CHECKING:
    from console.sandbox.scenarios import FaultInfo

_NONE: Final = ""
"""Key of the row that ends every fault."""
_PLAYED: Final = "played now"


class SandboxFaultsScreen(ConsoleScreen):
    """Lists every fault and plays the one chosen."""

    TITLE_TEXT = "Sandbox: faults"
    HELP = """
What can go wrong, to be rehearsed: choose a fault, go back, and sign in or send a test mail. The stand-ins
then answer as the real services do in that case, and the console has to find out why.

The first faults are whole stories; those further down are single replies of the mail server, of Graph, and of
the sign-in service by their AADSTS number. / looks for words in all of them. One fault is played at a time;
the first row ends it.
"""
    COMMAND = "mail-console --sandbox --fault NAME"
    KEYS = (("↑↓", "move"), ("Enter", "play"), ("/", "look for"), ("Esc", "back"))
    AUTO_FOCUS = "#faults"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("slash", "search", "Look for", show=False)]
    DEFAULT_CSS = """
    SandboxFaultsScreen ChoiceList { margin: 1 0; }
    SandboxFaultsScreen #detail { height: 4; }
    SandboxFaultsScreen.-short ChoiceList { margin: 0; }
    SandboxFaultsScreen.-short #detail { height: 3; }
    """

    class Played(Message):
        """The stand-ins play another fault, or none."""

    class NotPlayed(Message):
        """They do not."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[str, FaultInfo] = {}

    def compose_body(self) -> ComposeResult:
        """Yield search field, list and detail."""
        sandbox = self.console.sandbox
        self.faults = {one.name: one for one in sandbox.faults()} if sandbox is not None else {}
        needle = TextInput("Look for", max_length=60, id="needle")
        needle.display = False
        yield needle
        items = self._items("")
        chosen = [index for index, item in enumerate(items) if item.state]
        yield ChoiceList(items, marked=chosen[0] if chosen else 0, label_width=56, id="faults")
        yield Paragraphs((" ", Tone.MUTED), id="detail")

    def on_mount(self) -> None:
        """Explain the marked fault."""
        super().on_mount()
        self._explain()

    def _items(self, needle: str) -> list[Item]:
        played = self.console.sandbox.chosen_faults if self.console.sandbox is not None else ()
        found = [Item(_NONE, "No fault: everything works", state="" if played else _PLAYED, tone=Tone.OK)]
        for name, fault in self.faults.items():
            text = f"{name} {fault.title} {fault.story}".casefold()
            if all(word in text for word in needle.casefold().split()):
                state = _PLAYED if name in played else ""
                found.append(Item(name, fault.title, state=state, tone=Tone.WARNING))
        return found

    def _explain(self) -> None:
        item = self.query_one(ChoiceList).marked_item
        fault = self.faults.get(item.key) if item is not None else None
        if fault is None:
            lines = [(line, Tone.TEXT) for line in self._what_to_type()]
        else:
            leads = f"ends in: {fault.expects}" if fault.expects else "ends well"
            lines = [(fault.story or fault.title, Tone.TEXT), (f"--fault {fault.name}  {leads}", Tone.MUTED)]
        self.query_one("#detail", Paragraphs).show(*lines)

    def _what_to_type(self) -> list[str]:
        """Return what the sandbox takes, for whoever has to type it."""
        from console.sandbox.directory import CLIENT_SECRET, PASSWORD, SENDER

        where = self.console.sandbox.addresses.app_page if self.console.sandbox is not None else ""
        return [
            f"User name: {SENDER.address}   Password: {PASSWORD}",
            f"Client secret: {CLIENT_SECRET}",
            f"App registration, to upload a certificate: {where}",
        ]

    def on_choice_list_marked(self, _event: ChoiceList.Marked) -> None:
        """Explain the fault that is marked now."""
        self._explain()

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """Play what was chosen."""
        event.stop()
        self.play(event.item.key or None)

    @work(thread=True, exclusive=True, exit_on_error=False, group="fault")
    def play(self, name: str | None) -> None:
        """Tell the stand-ins off the event loop: the mail server may have to be stopped or started."""
        sandbox = self.console.sandbox
        if sandbox is None:
            return
        try:
            sandbox.set_fault(name)
        except ConsoleError as error:
            self.post_message(self.NotPlayed(str(error)))
        else:
            self.post_message(self.Played())

    @on(Played)
    def show_played(self) -> None:
        """Say what is played now."""
        choices = self.query_one(ChoiceList)
        choices.show_items(self._items(self.query_one(TextInput).value))
        played = self.console.sandbox.chosen_faults if self.console.sandbox is not None else ()
        if played:
            self.tell(f"From now on: {self.faults[played[0]].title}.", Tone.WARNING)
        else:
            self.tell("Everything works again.", Tone.OK)

    @on(NotPlayed)
    def show_not_played(self, event: NotPlayed) -> None:
        """Say why not."""
        self.tell_error(event.text)

    def action_search(self) -> None:
        """Ask what to look for."""
        needle = self.query_one(TextInput)
        needle.display = True
        needle.focus()
        self.tell("Enter looks for these words; Esc goes back to the list.")

    @on(TextInput.Submitted)
    def search(self, event: TextInput.Submitted) -> None:
        """Show only what has these words."""
        event.stop()
        self._close_search()
        self._show_found()

    def _show_found(self) -> None:
        needle = self.query_one(TextInput).value
        items = self._items(needle)
        self.query_one(ChoiceList).show_items(items)
        self.query_one(ChoiceList).marked = min(1, len(items) - 1) if needle else 0
        self.query_one(ChoiceList).refresh()
        self._explain()
        self.tell(f"{len(items) - 1} of {len(self.faults)} faults have “{needle}” in them." if needle else "")

    def _close_search(self) -> None:
        self.query_one(ChoiceList).focus()
        self.query_one(TextInput).display = False

    def action_back(self) -> None:
        """Close the search field; else show all faults; else go back."""
        needle = self.query_one(TextInput)
        if needle.display:
            self._close_search()
        elif needle.value:
            needle.value = ""
            self._show_found()
        else:
            super().action_back()
