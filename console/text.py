"""Text from outside made fit to be shown, stored and compared: bounded, decoded with care, printable.

Server replies, files, YAML, the environment and typed keys are hostile until they went through here. Widgets
and terminals pass control characters on (ESC clears the screen, OSC 52 writes the clipboard), so they are
spelled out at the border where text enters, once.

Patterns, here and all over the engine, are text that `re` compiles when it is first used, and keeps: a
command uses few of those it loads, and to compile them all would take a send three milliseconds.
"""

import re

from console.annotations import Final

LINE_LIMIT: Final = 1000
"""Characters of one shown or stored line; longer ones are cut with a note."""

_CONTROL: Final = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def _spelled(match: re.Match[str]) -> str:
    point = ord(match[0])
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"


def printable(text: str) -> str:
    """Return `text` with control, bidirectional and invisible characters spelled out; keeps line feeds."""
    if text.isascii() and text.isprintable():
        return text  # nearly all there is, and the pattern takes half a millisecond to compile
    return re.sub(_CONTROL, _spelled, text.replace("\r\n", "\n").replace("\t", "    "))


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return `text` as one printable line of `limit` characters at most, saying how much was cut."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    cut = text[: limit + 1]
    line = printable(cut.strip("\r\n")).replace("\n", "\\n")
    size = len(text) if len(text) > limit else len(line)  # what is spelled out is longer than it was
    return line if size <= limit else f"{line[:limit]}… ({size - limit} more characters)"


def decoded(raw: bytes, limit: int = LINE_LIMIT) -> str:
    """Return bytes of a server or file as one printable line: UTF-8, else each bad byte as ``\\xNN``."""
    return one_line(raw.decode("utf-8", "backslashreplace"), limit)


def nearest(word: str, known: "list[str] | tuple[str, ...]") -> str | None:
    """Return the known word most like `word`, or None: for "did you mean"."""
    import difflib  # only on the way to an error message

    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None
