"""The driver's parts; how it behaves in a real terminal is tested in test_in_terminal."""

import inspect
import os
import signal
import time
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from screens import driver
from screens.app import ConsoleApp
from screens.driver import AsciiTable, ConsoleDriver, TtyDecoder
from tests.support.nasty import NASTY
from tests.support.screens import engine_below


def test_every_text_becomes_ascii_cell_for_cell() -> None:
    table = AsciiTable()
    for text in (*NASTY, "─│┌┐ ↑↓ …", "漢字"):
        plain = text.translate(table)
        assert plain.isascii()
        assert all(len(one.translate(table)) == cell_len(one) for one in text if ord(one) > 0xA0)


def test_a_byte_that_is_no_utf8_is_replaced() -> None:
    decoder = TtyDecoder()
    assert decoder.decode(b"a\xe9b") == "a�b"


def test_a_character_split_over_two_reads_is_whole() -> None:
    decoder = TtyDecoder()
    assert decoder.decode("é".encode()[:1]) + decoder.decode("é".encode()[1:]) == "é"


def test_end_of_file_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    assert TtyDecoder().decode(b"") == ""
    assert sent == [(os.getpid(), signal.SIGHUP)]
    assert TtyDecoder().decode(b"", final=True) == ""
    assert len(sent) == 1


async def test_a_terminal_of_another_size_gets_every_row_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have moved them, or cut them off."""
    sent: list[str] = []
    app = ConsoleApp(engine_below(tmp_path))
    monkeypatch.setattr(app, "_size", Size(80, 24))
    monkeypatch.setattr(LinuxDriver, "write", lambda _driver, text: sent.append(text))
    line = ConsoleDriver(app)
    frame = "\x1b[1;1Hone\n\x1b[2;1Htwo\x1b[1;1H"
    line.write(frame)
    line.write(frame)
    monkeypatch.setattr(app, "_size", Size(80, 30))
    line.write(frame)
    assert sent == [frame, "\x1b[1;1H", frame]


def test_textual_still_reads_through_our_decoder() -> None:
    """Canary: the driver takes its decoder from this module attribute."""
    source = inspect.getsource(LinuxDriver.run_input_thread)
    assert 'getincrementaldecoder("utf-8")()' in source
    assert vars(linux_driver)["getincrementaldecoder"] is driver.tty_decoder


def test_write_is_the_only_way_out() -> None:
    """Canary: everything the driver says goes through `write`, so that nothing escapes the translation."""
    assert "write" in vars(driver.ConsoleDriver)
    assert Driver.write.__isabstractmethod__  # type: ignore[attr-defined]
    assert "self._writer_thread.write(data)" in inspect.getsource(LinuxDriver.write)
    assert inspect.getsource(LinuxDriver).count("_writer_thread.write(") == 1
