"""Starting the screens: what is refused, what is cleaned, what stands first. The rest is tested in a terminal
(test_in_terminal)."""

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.frame import frame_text
from screens.launch import prepare_environment
from screens.look import BASIC, Look, Palette
from screens.widgets.bars import head_texts
from tests.support.nasty import NASTY
from tests.support.terminal import PYTHON, ROOT, clean_environment

LATE = {"typing", "dataclasses", "enum", "re", "shutil", "asyncio", "textual", "rich", "console", "json"}
LOOKS = [Look(), Look(Palette.SIXTEEN), Look(Palette.MONO), BASIC]


def test_before_the_frame_nothing_slow_is_loaded() -> None:
    program = (
        "import sys; before = set(sys.modules); import screens.launch; print(*set(sys.modules) - before)"
    )
    loaded = subprocess.run(
        [PYTHON, "-S", "-c", program],
        env=clean_environment(),
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    assert "screens.frame" in loaded
    assert not set(loaded) & LATE


def test_textuals_variables_are_dropped_and_ours_set() -> None:
    environment = {
        "TEXTUAL": "debug",
        "TEXTUAL_LOG": "/tmp/keys",
        "TEXTUAL_DRIVER": "evil:Driver",
        "TEXTUAL_ANIMATIONS": "full",
        "ESCDELAY": "soon",
        "TERM": "xterm",
    }
    prepare_environment(environment)
    assert environment == {
        "TEXTUAL_ANIMATIONS": "none",
        "TEXTUAL_DISABLE_KITTY_KEY": "1",
        "TERM": "xterm",
    }


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", text)


@pytest.mark.parametrize("look", LOOKS, ids=repr)
@pytest.mark.parametrize("is_sandbox", [False, True])
@given(width=st.integers(30, 200))
def test_the_frame_is_the_head_of_the_first_screen(look: Look, is_sandbox: bool, width: int) -> None:
    frame = plain(frame_text(look, width, "Mail Services", "acme-7", is_sandbox=is_sandbox))
    head, rule = frame.split("\r\n")
    assert head == "".join(head_texts("Mail Services", "acme-7", is_sandbox, width))
    assert rule == look.rule * width


@pytest.mark.parametrize("width", [1, 2, 8, 15, 39])
def test_the_frame_fits_any_width(width: int) -> None:
    head, rule = plain(frame_text(Look(), width, "Mail Services", "acme-7", is_sandbox=True)).split("\r\n")
    assert len(head) == len(rule) == width


@pytest.mark.parametrize("nasty", NASTY)
def test_the_frame_shows_nothing_but_plain_ascii_names(nasty: str) -> None:
    frame = frame_text(BASIC, 80, nasty, nasty)
    assert frame.isascii()
    head, _ = plain(frame).split("\r\n")
    assert len(head) == 80
    assert head.isprintable()
