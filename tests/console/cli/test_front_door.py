"""The front door: what it refuses, how it ends, and what it loads before it knows where to go."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console import __version__
from console.__main__ import split
from tests.support.cli import COMMAND, PROJECT, run_cli
from tests.support.terminal import Terminal, clean_environment


def test_version_and_help_are_data() -> None:
    assert run_cli("--version").out == f"mail-console {__version__}\n"
    ended = run_cli("--help")
    assert ended.code == 0
    assert "settings" in ended.out
    assert "--sandbox" in ended.out
    assert ended.err == ""
    for asked in (["help", "settings", "set"], ["settings", "set", "--help"]):
        assert "KEY=VALUE" in run_cli(*asked).out
    assert "Did you mean send?" in run_cli("help", "snd").err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["snd"], "Did you mean send?"),
        (["--bogus"], "unknown option --bogus"),
        (["--root"], "--root needs a value"),
        (["send", "--bogus"], "--bogus"),
        (["settings"], "ACTION"),
        (["--root", "/nowhere/at/all", "status"], "does not exist"),
        (["--fault", "dns.not-found", "status"], "--sandbox"),
        (
            ["log", "list", "--limit", "many"],
            "argument --limit: a number from 1 to 100000 is wanted, not many.",
        ),
        (["\x1b[2Jsend"], "\\x1b[2Jsend"),
    ],
)
def test_a_bad_argument_is_one_line_and_exit_2(arguments: list[str], words: str) -> None:
    ended = run_cli(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("mail-console: ")
    assert ended.err.count("\n") == 1
    assert words in ended.err


def test_the_list_of_faults_is_data() -> None:
    from console.sandbox.scenarios import scenarios

    for words in (["--sandbox", "--fault", "list"], ["--sandbox", "--fault=list", "status"]):
        ended = run_cli(*words)
        assert (ended.code, ended.err) == (0, "")
        assert [line.split()[0] for line in ended.out.splitlines()] == list(scenarios())


def test_without_a_terminal_the_screens_refuse_in_one_line() -> None:
    ended = run_cli()
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert "terminal" in ended.err


def test_a_dumb_terminal_is_refused_in_one_line() -> None:
    with Terminal([*COMMAND], environment={"TERM": "dumb"}) as terminal:
        assert terminal.wait_exit() == 2
        assert "TERM" in terminal.text()
        assert "Traceback" not in terminal.text()


def test_a_caller_that_pipes_into_a_failing_command_is_not_broken(root: Path) -> None:
    """More than a pipe holds: without being read, the caller's own write would fail."""
    writer = subprocess.Popen(
        [*COMMAND, "--root", str(root), "send"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT
    )
    assert writer.stdin is not None
    assert writer.stderr is not None
    with writer:
        writer.stdin.write(b"x" * 1_000_000)
        writer.stdin.close()
        assert writer.wait(30) == 78
        assert b"switched off" in writer.stderr.read()


def test_a_reader_that_goes_away_is_no_error(root: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [*COMMAND, "--root", str(root), "settings", "show"],
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
        timeout=30,
    )
    os.close(writing)
    assert ended.returncode == 141
    assert ended.stderr == b""


@pytest.mark.parametrize("command", [["settings", "show"], ["settings", "schema"], ["--help"]])
def test_output_to_a_full_disk_is_one_line(root: Path, command: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*COMMAND, "--root", str(root), *command],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=PROJECT,
            timeout=30,
        )
    assert ended.returncode == 74
    assert ended.stderr == b"mail-console: The output cannot be written: No space left on device.\n"


def test_talk_to_a_full_disk_changes_nothing(root: Path) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*COMMAND, "--root", str(root), "settings", "show", "smtp.prt"],
            stderr=full,
            cwd=PROJECT,
            timeout=30,
        )
    assert ended.returncode == 2


def test_ctrl_c_ends_quietly(root: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background ignores it
    waiting = subprocess.Popen(
        [*COMMAND, "--root", str(root), "explain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT,
    )
    signal.signal(signal.SIGINT, before)
    with waiting:
        _wait_until_it_reads(waiting.pid)
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert (out, err) == (b"", b"")


def _wait_until_it_reads(pid: int) -> None:
    """Wait until the process sleeps in a read of descriptor 0 (Linux: number 0 in /proc/PID/syscall)."""
    for _ in range(2000):
        words = Path(f"/proc/{pid}/syscall").read_text().split()
        if words[:2] == ["0", "0x0"]:
            return
        subprocess.run(["true"])
    raise AssertionError("it never read its standard input")


def test_closed_standard_streams_are_survived(root: Path) -> None:
    script = f'exec "$0" -m console --root "{root}" status <&- >&- 2>&-'
    ended = subprocess.run(["sh", "-c", script, sys.executable], cwd=PROJECT, timeout=30)
    assert ended.returncode == 1  # mail is off: a warning


def test_an_internal_error_says_kind_and_place_never_values() -> None:
    program = (
        "import sys, console.__main__ as door\n"
        "def fail(options, rest):\n    password = 'hunter2'\n    raise KeyError(password)\n"
        "door._commands = fail\n"
        "sys.argv = ['mail-console', 'status']\n"
        "sys.exit(door.main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=PROJECT)
    assert ended.returncode == 70
    assert ended.stderr.startswith("mail-console: Internal error: KeyError at ")
    assert "in fail" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "hunter2" not in ended.stderr


def test_nothing_but_os_and_sys_is_loaded_before_it_is_known_where_to_go() -> None:
    program = (
        "import sys\nbefore = set(sys.modules)\nimport console.__main__\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    ended = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n{program}"],
        capture_output=True,
        text=True,
    )
    assert ended.stdout.split() == ["console", "console.__main__"]


def test_front_options_stand_before_or_behind_the_command(root: Path) -> None:
    for arguments in (["--root", root, "settings", "path"], ["settings", "path", f"--root={root}"]):
        assert run_cli(*arguments).out == f"{root}/etc/mail-console/settings.yaml\n"


def test_split_takes_only_what_stands_before_the_command() -> None:
    options, rest = split(["--sandbox", "--root=/a", "--fault", "x", "send", "--sandbox"])
    assert (options.is_sandbox, options.root, options.faults) == (True, "/a", ["x"])
    assert rest == ["send", "--sandbox"]
    assert split(["--root"])[1] == ["--root"]
    assert split(["--root="])[1] == ["--root="]


def test_the_sandbox_opens_in_a_terminal_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = clean_environment(TMPDIR=str(tmp_path), TEXTUAL_LOG=str(tmp_path / "keys.log"))
    with Terminal([*COMMAND, "--sandbox"], environment=environment) as terminal:
        terminal.wait_for("SANDBOX")
        terminal.wait_for("Exit")
        terminal.send("f10")
        assert terminal.wait_exit() == 0
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_fault_ends_in_a_line_on_the_restored_screen() -> None:
    with Terminal(
        [*COMMAND, "--sandbox", "--fault", "nonsense"], environment=clean_environment()
    ) as terminal:
        assert terminal.wait_exit() == 2
        assert b"no fault named nonsense" in terminal.output
        assert b"Traceback" not in terminal.output


@pytest.mark.parametrize("words", ["['status', '--no-such']", "['--version']"])
def test_a_command_ends_the_process_at_once_and_loses_no_word(words: str) -> None:
    program = (
        "import atexit, sys\n"
        "import console.__main__ as door\n"
        "atexit.register(print, 'tidied up')\n"
        f"sys.argv[1:] = {words}\n"
        "sys.stdout.write('first\\n'); sys.stderr.write('no line feed')\n"
        "door.program()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=PROJECT)
    assert ended.returncode == (2 if "such" in words else 0)
    assert ended.stdout.startswith("first\n")
    assert ended.stderr.startswith("no line feed")
    assert "tidied up" not in ended.stdout
