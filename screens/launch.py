"""How the front door starts the screens: refuse what cannot work, clean the environment, draw the frame, load
textual, run. Imports no textual itself.
"""

import gc
import os
import sys

from screens.frame import draw_frame, erase_frame

TYPE_CHECKING = False  # typing takes longer to load than everything here
if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import TextIO

    from console.engine import Engine
    from console.sandbox.box import Sandbox

REFUSED = 2
"""Exit code when the screens cannot be shown here."""


def refusal(environment: "MutableMapping[str, str]" = os.environ) -> str:
    """Return in one line why the screens cannot be shown here, or ""."""
    hint = "Use the commands instead: mail-console --help"
    if not all(map(_is_terminal, (sys.__stdin__, sys.__stdout__, sys.__stderr__))):
        return f"mail-console: the screens need a terminal. {hint}"
    if environment.get("TERM", "") == "dumb":
        return f"mail-console: the screens need more than TERM=dumb. {hint}"
    return ""


def _is_terminal(stream: "TextIO | None") -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def prepare_environment(environment: "MutableMapping[str, str]" = os.environ) -> None:
    """Make the environment safe for textual, which reads it while it is imported.

    TEXTUAL_LOG would write every key typed, passwords included, to a file; others crash it, or load foreign
    code.
    """
    for name in [name for name in environment if name.startswith("TEXTUAL")]:
        del environment[name]
    environment["TEXTUAL_ANIMATIONS"] = "none"
    environment["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    delay = environment.get("ESCDELAY", "")
    if delay and not (delay.isascii() and delay.isdigit()):
        del environment["ESCDELAY"]


def start(
    open_engine: "Callable[[], tuple[Engine, Sandbox | None]]",
    *,
    title: str = "Mail Services",
    host: str = "",
    is_sandbox: bool = False,
) -> int:
    """Show the screens and return the exit code.

    Args:
        open_engine: Called after the frame is drawn.
        title: Product name for the frame; "" where the profile is not read yet and may say another.
        host: Host name for the frame; "" likewise.
        is_sandbox: Whether the frame shows the sandbox badge.

    Raises:
        console.errors.ConsoleError: What `open_engine` raises; the terminal is restored.
    """
    refused = refusal()
    if refused:
        print(refused, file=sys.stderr)  # noqa: T201 - no screen is up
        return REFUSED
    gc.disable()
    prepare_environment()
    draw_frame(is_sandbox, title, host)
    try:
        engine, sandbox = open_engine()
        from screens.app import run_screens
    except BaseException:  # the terminal is put back and the error passed on, whatever it is
        erase_frame()
        raise
    return run_screens(engine, sandbox)
