"""Which look suits which line."""

import os
import pty

import pytest
from textual.scrollbar import ScrollBarRender

from screens.look import BASIC, GLYPHS, NEEDED, Look, Palette, choose_look, console_glyphs


@pytest.mark.parametrize("term", ["xterm-256color", "xterm", "screen-256color", "tmux-256color", "rxvt"])
def test_terminal_emulators_get_the_rich_look(term: str) -> None:
    assert choose_look({"TERM": term}) == Look(Palette.RICH)


@pytest.mark.parametrize("term", ["", "vt100", "vt220", "ansi", "unknown", "network"])
def test_serial_lines_and_unknown_terminals_get_the_basic_look(term: str) -> None:
    assert choose_look({"TERM": term}) == BASIC


def test_a_terminal_that_only_says_linux_gets_ascii_and_sixteen_colours() -> None:
    master, slave = pty.openpty()
    try:
        assert choose_look({"TERM": "linux"}, "utf-8", slave) == Look(Palette.SIXTEEN, is_ascii=True)
    finally:
        os.close(master)
        os.close(slave)


def test_a_linux_console_loses_only_what_its_font_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    drawable = frozenset(ord(glyph) for glyph in GLYPHS) - {ord("▀"), ord("▄")}
    monkeypatch.setattr("screens.look.console_glyphs", lambda _descriptor: drawable)
    look = choose_look({"TERM": "linux"})
    assert look == Look(Palette.SIXTEEN, missing=frozenset("▀▄"))
    assert look.rule == "─"


def test_what_is_asked_for_wins_over_term() -> None:
    assert choose_look({"TERM": "xterm", "MAIL_CONSOLE_LOOK": "basic"}) == BASIC
    assert choose_look({"TERM": "vt100", "MAIL_CONSOLE_LOOK": "rich"}) == Look()


def test_no_color_takes_colours_and_leaves_glyphs() -> None:
    assert choose_look({"TERM": "xterm", "NO_COLOR": ""}) == Look(Palette.MONO)


@pytest.mark.parametrize("encoding", ["iso8859-1", "ascii", "ANSI_X3.4-1968"])
def test_a_line_that_is_not_utf8_gets_ascii(encoding: str) -> None:
    look = choose_look({"TERM": "xterm"}, encoding)
    assert look.is_ascii
    assert look.rule == "-"


def test_what_is_no_console_has_no_font_to_ask() -> None:
    read, write = os.pipe()
    try:
        assert console_glyphs(read) is None
    finally:
        os.close(read)
        os.close(write)


def test_every_glyph_has_a_stand_in_of_one_ascii_cell() -> None:
    assert set(NEEDED) <= set(GLYPHS)
    assert set(ScrollBarRender.VERTICAL_BARS) - {" "} <= set(GLYPHS)
    assert all(len(stand_in) == 1 and stand_in.isascii() for stand_in in GLYPHS.values())
