"""Writing settings and secrets off the event loop, and what comes of it: a message, always one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

from console.applying import apply
from console.errors import ConsoleError
from console.secret import Secret
from console.settings import FIELDS, Settings
from console.settings.problems import SettingsError

if TYPE_CHECKING:
    from console.engine import Engine


@dataclass(frozen=True, slots=True)
class Change:
    """What the operator wants to change.

    Attributes:
        typed: Text by settings key.
        secrets: Secrets to store, by key; an empty one is forgotten.
    """

    typed: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.typed or self.secrets)

    def in_words(self, settings: Settings) -> str:
        """Return what was changed, as it stands in `settings` now, for the status line."""
        texts = {key: FIELDS[key].rule.text(settings.value(key)) for key in self.typed}
        words = [f"{FIELDS[key].title} = {text or '(empty)'}" for key, text in texts.items()]
        words += [
            f"{FIELDS[key].title} {'stored' if secret else 'forgotten'}"
            for key, secret in self.secrets.items()
        ]
        return "; ".join(words)


class Applied(Message):
    """A change was saved; `notices` say what it does to what was there before."""

    def __init__(self, change: Change, settings: Settings, notices: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.change = change
        self.settings = settings
        self.notices = notices


class NotApplied(Message):
    """A change was not saved; nothing of it."""

    def __init__(self, error: ConsoleError) -> None:
        super().__init__()
        self.error = error


def apply_change(engine: "Engine", change: Change) -> Message:
    """Save a change and return what came of it."""
    try:
        applied = apply(engine, change.typed, change.secrets)
    except ConsoleError as error:
        return NotApplied(error)
    return Applied(change, applied.settings, applied.notices)


def problems_by_key(error: ConsoleError) -> dict[str, str]:
    """Return what a refusal says about each key."""
    return {one.key: one.what for one in error.problems} if isinstance(error, SettingsError) else {}
