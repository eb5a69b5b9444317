"""Colours and styles of the looks. Widgets of ours draw their lines with these styles; the Textual theme made
here gives the ground, and the same colours to style sheets (``$muted``, ``$ok`` …).
"""

from enum import StrEnum
from typing import Final

from rich.style import Style
from textual.theme import Theme

from console.values import dataclass
from screens.look import Look, Palette

THEME_NAME: Final = "mail-console"
ANSI_THEME: Final = "ansi-dark"

GROUND: Final = "#0f1419"
TEXT: Final = "#c9d1d9"
MUTED: Final = "#7d8590"
OK: Final = "#56d364"
WARNING: Final = "#e3b341"
FAILURE: Final = "#f85149"
BADGE: Final = "#b7791f"


class Tone(StrEnum):
    """What a piece of text is, so that a look can colour it."""

    TEXT = "text"
    MUTED = "muted"
    STRONG = "strong"
    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    CHOSEN = "chosen"
    ACCENT = "accent"
    BADGE = "badge"
    BAR = "bar"
    BAR_KEY = "bar_key"
    RULE = "rule"
    FIELD = "field"
    FIELD_EMPTY = "field_empty"
    CARET = "caret"


@dataclass(frozen=True, slots=True)
class Styles:
    """One Rich style for each tone of a palette."""

    palette: Palette
    by_tone: dict[Tone, Style]

    def __getitem__(self, tone: Tone) -> Style:
        return self.by_tone[tone]


def styles_of(palette: Palette, bar: str, accent: str) -> Styles:
    """Return the styles of a palette; `bar` and `accent` are the maker's colours (rich palette only)."""
    table = {
        Palette.RICH: _rich(bar, accent),
        Palette.SIXTEEN: _SIXTEEN,
        Palette.MONO: _MONO,
    }[palette]
    # Lines drawn by widgets carry their own ground: Textual fills in none.
    ground = Style(bgcolor=GROUND) if palette is Palette.RICH else Style.null()
    return Styles(palette, {tone: ground + Style.parse(table[tone]) for tone in Tone})


def _rich(bar: str, accent: str) -> dict[Tone, str]:
    return {
        Tone.TEXT: TEXT,
        Tone.MUTED: MUTED,
        Tone.STRONG: "bold #ffffff",
        Tone.OK: OK,
        Tone.WARNING: WARNING,
        Tone.FAILURE: FAILURE,
        Tone.CHOSEN: f"bold #ffffff on {accent}",
        Tone.ACCENT: f"bold #ffffff on {accent}",
        Tone.BADGE: f"bold {GROUND} on {BADGE}",
        Tone.BAR: f"{TEXT} on {bar}",
        Tone.BAR_KEY: f"bold #ffffff on {bar}",
        Tone.RULE: "#30363d",
        Tone.FIELD: f"{TEXT} on #1c2430",
        Tone.FIELD_EMPTY: "#8b949e on #1c2430",
        Tone.CARET: f"{GROUND} on {TEXT}",
    }


_SIXTEEN: Final = {
    Tone.TEXT: "default",
    Tone.MUTED: "white",
    Tone.STRONG: "bold",
    Tone.OK: "green",
    Tone.WARNING: "yellow",
    Tone.FAILURE: "bold red",
    Tone.CHOSEN: "bold reverse",
    Tone.ACCENT: "bold reverse",
    Tone.BADGE: "black on yellow",
    Tone.BAR: "white on blue",
    Tone.BAR_KEY: "bold white on blue",
    Tone.RULE: "blue",
    Tone.FIELD: "default",
    Tone.FIELD_EMPTY: "none",
    Tone.CARET: "reverse",
}
_MONO: Final = {
    Tone.TEXT: "none",
    Tone.MUTED: "none",
    Tone.STRONG: "bold",
    Tone.OK: "none",
    Tone.WARNING: "bold",
    Tone.FAILURE: "bold",
    Tone.CHOSEN: "reverse",
    Tone.ACCENT: "reverse",
    Tone.BADGE: "reverse",
    Tone.BAR: "none",
    Tone.BAR_KEY: "bold",
    Tone.RULE: "none",
    Tone.FIELD: "none",
    Tone.FIELD_EMPTY: "none",
    Tone.CARET: "reverse",
}


def theme_of(look: Look, bar: str, accent: str) -> Theme | None:
    """Return the Textual theme to register; None where the terminal's own colours are used."""
    if look.palette is not Palette.RICH:
        return None
    return Theme(
        name=THEME_NAME,
        primary=accent,
        secondary=bar,
        accent=accent,
        warning=WARNING,
        error=FAILURE,
        success=OK,
        foreground=TEXT,
        background=GROUND,
        surface=GROUND,
        panel=bar,
        dark=True,
        variables={
            "scrollbar": "#30363d",
            "scrollbar-hover": "#30363d",
            "scrollbar-active": MUTED,
            "scrollbar-background": GROUND,
            "scrollbar-background-hover": GROUND,
            "scrollbar-background-active": GROUND,
            "scrollbar-corner-color": GROUND,
        },
    )


def is_colour(text: str) -> bool:
    """Whether a profile's colour can be used (``#rrggbb``)."""
    return len(text) == 7 and text[0] == "#" and all(one in "0123456789abcdefABCDEF" for one in text[1:])
