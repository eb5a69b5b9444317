"""The app: looks, ways out, and the private hooks of Textual that it leans on."""

import inspect
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widgets import Input

from screens.app import ConsoleApp
from screens.base import ConsoleModal, ConsoleScreen
from screens.look import BASIC, Look, Palette
from screens.widgets.text_input import TextInput
from tests.support.screens import engine_below, focused_id, picture, press, ready_engine, screens_of, status

LOOKS = [Look(), Look(Palette.SIXTEEN), Look(Palette.MONO), BASIC]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.palette}{'-ascii' * look.is_ascii}")
async def test_focus_and_state_show_without_colour(tmp_path: Path, look: Look) -> None:
    async with screens_of(ready_engine(tmp_path), look=look) as pilot:
        assert "\n > 1  Mail on or off                 on\n" in picture(pilot.app)
        await press(pilot, "3", "down")
        rows = picture(pilot.app).split("\n")
        assert [row for row in rows if row.startswith(" > ")] == [rows[4]]


async def test_colours_of_the_maker(tmp_path: Path) -> None:
    from console.appliance import Profile
    from screens.theme import Tone

    async with screens_of(engine_below(tmp_path, Profile(bar="#112233", accent="[red]"))) as pilot:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        assert str(app.tones[Tone.BAR]).endswith(" on #112233")
        assert str(app.tones[Tone.CHOSEN]).endswith(" on #1f6feb")


async def test_ctrl_c_says_how_one_leaves(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "1", "ctrl+c")
        assert pilot.app.is_running
        assert status(pilot.app) == "F10 exits."


async def test_no_command_palette_and_no_toast(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "ctrl+p", "ctrl+c", "ctrl+backslash")
        assert len(pilot.app.screen_stack) == 1
        assert not pilot.app._notifications


async def test_a_crash_is_written_down_without_local_variables(tmp_path: Path) -> None:
    class Broken(ConsoleScreen):
        def compose_body(self) -> Any:
            password = "".join(("hunter", "22"))  # noqa: F841 - what a report with locals would show
            raise RuntimeError("[/] broken \x1b]0;PWNED\x07")

    engine = engine_below(tmp_path)
    app = ConsoleApp(engine)
    with pytest.raises(RuntimeError):
        async with app.run_test():
            await app.push_screen(Broken())
    assert app.return_code == 70
    written = (engine.paths.log / "crash.log").read_text()
    assert "RuntimeError: [/] broken \\x1b]0;PWNED\\x07" in written
    assert "hunter22" not in written
    assert (engine.paths.log / "crash.log").stat().st_mode & 0o777 == 0o640
    assert not app._exit_renderables or "hunter22" not in str(app._exit_renderables)


async def test_a_crash_that_cannot_be_written_down_still_ends_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package replaced beneath a running console: nothing can be loaded any more."""

    class Broken(ConsoleScreen):
        def compose_body(self) -> Any:
            raise RuntimeError("broken")

    app = ConsoleApp(engine_below(tmp_path))
    with pytest.raises(RuntimeError, match="broken"):
        async with app.run_test():
            monkeypatch.setitem(sys.modules, "console.crash_log", None)
            await app.push_screen(Broken())
    assert app.return_code == 70


def test_the_crash_hook_is_still_called() -> None:
    """Canary: Textual ends through `_fatal_error`, and its own shows local variables."""
    assert "self._fatal_error()" in inspect.getsource(App._handle_exception)
    assert "show_locals=True" in inspect.getsource(App._fatal_error)


def test_keys_still_come_back_to_the_app() -> None:
    """Canary: a key is forwarded, bubbles by messages, and is stopped by this flag; `KeyOrder` follows it."""
    assert "forward_target._forward_event(event)" in inspect.getsource(App.on_event)
    assert "self._stop_propagation = stop" in inspect.getsource(Message.stop)
    assert "self._parent" in inspect.getsource(MessagePump.__init__)


def test_return_code_is_still_kept_where_we_set_it() -> None:
    """Canary: `return_code` reads the attribute that a crash sets."""
    assert "self._return_code" in inspect.getsource(vars(App)["return_code"].fget)


async def test_the_lean_focus_paints_the_same_picture(tmp_path: Path) -> None:
    """Canary: without the repaint of the whole screen on Tab every cell is as with it."""
    pictures = []
    for repaint in (False, True):
        async with screens_of(ready_engine(tmp_path)) as pilot:
            await press(pilot, "3", "tab", "tab", "shift+tab")
            assert focused_id(pilot.app) == "mail-sender_name"
            if repaint:
                pilot.app.screen.refresh()
                await pilot.pause()
            pictures.append([list(strip) for strip in pilot.app.screen._compositor.render_strips()])
    assert pictures[0] == pictures[1]


def test_focus_is_still_a_reactive_that_repaints() -> None:
    """Canary: when Textual stops repainting on focus, ours need not be redefined."""
    assert Screen.__dict__["focused"]._repaint
    for ours in (ConsoleScreen, ConsoleModal):
        assert not ours.__dict__["focused"]._repaint


def test_our_field_is_not_textuals_input() -> None:
    """Textual's copies to the clipboard of the operator's terminal; ours has no such key."""
    copied = {binding.action for binding in Input.BINDINGS if "ctrl+c" in binding.key}  # type: ignore[union-attr]
    assert copied == {"copy"}
    keys = {key for binding in TextInput.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
    assert not keys & {"ctrl+c", "ctrl+x", "super+c"}


async def test_hang_up_ends_at_once_and_holds_a_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[tuple[float, int]] = []

    class Timer:
        daemon = False

        def __init__(self, seconds: float, call: Any, arguments: tuple[int]) -> None:
            assert call is os._exit
            held.append((seconds, *arguments))

        def start(self) -> None:
            assert self.daemon

    async with screens_of(engine_below(tmp_path)) as pilot:
        monkeypatch.setattr("screens.app.threading.Timer", Timer)
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        app.hang_up()
        await pilot.pause()
    assert app.return_code == 129
    assert held == [(2.0, 129)]
