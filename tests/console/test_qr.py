"""QR pictures as text: decoded by an independent decoder, whole or not at all, and cheap."""

import subprocess
import sys

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from console import qr

ADDRESS = "https://login.microsoft.com/device"


def decoded(picture: qr.Picture) -> list[str]:
    """Return what a decoder reads from the rows drawn light on dark."""
    width, height = (8, 16)
    image = Image.new("L", (picture.width * width + 64, picture.height * height + 64), 0)
    halves = {"█": (0, 16), "▀": (0, 8), "▄": (8, 16), "#": (0, 16)}
    for row, text in enumerate(picture.rows):
        for column, mark in enumerate(text):
            if mark in halves:
                top, bottom = halves[mark]
                x, y = 32 + column * width, 32 + row * height
                image.paste(200, (x, y + top, x + width, y + bottom))
    return [found.text for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("quiet", [2, 4])
@pytest.mark.parametrize("draw", [qr.half_blocks, qr.ascii_blocks])
@pytest.mark.parametrize("text", [ADDRESS, "BMS4RWVV8", "https://microsoft.com/devicelogin", "ü" * 20])
def test_every_rung_decodes(draw: object, quiet: int, text: str) -> None:
    assert callable(draw)
    assert decoded(draw(qr.matrix(text), quiet)) == [text]


def test_the_sign_in_address_takes_no_more_room_than_there_is() -> None:
    modules = qr.matrix(ADDRESS)
    assert len(modules) == 29
    small, large = qr.half_blocks(modules, 2), qr.half_blocks(modules, 4)
    assert (small.width, small.height) == (33, 17)
    assert (large.width, large.height) == (37, 19)


@pytest.mark.parametrize(
    ("columns", "rows", "quiet"),
    [(37, 19, 4), (80, 24, 4), (36, 19, 2), (37, 18, 2), (33, 17, 2), (32, 17, None), (33, 16, None)],
)
def test_the_best_picture_that_fits_is_taken(columns: int, rows: int, quiet: int | None) -> None:
    picture = qr.best(qr.matrix(ADDRESS), columns, rows)
    assert (picture.quiet if picture else None) == quiet
    assert picture is None or not picture.is_ascii


@pytest.mark.parametrize(("columns", "rows", "fits"), [(66, 33, True), (65, 33, False), (66, 32, False)])
def test_ascii_is_drawn_where_it_fits(columns: int, rows: int, fits: bool) -> None:
    picture = qr.best(qr.matrix(ADDRESS), columns, rows, ascii_only=True)
    assert (picture is not None) is fits
    assert picture is None or "".join(picture.rows).replace("#", "").strip() == ""


@given(st.text(min_size=1, max_size=60), st.integers(0, 120), st.integers(0, 60), st.booleans())
@settings(max_examples=40)
def test_nothing_is_ever_cut(text: str, columns: int, rows: int, ascii_only: bool) -> None:
    picture = qr.best(qr.matrix(text), columns, rows, ascii_only=ascii_only)
    if picture is not None:
        assert picture.height <= rows
        assert {len(row) for row in picture.rows} == {picture.width}
        assert picture.width <= columns


@pytest.mark.parametrize("text", ["", "x" * 301, "ü" * 151])
def test_what_no_console_has_room_for_is_refused(text: str) -> None:
    with pytest.raises(qr.QrError):
        qr.matrix(text)


def test_a_terminal_gets_white_on_black_whatever_its_ground() -> None:
    picture = qr.half_blocks(qr.matrix(ADDRESS), 2)
    lines = picture.coloured().split("\n")
    assert all(line.startswith("\x1b[0;97;40m") and line.endswith("\x1b[0m") for line in lines)
    assert picture.plain().split("\n") == list(picture.rows)


def test_nothing_heavy_is_loaded_before_a_picture_is_drawn() -> None:
    code = "import sys, console.qr; print([m for m in ('qrcode', 'PIL', 'textual') if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
