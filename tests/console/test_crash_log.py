"""What is written down of an unexpected error: enough to find it, and nothing that must not be read."""

from pathlib import Path

from console.crash_log import FILE_NAME, crash_lines, record_crash


def raised(words: str) -> Exception:
    planted = "a local variable"
    try:
        raise ValueError(words) from OSError(planted)
    except ValueError as error:
        return error


def test_the_place_is_told_and_no_secret_in_the_errors_words() -> None:
    told = "\n".join(crash_lines(raised("bad reply to password: hunter2-hunter2")))
    assert "test_crash_log.py" in told
    assert "ValueError: bad reply to password: ***" in told
    assert "hunter2" not in told


def test_a_flood_keeps_its_end_and_what_a_terminal_obeys_is_spelled_out() -> None:
    lines = crash_lines(raised("\n".join(f"line {number}\x1b[2J" for number in range(1000))))
    assert len(lines) == 201
    assert lines[-1] == "line 999\\x1b[2J"


def test_each_is_appended_and_a_folder_that_cannot_be_made_is_no_second_crash(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    assert record_crash(folder, raised("one")) == folder / FILE_NAME
    assert record_crash(folder, raised("two")) == folder / FILE_NAME
    text = (folder / FILE_NAME).read_text()
    assert "ValueError: one" in text
    assert "ValueError: two" in text
    assert record_crash(folder / FILE_NAME / "below", raised("three")) is None
