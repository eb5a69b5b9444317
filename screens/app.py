"""The app: the engine, the look, the way in and the ways out."""

import asyncio
import gc
import os
import signal
import threading
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from console.text import one_line
from screens.base import ConsoleScreen
from screens.driver import ConsoleDriver
from screens.key_order import KeyOrder
from screens.look import Look, Palette, look_of_here
from screens.theme import ANSI_THEME, THEME_NAME, Styles, is_colour, styles_of, theme_of

if TYPE_CHECKING:
    from console.checks.model import CheckResult
    from console.engine import Engine
    from console.sandbox.box import Sandbox
    from console.settings import Settings

HANG_UP_SECONDS = 2.0
"""A worker that hangs holds the process at most this long after the terminal is gone."""
WRITING_SECONDS = 0.02
"""From the first frame drawn to the first frame on the terminal, and some more."""
HUNG_UP = 128 + signal.SIGHUP
"""Exit code when the terminal is gone."""
_CRASH_CODE = 70
"""Exit code of an unexpected error (EX_SOFTWARE of sysexits.h)."""


class ConsoleApp(KeyOrder):
    """The screens.

    Attributes:
        engine: What everything is done with.
        sandbox: The sandbox one is in, or None.
        look: How this line is drawn on.
        tones: The look's styles.
        warning: Standing warning said on every screen, or "".
        check_results: Results of the last run of all checks, until settings are changed here.
        is_standing: Whether the first screen is painted.
    """

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f10,ctrl+q", "leave", "Exit", show=False, priority=True),
    ]

    def __init__(self, engine: "Engine", sandbox: "Sandbox | None" = None, look: Look | None = None) -> None:
        self.engine = engine
        self.sandbox = sandbox
        self.look = look or look_of_here()
        bar, accent = _colours(engine)
        self.tones: Styles = styles_of(self.look.palette, bar, accent)
        self.warning = ""
        self.check_results: dict[str, CheckResult] = {}
        self.is_standing = False
        super().__init__(driver_class=ConsoleDriver, ansi_color=self.look.palette is not Palette.RICH or None)
        self.animation_level = "none"
        theme = theme_of(self.look, bar, accent)
        if theme is not None:
            self.register_theme(theme)
        # Set as an attribute, it would have all style sheets parsed once more before the first paint.
        self.set_reactive(App.theme, ANSI_THEME if theme is None else THEME_NAME)
        self.stylesheet.set_variables(self.get_css_variables())

    @property
    def host(self) -> str:
        """Host name in the head bar: the profile's, or the machine's own."""
        return one_line(self.engine.profile.host_name(), 64)

    def get_default_screen(self) -> Screen[Any]:
        """Start with the menu; no blank screen is painted below it."""
        from screens.menu import MenuScreen

        return MenuScreen()

    def on_mount(self) -> None:
        """Answer hang-ups ourselves: the default kills without putting anything away."""
        loop = asyncio.get_running_loop()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGHUP, signal.SIGTERM):
                loop.add_signal_handler(number, self.hang_up, 128 + number)

    def on_ready(self) -> None:
        """The first screen is drawn."""
        self.is_standing = True
        self.settle()

    @work
    async def settle(self) -> None:
        """What was loaded stays: the collector looks at it once, and never again. Then states are read.

        Not at once: the frame is written by a thread of its own, which a collection would hold up for a tenth
        of the whole start.
        """
        await asyncio.sleep(WRITING_SECONDS)
        gc.collect()
        gc.freeze()
        gc.enable()
        if isinstance(self.screen, ConsoleScreen):
            self.screen.first_painted()

    def note_settings(self, settings: "Settings") -> None:
        """Take over what changed settings mean for every screen."""
        from screens.menu_state import standing_warning

        self.check_results = {}  # they were about other settings
        self.set_warning(standing_warning(settings))

    def set_warning(self, warning: str) -> None:
        """Say a standing warning on every screen; "" takes it away."""
        self.warning = warning
        if isinstance(self.screen, ConsoleScreen):
            self.screen.show_warning(warning)

    def hang_up(self, return_code: int = HUNG_UP) -> None:
        """End because the terminal is gone or we were told to; a hanging worker does not hold us."""
        deadline = threading.Timer(HANG_UP_SECONDS, os._exit, (return_code,))
        deadline.daemon = True
        deadline.start()
        self.exit(return_code, return_code=return_code)

    def action_leave(self) -> None:
        """Exit; a screen with unsaved changes asks first."""
        if isinstance(self.screen, ConsoleScreen):
            self.screen.leave(self.leave)
        else:
            self.leave_through_modal()

    def leave(self) -> None:
        """Exit with code 0."""
        self.exit(0)

    def leave_through_modal(self) -> None:
        """Exit from a question: it is answered with nothing first, so that the screen below may ask."""
        from screens.base import ConsoleModal

        modal = self.screen
        if isinstance(modal, ConsoleModal):
            modal.finish(None)

    def action_help_quit(self) -> None:
        """Ctrl+C: say how one leaves; it never kills what runs."""
        if isinstance(self.screen, ConsoleScreen):
            self.screen.tell("F10 exits.")

    def _fatal_error(self) -> None:
        """End after an unexpected error; Textual's own report would show local variables, so passwords."""
        error = self._exception or RuntimeError("unknown")
        self.panic(
            f"The screens had to stop. {self.written_down(error)} Settings and mail log are untouched."
        )

    def written_down(self, error: BaseException) -> str:
        """Write an unexpected error down, and return what a person is told of it."""
        try:
            from console.crash_log import record_crash

            written = record_crash(self.engine.paths.log, error)
        except Exception:  # noqa: BLE001 - a program replaced beneath us loads nothing any more: it must still end
            written = None
        where = f"Details: {written}." if written else "Details could not be written down."
        return one_line(f"Internal error ({type(error).__name__}). {where}")

    def panic(self, *renderables: Any) -> None:
        """End with a message after the screen is restored; as plain text, whatever it is."""
        self._return_code = _CRASH_CODE
        from rich.text import Text

        super().panic(*(Text(one) if isinstance(one, str) else one for one in renderables))


def _colours(engine: "Engine") -> tuple[str, str]:
    """Return the maker's bar and accent; what is no colour is replaced by the built-in one."""
    from console.appliance import Profile

    built_in = Profile()
    bar, accent = engine.profile.bar, engine.profile.accent
    return (
        bar if is_colour(bar) else built_in.bar,
        accent if is_colour(accent) else built_in.accent,
    )


def run_screens(engine: "Engine", sandbox: "Sandbox | None" = None) -> int:
    """Run the screens until the operator leaves.

    Returns:
        Exit code: 0, or 70 after an unexpected error, 129 when the terminal went away, 143 when told to end.
    """
    gc.disable()
    app = ConsoleApp(engine, sandbox)
    app.run(mouse=False)
    code = app.return_code or 0
    if code == HUNG_UP:
        _let_go_of_terminal()
    return code


def _let_go_of_terminal() -> None:
    """Let what is still to be flushed go nowhere: failing to write it would change the exit code."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)
