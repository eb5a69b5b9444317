"""Questions: one sentence or two, and answers to choose from. The focus never starts on an answer that loses,
sends or installs something: keys typed ahead must not do harm.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from screens.base import ConsoleModal
from screens.theme import Tone
from screens.widgets.bars import KeyBar
from screens.widgets.choice_list import ChoiceList, Item
from screens.widgets.drawn import PlainLabel

SAVE: Final = "save"
DISCARD: Final = "discard"
STAY: Final = "stay"
YES: Final = "yes"
NO: Final = "no"


class Ask(ConsoleModal[str]):
    """A question; ends with the key of the answer, or None for Esc.

    Args:
        question: What is asked; any text is safe.
        answers: Key and label, the harmless one first: it has the mark.
        detail: Said below the question.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
        Binding("tab", "move(1)", show=False),
        Binding("shift+tab", "move(-1)", show=False),
    ]
    DEFAULT_CSS = """
    Ask ChoiceList { height: auto; margin-top: 1; }
    Ask PlainLabel#detail { margin-top: 1; }
    """

    def __init__(self, question: str, answers: Sequence[tuple[str, str]], detail: str = "") -> None:
        super().__init__()
        self.question = question
        self.answers = tuple(answers)
        self.detail = detail

    @classmethod
    def unsaved(cls) -> "Ask":
        """Ask what becomes of unsaved changes."""
        return cls(
            "There are changes that are not saved.",
            ((STAY, "Stay here"), (SAVE, "Save them, then leave"), (DISCARD, "Discard them and leave")),
        )

    @classmethod
    def yes_or_no(cls, question: str, yes: str = "Yes", no: str = "No", detail: str = "") -> "Ask":
        """Ask for a yes; No has the mark."""
        return cls(question, ((NO, no), (YES, yes)), detail)

    def compose(self) -> ComposeResult:
        """Draw the box, and its keys in place of those of the screen below."""
        with Container(classes="box"):
            yield PlainLabel(self.question, Tone.STRONG)
            if self.detail:
                yield PlainLabel(self.detail, Tone.MUTED, id="detail")
            yield ChoiceList(
                [Item(key, label, digit=str(number)) for number, (key, label) in enumerate(self.answers, 1)]
            )
        yield KeyBar((("↑↓", "move"), ("Enter", "choose"), ("F1", ""), ("Esc", "cancel"), ("F10", "")))

    def action_move(self, by: int) -> None:
        """Mark another answer."""
        self.query_one(ChoiceList).action_move(by)

    def on_choice_list_chosen(self, event: ChoiceList.Chosen) -> None:
        """End with the answer chosen."""
        event.stop()
        self.finish(event.item.key)
