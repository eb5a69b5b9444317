"""The head bar and its rule with plain escape sequences, before textual is imported (which takes ten times as
long): something stands on the screen at once. The first real frame paints the same over it.
"""

import os
import sys

from screens.look import Look, Palette, look_of_here

BAR = "#16324a"
_ALTERNATE = "\x1b[?1049h"
_LEAVE = "\x1b[?1049l\x1b[?25h"
_CLEAR = "\x1b[H\x1b[2J"


def draw_frame(is_sandbox: bool = False, title: str = "Mail Services", host: str = "") -> None:
    """Draw head bar and rule on standard error's terminal.

    Args:
        is_sandbox: Whether the sandbox badge is shown.
        title: In the bar; "" where a profile may say another, not yet read.
        host: Host name; "" where the profile may say another.
    """
    try:
        columns = os.get_terminal_size(_descriptor()).columns
    except OSError:
        return
    _write(frame_text(look_of_here(), columns, title, host, is_sandbox=is_sandbox))


def frame_text(
    look: Look, columns: int, title: str = "Mail Services", host: str = "", *, is_sandbox: bool = False
) -> str:
    """Return what `draw_frame` writes; title and host in printable ASCII only, else left out."""
    host = host.partition(".")[0]
    badge = " SANDBOX " if is_sandbox and columns >= 40 else ""
    name = f" {title}" if _is_plain(title) and len(title) < columns - len(badge) else ""
    room = columns - len(badge) - len(name) - 4
    shown_host = f"{host} " if host and _is_plain(host) and len(host) <= room else ""
    gap = " " * max(0, columns - len(badge) - len(name) - len(shown_host))
    bar, strong, badge_style, rule = _STYLES[look.palette]
    reset = "\x1b[0m"
    return (
        f"{_ALTERNATE}{_CLEAR}\x1b[?25l{strong}{name}{gap}{reset}{bar}{shown_host}{reset}"
        f"{badge_style if badge else ''}{badge}{reset}\r\n{rule}{look.rule * columns}{reset}"
    )


def erase_frame() -> None:
    """Take the frame away: the screens did not start, and what follows is an ordinary line."""
    _write(_CLEAR + _LEAVE)


def _write(text: str) -> None:
    os.write(_descriptor(), text.encode())


def _descriptor() -> int:
    return sys.__stderr__.fileno() if sys.__stderr__ else 2


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _rgb(colour: str, layer: int) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{layer};2;{red};{green};{blue}" if _is_truecolor() else f"{layer};5;{_index(red, green, blue)}"


def _is_truecolor() -> bool:
    return os.environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")


def _index(red: int, green: int, blue: int) -> int:
    """Return the nearest colour of the 6x6x6 cube of xterm-256color."""
    return 16 + sum(round(part / 255 * 5) * size for part, size in ((red, 36), (green, 6), (blue, 1)))


_STYLES = {
    Palette.RICH: (
        f"\x1b[{_rgb('#c9d1d9', 38)};{_rgb(BAR, 48)}m",
        f"\x1b[1;{_rgb('#ffffff', 38)};{_rgb(BAR, 48)}m",
        f"\x1b[1;{_rgb('#0f1419', 38)};{_rgb('#b7791f', 48)}m",
        f"\x1b[{_rgb('#30363d', 38)}m",
    ),
    Palette.SIXTEEN: ("\x1b[37;44m", "\x1b[1;37;44m", "\x1b[30;43m", "\x1b[34m"),
    Palette.MONO: ("", "\x1b[1m", "\x1b[7m", ""),
}
