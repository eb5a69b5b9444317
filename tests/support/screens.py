"""The screens under test: a real engine below a folder, the app at a size, what a person sees as text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from console.appliance import Profile
from console.engine import Engine, open_engine
from screens.app import ConsoleApp
from screens.form import row_id
from screens.look import Look
from screens.widgets.bars import StatusLine
from screens.widgets.field_row import FieldRow

READY = {
    "mail.enabled": "true",
    "mail.sender": "alerts@contoso.com",
    "smtp.host": "smtp.contoso.com",
}
"""Settings of an appliance whose mail is set up by SMTP without a password."""


def engine_below(folder: Path, profile: Profile | None = None, **typed: str) -> Engine:
    """Return an engine whose files lie below `folder`, with settings typed (``smtp_host="…"``)."""
    engine = open_engine(folder, profile=profile or Profile(host="acme-7"))
    if typed:
        engine.settings.change({key.replace("_", ".", 1): text for key, text in typed.items()})
    return engine


def ready_engine(folder: Path, profile: Profile | None = None) -> Engine:
    """Return an engine whose mail is set up."""
    engine = engine_below(folder, profile)
    engine.settings.change(READY)
    return engine


@asynccontextmanager
async def screens_of(
    engine: Engine, size: tuple[int, int] = (80, 24), look: Look | None = None, sandbox: Any = None
) -> AsyncIterator[Pilot[int]]:
    """Run the app; begins when the menu shows its states."""
    app = ConsoleApp(engine, sandbox, look or Look())
    async with app.run_test(size=size, notifications=True) as pilot:
        await settled(pilot)
        yield pilot


async def settled(pilot: Pilot[int]) -> None:
    """Wait until workers and messages are done."""
    await pilot.pause()
    while any(not worker.is_finished for worker in pilot.app.workers):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys one by one, each until it has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def type_text(pilot: Pilot[int], text: str) -> None:
    """Type text into what has the focus, as fast as it can be typed."""
    for one in text:
        pilot.app.post_message(Key(_character_to_key(one), one))
    await settled(pilot)


def picture(app: Any) -> str:
    """Return what is on the screen, as text; every row, without blanks at its end."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def joined(pilot: Pilot[int]) -> str:
    """Return what is on the screen with its lines put together: a path that was wrapped is whole again."""
    return "".join(line.strip() for line in picture(pilot.app).split("\n"))


def status(app: Any) -> str:
    """Return what the status line says."""
    return app.screen.query_one(StatusLine).text  # type: ignore[no-any-return]


def shows(pilot: Pilot[int], kind: type[Screen[Any]]) -> bool:
    """Whether a screen of this kind is on top."""
    return isinstance(pilot.app.screen, kind)


def focused_id(app: Any) -> str | None:
    """Return the id of what has the focus."""
    focused = app.focused
    return None if focused is None else focused.id


def row(pilot: Any, key: str) -> Any:
    """Return a form's row by its settings key."""
    return pilot.app.screen.query_one(f"#{row_id(key)}", FieldRow)


async def go_to(pilot: Any, key: str) -> None:
    """Give a form's row the focus."""
    row(pilot, key).focus()
    await settled(pilot)
