"""Keys typed ahead go where they would have gone when typed slowly.

Textual hands a key to the widget that has the focus at that moment, and the key comes back to the app by
messages, through every widget above, before its binding runs. Meanwhile the next keys are handed out. On a
slow machine text typed after Tab therefore lands in the field before it: a password in the user name. Here a
key waits until the one before has had its effect, and until the screen that it opened stands.
"""

import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from textual import events
from textual.app import App

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

Typed = events.Key | events.Paste
PATIENCE: Final = 0.5
"""Seconds after which a key is no longer waited for: its widget is gone, or busy."""


class KeyOrder(App[int]):
    """An app that deals with one key after the other."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._ahead: deque[Typed] = deque()
        self._dealing: Typed | None = None
        self._since = 0.0

    async def on_event(self, event: events.Event) -> None:
        """Line keys up; everything else goes its way."""
        if not isinstance(event, Typed) or event.is_forwarded:
            await super().on_event(event)
            return
        self._ahead.extend(_apart(event))
        if self._dealing is None or time.monotonic() - self._since > PATIENCE:
            await self._deal()

    async def _deal(self) -> None:
        """Hand out the next key."""
        self._dealing = None
        if not self._ahead:
            return
        self._dealing = event = self._ahead.popleft()
        self._since = time.monotonic()
        target = self.focused or self.screen
        await super().on_event(event)
        if event.is_forwarded:
            self._follow(target, event, target)
        else:
            self._effect(event, target)

    def _follow(self, node: "MessagePump", event: Typed, target: "MessagePump") -> None:
        """Look again when `node` has dealt with what was handed to it."""
        if not node.call_later(self._dealt, node, event, target):
            self._done(event)

    def _dealt(self, node: "MessagePump", event: Typed, target: "MessagePump") -> None:
        above = node._parent  # noqa: SLF001 - private hooks of Textual, each with a canary test
        if event._stop_propagation or node is self or above is None:  # noqa: SLF001
            self._effect(event, target)
        else:
            self._follow(above, event, target)

    def _effect(self, event: Typed, node: "MessagePump") -> None:
        """Let the messages that the key gave rise to reach everybody from the widget up to the screen."""
        above = node._parent  # noqa: SLF001
        follows = self._done if node is self or above is None else self._effect
        if not node.call_later(follows, event, *((above,) if follows == self._effect else ())):
            self._done(event)

    def _done(self, event: Typed) -> None:
        """Go on with the next key."""
        if self._dealing is event:
            self.call_later(self._go_on, event)

    async def _go_on(self, event: Typed) -> None:
        if self._dealing is not event:
            return
        is_early = bool(self._ahead) and not self._stands() and time.monotonic() - self._since < PATIENCE
        if not (is_early and self.screen.call_after_refresh(self._done, event)):
            await self._deal()

    def _stands(self) -> bool:
        """Whether the screen on top can take a key: it is composed, and what gets the focus first has it."""
        screen = self.screen
        return screen.is_mounted and (screen.focused is not None or not screen.focus_chain)


def _apart(event: Typed) -> tuple[Typed, ...]:
    """Return Esc and a digit as two keys: tmux, screen and slow lines send them in one piece, as Alt does."""
    alt, _, digit = event.key.partition("+") if isinstance(event, events.Key) else ("", "", "")
    if alt == "alt" and len(digit) == 1 and digit in "0123456789":
        return (events.Key("escape", "\x1b"), events.Key(digit, digit))
    return (event,)
