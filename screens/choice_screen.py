"""Screens that set one setting by choosing: applied and saved at once, and shown."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult

from console.errors import ConsoleError
from console.settings import FIELDS, Settings
from screens.applying import Applied, Change, NotApplied, apply_change
from screens.theme import Tone
from screens.told_whole import ToldWhole
from screens.widgets.choice_list import ChoiceList, Item

IN_USE = "in use"


@dataclass(frozen=True, slots=True)
class Option:
    """One value that can be chosen.

    Attributes:
        value: As the rule of the setting reads it.
        label: What it is called.
        more: When to choose it and what it needs.
    """

    value: str
    label: str
    more: tuple[str, ...] = ()


class ChoiceScreen(ToldWhole):
    """Sets one setting.

    Class attributes:
        KEY: Of the setting.
        OPTIONS: What can be chosen.
        NEXT: Said after saving: what to do next, or "".
    """

    KEY: ClassVar[str]
    OPTIONS: ClassVar[tuple[Option, ...]]
    NEXT: ClassVar[str] = ""
    KEYS = (
        ("1-9", "choose"),
        ("↑↓", "move"),
        ("Enter", "Go: saves at once"),
        ("Esc", "back"),
    )
    DEFAULT_CSS = """
    ChoiceScreen ChoiceList { margin-top: 1; }
    ChoiceScreen.-short ChoiceList { margin-top: 0; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._chosen: str | None = None

    def compose_body(self) -> ComposeResult:
        """Yield the options; the one in use has the mark."""
        try:
            self._chosen = self._value_in(self.console.engine.settings.load())
        except ConsoleError as error:
            self.call_after_refresh(self.tell_error, str(error))
        values = [option.value for option in self.OPTIONS]
        marked = values.index(self._chosen) if self._chosen in values else 0
        yield ChoiceList(self._items(), marked=marked, label_width=50)

    def on_mount(self) -> None:
        """Say at once when there is nothing to choose."""
        super().on_mount()
        if lock := self.console.engine.settings.lock_on(self.KEY):
            self.tell(f"Locked: {lock.reason}", Tone.WARNING)

    def _value_in(self, settings: Settings) -> str:
        return FIELDS[self.KEY].rule.text(settings.value(self.KEY))

    def _items(self) -> list[Item]:
        return [
            Item(
                option.value,
                option.label,
                str(number),
                IN_USE if option.value == self._chosen else "",
                Tone.OK,
                (*option.more, "") if len(option.more) > 1 and number < len(self.OPTIONS) else option.more,
            )
            for number, option in enumerate(self.OPTIONS, 1)
        ]

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """Apply what was chosen."""
        event.stop()
        if lock := self.console.engine.settings.lock_on(self.KEY):
            self.tell_error(f"locked, it cannot be changed here: {lock.reason}")
        elif event.item.key == self._chosen:
            self.tell(f"{event.item.label} is in use already. {self.NEXT}".strip())
        else:
            self.write(Change(typed={self.KEY: event.item.key}))

    @work(thread=True, exclusive=True, exit_on_error=False, group="save")
    def write(self, change: Change) -> None:
        """Write off the event loop: a lock may have to be waited for."""
        self.post_message(apply_change(self.console.engine, change))

    @on(Applied)
    def saved(self, event: Applied) -> None:
        """Show what was saved."""
        self._chosen = self._value_in(event.settings)
        self.query_one(ChoiceList).show_items(self._items())
        self.console.note_settings(event.settings)
        label = next(option.label for option in self.OPTIONS if option.value == self._chosen)
        if event.notices:
            self.tell(f"Saved. {' '.join(event.notices)}", Tone.WARNING)
        else:
            title = "" if self.NEXT else f"{FIELDS[self.KEY].title} = "  # one row holds no more
            self.tell(f"Saved: {title}{label}. {self.NEXT}".strip(), Tone.OK)

    @on(NotApplied)
    def not_saved(self, event: NotApplied) -> None:
        """Say what is wrong; nothing was saved."""
        self.tell_error(f"{event.error} Nothing was saved.")
