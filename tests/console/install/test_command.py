"""Commands run without a shell, clean, bounded, and stop when told to."""

import os
import threading
from pathlib import Path

import pytest

from console.deadline import Cancellation, Deadline
from console.errors import CancelledError, DeadlineError, InstallError
from console.install.command import KEPT_LINES, Command, run


def test_output_comes_line_by_line_and_printable() -> None:
    lines: list[str] = []
    result = run(Command(("printf", r"one\ntwo\r\033[2Jthree\r\n")), Deadline(10), lines.append)
    assert result.is_ok
    assert lines == ["one", r"\x1b[2Jthree"], "what a carriage return overwrote is not shown"
    assert result.output == tuple(lines)


def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    nasty = f"$(touch {tmp_path}/made); `id`"
    result = run(Command(("echo", nasty)), Deadline(10))
    assert result.output == (nasty,)
    assert list(tmp_path.iterdir()) == []


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", "/nonexistent.so")
    monkeypatch.setenv("SMTP_PASSWORD", "planted-secret")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    result = run(Command(("env",), environment={"EXTRA": "1"}), Deadline(10))
    names = {line.partition("=")[0] for line in result.output}
    assert names <= {"PATH", "LC_ALL", "HOME", "DEBIAN_FRONTEND", "TERM", "EXTRA"} | {
        name for name in names if name.lower().endswith("_proxy")
    }
    assert "https_proxy" in names
    assert "planted-secret" not in "".join(result.output)


def test_nothing_can_ask() -> None:
    result = run(
        Command(("sh", "-c", "read answer || echo no input; test -t 0 || echo no terminal")), Deadline(10)
    )
    assert result.output == ("no input", "no terminal")


def test_given_text_is_its_input() -> None:
    command = Command(("cat",), given="first\nsecond\n")
    assert run(command, Deadline(10)).output == ("first", "second")
    assert command.text == "cat <<'END'\nfirst\nsecond\nEND"


def test_a_missing_program_is_a_result() -> None:
    result = run(Command(("no-such-program-here",)), Deadline(10))
    assert (result.exit_code, result.is_ok) == (127, False)


def test_only_the_last_lines_are_kept() -> None:
    count = KEPT_LINES + 50
    result = run(Command(("seq", str(count))), Deadline(20))
    assert len(result.output) == KEPT_LINES
    assert result.output[-1] == str(count)


def test_a_line_without_end_is_cut_up() -> None:
    seen: list[int] = []
    run(Command(("head", "-c", "1000000", "/dev/zero")), Deadline(20), lambda line: seen.append(len(line)))
    assert seen
    assert max(seen) < 2000


def test_cancelling_stops_the_command_and_its_children(tmp_path: Path) -> None:
    cancellation = Cancellation()
    pid_file = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {pid_file}; echo started; wait"
    with pytest.raises(CancelledError):
        run(
            Command(("sh", "-c", script)),
            Deadline(60, cancellation),
            lambda _line: threading.Thread(target=cancellation.cancel).start(),
        )
    child = int(pid_file.read_text())
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] in "ZX"


def test_the_deadline_stops_it() -> None:
    with pytest.raises(DeadlineError):
        run(Command(("sleep", "600")), Deadline(0.2))


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user: needs root")
def test_it_can_run_as_somebody_else() -> None:
    result = run(Command(("id", "-u")), Deadline(10), user=65534, group=65534, extra_groups=[])
    assert result.output == ("65534",)


def test_the_text_is_what_one_would_type() -> None:
    command = Command(("chown", "a b", "/x y"), environment={"A": "b c"})
    assert command.text == "A='b c' chown 'a b' '/x y'"


def test_a_service_that_holds_the_pipe_holds_nobody() -> None:
    result = run(Command(("sh", "-c", "setsid sleep 600 & echo started $!")), Deadline(30))
    assert result.is_ok
    os.kill(int(result.output[0].split()[1]), 9)


def test_a_service_that_talks_on_for_ever_is_left_alone() -> None:
    # It ends when nobody reads any more: writing into the closed pipe is an error then.
    result = run(Command(("setsid", "-f", "sh", "-c", "while echo more; do :; done")), Deadline(30))
    assert result.is_ok


def test_a_progress_meter_is_a_line_now_and_then() -> None:
    script = "for n in $(seq 5000); do printf '%s %%\\r' $n; done; echo done"
    lines: list[str] = []
    assert run(Command(("sh", "-c", script)), Deadline(30), lines.append).is_ok
    assert lines[-1] == "done"
    assert len(lines) < 50


def test_a_child_that_ignores_the_request_is_made_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.install.command._GRACE_SECONDS", 0.3)
    pid_file = tmp_path / "pid"
    script = f"(trap '' TERM; echo $$ > /dev/null; sh -c 'echo $PPID' > {pid_file}; sleep 600) & sleep 600"
    cancellation = Cancellation()
    threading.Timer(0.3, cancellation.cancel).start()
    with pytest.raises(CancelledError):
        run(Command(("sh", "-c", script)), Deadline(60, cancellation))
    state = Path(f"/proc/{int(pid_file.read_text())}/stat")
    assert not state.exists() or state.read_text().split()[2] in "ZX"


def test_when_the_listener_fails_nothing_runs_on(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"

    def listener(_line: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(Command(("sh", "-c", f"echo $$ > {pid_file}; echo x; sleep 600")), Deadline(20), listener)
    state = Path(f"/proc/{int(pid_file.read_text())}/stat")
    assert not state.exists() or state.read_text().split()[2] in "ZX"


@pytest.mark.parametrize("argument", ["a\0b", "\ud800"])
def test_an_argument_no_system_takes_is_an_error(argument: str) -> None:
    with pytest.raises(InstallError):
        run(Command(("echo", argument)), Deadline(10))


def test_what_it_makes_can_be_read_whatever_our_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        run(Command(("install", "-D", "-m", "0644", "/dev/null", str(tmp_path / "a/b"))), Deadline(10))
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o755


def test_a_patient_stop_lets_what_is_at_hand_end(tmp_path: Path) -> None:
    done = tmp_path / "done"
    worker = f"trap '' INT; sleep 0.5; echo the package is whole; echo whole > {done}"
    script = f'trap \'stop=1\' INT; echo begun; sh -c "{worker}"; test -n "$stop" && exit 130; sleep 600'
    cancellation = Cancellation()
    lines: list[str] = []

    def listen(line: str) -> None:
        lines.append(line)
        cancellation.cancel()

    with pytest.raises(CancelledError):
        run(Command(("sh", "-c", script), patience=20), Deadline(60, cancellation), listen)
    assert done.read_text() == "whole\n"
    assert lines == ["begun", "the package is whole"]
