"""The screens in a real terminal: keys in, bytes out, hang-ups, bad bytes, looks, exit codes."""

import os
import resource
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.terminal import PYTHON, ROOT, Terminal, clean_environment

OFF = "Outgoing mail is off. Nothing is sent."
HEAVY = {"msal", "requests", "urllib3", "cryptography", "yaml", "qrcode", "PIL", "pydantic", "typer", "segno"}
MOST_MORE_MODULES = 40


def console(folder: Path, *options: str, **environment: str) -> Terminal:
    """Return a terminal with the screens in it."""
    command = [PYTHON, "-m", "tests.support.show_screens", str(folder), *options]
    return Terminal(command, environment=clean_environment(**environment))


def test_setting_mail_up_by_keyboard(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        terminal.send("1")
        terminal.wait_for("This appliance sends mail")
        terminal.send("up", "enter")
        terminal.wait_for("Saved: Outgoing mail = On.")
        terminal.send("escape")
        terminal.wait_for("Mail is not set up yet.")
        terminal.send("3")
        terminal.wait_for("> From address")
        terminal.send("alerts@example.com", "down", "down", "down", "mail.example.com", "f2")
        terminal.wait_for("Saved: From address = alerts@example.com; Mail server = mail.example.com.")
        terminal.send("escape")
        terminal.wait_for("mail.example.com:587, alerts@example.com")
        terminal.send("0")
        assert terminal.wait_exit() == 0
    assert "mail.example.com" in (tmp_path / "etc/mail-console/settings.yaml").read_text()


def test_keys_typed_ahead_go_where_they_belong(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        terminal.send(b"3alerts@example.com\t\t\tmail.example.com\x1b[B\x1b[B\trelay\x1b[Bhunter22\x1b[A!")
        terminal.wait_for("relay!")
        shown = terminal.text()
        assert " From address           alerts@example.com\n" in shown
        assert " Mail server            mail.example.com\n" in shown
        assert " Password               ********\n" in shown


def test_escape_and_a_digit_in_one_piece_are_two_keys(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        terminal.send("1")
        terminal.wait_for("This appliance sends mail")
        terminal.send(b"\x1b3")
        terminal.wait_for("> From address")
        terminal.send(b"\x1b2")
        terminal.wait_for("Needs: its name")


def test_nothing_is_written_while_nobody_types(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        for key, text in [
            ("", OFF),
            ("1", "in use"),
            ("2", "Needs:"),
            ("3", "> From address"),
            ("f1", "Keys"),
        ]:
            if key:
                terminal.send("escape") if key in "23" else None
                terminal.wait_for(OFF) if key in "23" else None
                terminal.send(key)
            terminal.wait_for(text)
            terminal.settle()
            assert terminal.bytes_during(1.2) == 0, f"idle after {key or 'start'}"


def test_a_field_with_the_caret_does_not_blink(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        terminal.send("3")
        terminal.wait_for("> From address")
        terminal.send("a")
        terminal.wait_for("Error: ")
        terminal.settle()
        assert terminal.bytes_during(1.5) == 0


def test_first_paint_loads_little_more_than_textual(tmp_path: Path) -> None:
    loaded: dict[str, set[str]] = {}
    for option in ("--minimal", "--full"):
        written = tmp_path / f"modules{option}"
        with console(tmp_path, option, "--modules", str(written)) as terminal:
            terminal.wait_until(written.exists, "the list of modules")
            terminal.wait_for("Mail Services" if option == "--minimal" else "acme-7")
        loaded[option] = set(written.read_text().split())
    assert not {name.partition(".")[0] for name in loaded["--full"]} & HEAVY
    assert len(loaded["--full"]) <= len(loaded["--minimal"]) + MOST_MORE_MODULES, sorted(
        loaded["--full"] - loaded["--minimal"]
    )


def test_a_dropped_line_ends_it_at_once(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        began = time.monotonic()
        terminal.hang_up()
        assert terminal.wait_exit() == 129
        assert time.monotonic() - began < 3


def test_a_dropped_line_ends_it_though_a_worker_hangs(tmp_path: Path) -> None:
    with console(tmp_path, "--stuck") as terminal:
        terminal.wait_for(OFF)
        began = time.monotonic()
        terminal.hang_up()
        assert terminal.wait_exit() == 129
        assert time.monotonic() - began < 4


def test_end_of_file_while_sighup_is_ignored(tmp_path: Path) -> None:
    """As below nohup: Textual's driver would read end of file for ever at full speed."""
    words = [PYTHON, "-m", "tests.support.show_screens", str(tmp_path)]
    command = ["sh", "-c", f"trap '' HUP; exec {shlex.join(words)}"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Terminal(command) as terminal:
        terminal.wait_for(OFF)
        terminal.hang_up()
        assert terminal.wait_exit() == 129
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 3


def test_told_to_end(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.wait_exit() == 143
        assert terminal.output.endswith(b"\x1b[?1049l\x1b[?25h")


def test_a_byte_that_is_no_utf8_does_no_harm(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        terminal.send(b"\xe9", b"\xff\xfe", "1")
        terminal.wait_for("This appliance sends mail")
        terminal.send("f10")
        assert terminal.wait_exit() == 0


def test_a_hostile_name_reaches_the_terminal_as_text(tmp_path: Path) -> None:
    with console(tmp_path, "--nasty") as terminal:
        terminal.wait_for(OFF)
        assert "\\x1b]0;PWNED\\x07" in terminal.text()
        terminal.settle()
        terminal.send("f10")
        terminal.wait_exit()
    assert b"\x1b]0;" not in terminal.output
    assert terminal.output.count(b"\x1b[2J") == 1  # the frame's, before all else


@pytest.mark.parametrize(
    "environment", [{"TERM": "vt220"}, {"TERM": "vt100"}, {"MAIL_CONSOLE_LOOK": "basic"}]
)
def test_the_basic_look_is_ascii_and_without_colours(tmp_path: Path, environment: dict[str, str]) -> None:
    with console(tmp_path, **environment) as terminal:
        terminal.wait_for(OFF)
        terminal.send("3")
        terminal.wait_for("> From address")
        terminal.send("down")
        terminal.wait_for("> From name")
        terminal.settle()
        assert {cell.fg for row in terminal.screen.buffer.values() for cell in row.values()} == {"default"}
        assert terminal.text().split("\n")[1] == "-" * 80
        marked = terminal.cell(terminal.row_of("> From name"), 26)
        assert marked.reverse
        terminal.send("f10")
        assert terminal.wait_exit() == 0
    assert terminal.output.isascii()


def test_no_color_leaves_reverse_and_bold(tmp_path: Path) -> None:
    with console(tmp_path, NO_COLOR="1") as terminal:
        terminal.wait_for(OFF)
        terminal.settle()
        cells = [cell for row in terminal.screen.buffer.values() for cell in row.values()]
        assert {(cell.fg, cell.bg) for cell in cells} == {("default", "default")}
        assert terminal.cell(terminal.row_of("> 1"), 8).reverse
        assert "─" in terminal.text()


@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LC_ALL": "POSIX"}, {"LANG": ""}])
def test_without_a_locale_it_is_utf8(tmp_path: Path, locale: dict[str, str]) -> None:
    with console(tmp_path, **locale) as terminal:
        terminal.wait_for("─" * 80)
        terminal.wait_for(OFF)


def test_a_latin1_line_gets_ascii(tmp_path: Path) -> None:
    with console(tmp_path, PYTHONIOENCODING="latin-1") as terminal:
        terminal.wait_for(OFF)
        terminal.settle()
    assert terminal.output.isascii()


def test_sixteen_colours_on_what_says_linux(tmp_path: Path) -> None:
    with console(tmp_path, TERM="linux") as terminal:
        terminal.wait_for(OFF)
        terminal.settle()
        assert terminal.cell(0, 2).bg == "blue"
        terminal.send("f10")
        assert terminal.wait_exit() == 0
    assert terminal.output.isascii()
    assert b"38;2;" not in terminal.output
    assert terminal.output.rindex(b"\x1b[2J") > terminal.output.rindex(b"exit")


def test_the_frame_stands_where_the_first_screen_paints_it(tmp_path: Path) -> None:
    """Nothing jumps when the first real frame comes."""
    with console(tmp_path) as terminal:
        terminal.wait_for("─" * 80)
        early = terminal.screen.display[:2]
        terminal.wait_for(OFF)
        assert terminal.screen.display[1] == early[1]
        assert terminal.cell(1, 5).fg == terminal.cell(1, 70).fg
    assert terminal.output.index("─".encode()) < 400


def test_what_stands_is_not_painted_again(tmp_path: Path) -> None:
    """Textual paints each screen that opens up to four times within a moment."""
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        terminal.settle()
        assert terminal.output.count(b"Exit") == 1
        terminal.send("1")
        terminal.wait_for("This appliance sends mail")
        terminal.settle()
        assert terminal.output.count(b"This appliance sends mail") == 1


def test_a_resize_is_followed(tmp_path: Path) -> None:
    with console(tmp_path) as terminal:
        terminal.wait_for(OFF)
        terminal.resize(40, 12)
        terminal.wait_for("1-9 choose  ↑↓ move  F1 help  F10 exit")
        terminal.resize(100, 30)
        terminal.wait_until(
            lambda: terminal.screen.display[-1].startswith(" 1-9 choose   ↑↓"), "the wide key bar"
        )


@pytest.mark.parametrize("variable", ["TEXTUAL_LOG", "TEXTUAL"])
def test_textuals_own_variables_are_dropped(tmp_path: Path, variable: str) -> None:
    log = tmp_path / "keys.log"
    with console(tmp_path, **{variable: str(log), "TEXTUAL_COLOR_SYSTEM": "none"}) as terminal:
        terminal.wait_for(OFF)
        terminal.send("3")
        terminal.wait_for("> From address")
        terminal.send("hunter22")
        terminal.wait_for("hunter22")
    assert not log.exists()


def test_a_dumb_terminal_is_refused_in_one_line(tmp_path: Path) -> None:
    with console(tmp_path, TERM="dumb") as terminal:
        assert terminal.wait_exit() == 2
        assert terminal.text().count("\n") >= 1
        assert terminal.text().startswith("mail-console: the screens need more than TERM=dumb.")
    assert terminal.output.count(b"\n") == 1
    assert b"\x1b" not in terminal.output


def test_an_output_that_is_no_terminal_is_refused_in_one_line(tmp_path: Path) -> None:
    command = [PYTHON, "-m", "tests.support.show_screens", str(tmp_path)]
    script = f"{shlex.join(command)} | cat; echo done"
    with Terminal(["sh", "-c", script]) as terminal:
        terminal.wait_for("done")
        assert terminal.text().startswith("mail-console: the screens need a terminal.")


@pytest.mark.parametrize("closed", [False, True])
def test_no_terminal_is_refused_in_one_line(tmp_path: Path, closed: bool) -> None:
    command = [PYTHON, "-m", "tests.support.show_screens", str(tmp_path)]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command] if closed else command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=ROOT,
        env=clean_environment(),
        timeout=30,
    )
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode() == (
        "mail-console: the screens need a terminal. Use the commands instead: mail-console --help\n"
    )
