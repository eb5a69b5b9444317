"""The terminal driver: what Textual's own does, made fit for consoles and serial lines.

- Glyphs that the line cannot draw are replaced, cell for cell.
- A byte that is no UTF-8 (line noise, a Latin-1 terminal) becomes a replacement character; Textual's driver
  dies of it.
- Esc and a digit that arrive in one piece are these two (`key_order`), not a letter of one maker's keyboard.
- End of file on the terminal means that it is gone: the process hangs itself up; Textual's driver spins.
- Rows that already stand there are not sent again, moments later (`shown_rows`).
- Sequences that consoles do not understand, or that only cost, are left out (OSC 22 pointer shapes, focus
  reports).
"""

import codecs
import os
import re
import signal
import time
from typing import TYPE_CHECKING, Any, Final, cast

from rich.cells import get_character_cell_size
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from screens.look import GLYPHS, Look
from screens.shown_rows import ShownRows

if TYPE_CHECKING:
    from textual.app import App

_UNWANTED: Final = re.compile(r"\x1b\]22;[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[\?1004[hl]")
_CLEAR: Final = "\x1b[H\x1b[2J"


class AsciiTable(dict[int, str]):
    """A table for `str.translate`: known glyphs to their stand-ins, any other to ``?``, cell for cell."""

    def __init__(self) -> None:
        super().__init__({ord(glyph): stand_in for glyph, stand_in in GLYPHS.items()})

    def __missing__(self, point: int) -> str:
        stand_in = chr(point) if point < 0x80 else "?" * get_character_cell_size(chr(point))
        self[point] = stand_in
        return stand_in


class TtyDecoder:
    """Decodes what is typed: bad bytes become U+FFFD; end of file hangs the process up."""

    def __init__(self) -> None:
        self._inner = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def decode(self, data: bytes, final: bool = False) -> str:
        """Return the text of `data`."""
        if not data and not final:
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.5)  # the reading thread would ask again at once, for ever
            return ""
        return self._inner.decode(data, final)


def tty_decoder(_encoding: str) -> type[TtyDecoder]:
    """Stand in for `codecs.getincrementaldecoder` in Textual's driver."""
    return TtyDecoder


# A module attribute of Textual; a test fails when it is no longer used.
linux_driver.getincrementaldecoder = tty_decoder  # type: ignore[assignment,attr-defined]


for _digit in "0123456789":
    cast("dict[str, object]", ANSI_SEQUENCES_KEYS).pop(
        f"\x1b{_digit}", None
    )  # or Esc, 3 would type a pound sign


class ConsoleDriver(LinuxDriver):
    """Textual's driver for Linux with the differences above."""

    def __init__(self, app: "App[Any]", **options: Any) -> None:
        super().__init__(app, **options)
        look: Look = getattr(app, "look", Look())
        self._shown = ShownRows()
        self._shown_size = app.size
        self._table: dict[int, str] | None = None
        if look.is_ascii:
            self._table = AsciiTable()
        elif look.missing:
            self._table = {ord(glyph): GLYPHS[glyph] for glyph in look.missing}

    def write(self, data: str) -> None:
        """Write to the terminal what it can draw."""
        if "\x1b]22;" in data or "\x1b[?1004" in data:
            data = _UNWANTED.sub("", data)
        if self._shown_size != self._app.size:  # the terminal moved its rows
            self._shown_size = self._app.size
            self._shown.forget()
        data = self._shown.unseen(data, time.monotonic())
        if self._table is not None and not data.isascii():
            data = data.translate(self._table)
        super().write(data)

    def stop_application_mode(self) -> None:
        """Restore the terminal; one without an alternate screen is cleared (codes and names stay on none)."""
        if os.environ.get("TERM", "") == "linux" or self._table is not None:
            self.write("\x1b[0m" + _CLEAR)
        super().stop_application_mode()
