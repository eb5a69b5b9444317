"""The test log: a window on a log of any length, filtered, searched, opened, exported."""

import stat
import time
from pathlib import Path
from typing import Any

import pytest

from console.engine import Engine
from console.verdict import Result
from screens.log_entry import LogEntryScreen
from screens.test_log import TestLogScreen
from screens.widgets.bars import StatusLine
from screens.widgets.log_list import MOST, LogList
from screens.widgets.transcript_view import TranscriptView
from tests.screens.test_test_mail import until
from tests.support.deliveries import made_delivery
from tests.support.nasty import NASTY
from tests.support.screens import (
    engine_below,
    focused_id,
    joined,
    picture,
    press,
    screens_of,
    settled,
    status,
    type_text,
)


def logged(folder: Path, count: int = 200) -> Engine:
    """Return an engine whose log has `count` mails; every fifth failed, number 100 is unlike others."""
    engine = engine_below(folder)
    for number in range(count):
        result = Result.FAILED if number % 5 == 0 else Result.ACCEPTED
        texts = ("220 a rare Word here",) if number == 100 else ()
        engine.log.append(made_delivery(number, *texts, result=result))
    return engine


def is_shown(pilot: Any, screen: type) -> bool:
    return isinstance(pilot.app.screen, screen)


def marked(pilot: object) -> str:
    entry = pilot.app.screen.query_one(LogList).marked_entry  # type: ignore[attr-defined]
    return entry.subject if entry else ""


async def test_it_opens_with_the_newest_first(tmp_path: Path) -> None:
    async with screens_of(logged(tmp_path)) as pilot:
        await press(pilot, "7")
        assert isinstance(pilot.app.screen, TestLogScreen)
        assert focused_id(pilot.app) == "log"
        lines = picture(pilot.app).splitlines()
        assert lines[3].startswith("   When        Result    Transport")
        assert lines[4].startswith(" > ")
        assert "accepted" in lines[4]
        assert "Report 199" in lines[4]
        assert "failed" in lines[8]
        assert "Come back later." in lines[8]
        assert "Report 199" in status(pilot.app)


async def test_home_and_end_jump_and_what_lies_between_is_read_as_one_goes(tmp_path: Path) -> None:
    async with screens_of(logged(tmp_path, 130)) as pilot:
        await press(pilot, "7", "end")
        assert marked(pilot) == "Report 0"
        assert "Report 0" in status(pilot.app)
        seen = [marked(pilot)]
        while len(seen) < 130:
            pilot.app.screen.query_one(LogList).action_move(-1)
            await pilot.pause()
            seen.append(marked(pilot))
        assert seen == [f"Report {number}" for number in range(130)]
        await press(pilot, "end", "home")
        assert marked(pilot) == "Report 129"
        for _ in range(12):
            await press(pilot, "pagedown")
        assert marked(pilot) == "Report 0"


async def test_the_filter_goes_through_the_results(tmp_path: Path) -> None:
    engine = logged(tmp_path, 20)
    engine.log.append(made_delivery(20, result=Result.CANCELLED))
    async with screens_of(engine) as pilot:
        await press(pilot, "7")
        shown = pilot.app.screen.query_one(LogList)
        counts = {}
        for name in ("failed", "accepted", "partly accepted", "cancelled", "all"):
            await press(pilot, "f")
            counts[name] = len(shown.entries)
        assert counts == {"failed": 4, "accepted": 16, "partly accepted": 0, "cancelled": 1, "all": 21}
        await press(pilot, "f", "end")
        assert marked(pilot) == "Report 0"
        assert "Only failed mails" in picture(pilot.app)
        await press(pilot, "escape")
        assert "All mails" in picture(pilot.app)


async def test_search_finds_in_transcripts_and_escape_shows_all_again(tmp_path: Path) -> None:
    async with screens_of(logged(tmp_path)) as pilot:
        await press(pilot, "7", "slash")
        assert focused_id(pilot.app) == "needle"
        await type_text(pilot, "rare word f")
        assert "rare word f" in picture(pilot.app)
        await press(pilot, "backspace", "backspace", "enter")
        await until(pilot, lambda: "1 found" in picture(pilot.app))
        assert focused_id(pilot.app) == "log"
        assert marked(pilot) == "Report 100"
        await press(pilot, "escape")
        assert marked(pilot) == "Report 199"
        await press(pilot, "slash")
        await type_text(pilot, "nowhere to be found")
        await press(pilot, "enter")
        await until(pilot, lambda: "Nothing in the log has" in picture(pilot.app))
        assert status(pilot.app).strip() == ""
        await press(pilot, "escape", "escape")
        assert not isinstance(pilot.app.screen, TestLogScreen)


async def test_a_search_given_up_leaves_nothing_said_of_it(tmp_path: Path) -> None:
    async with screens_of(logged(tmp_path)) as pilot:
        await press(pilot, "7", "slash")
        assert "Enter searches" in status(pilot.app)
        await press(pilot, "escape")
        await until(pilot, lambda: "Report 199" in status(pilot.app))


async def test_a_search_in_a_filtered_log_says_that_it_is_filtered(tmp_path: Path) -> None:
    async with screens_of(logged(tmp_path)) as pilot:
        await press(pilot, "7", "slash")
        await type_text(pilot, "Report 199")
        await press(pilot, "enter")
        await until(pilot, lambda: "Report 199" in status(pilot.app))
        await press(pilot, "f")
        await until(
            pilot, lambda: "No failed mail has “Report 199” in it. f shows the others." in picture(pilot.app)
        )
        assert status(pilot.app).strip() == ""


async def test_a_long_log_opens_at_once_answers_keys_while_searching_and_escape_stops(tmp_path: Path) -> None:
    engine = logged(tmp_path, 1)
    file = tmp_path / "var/log/mail-console/mail.log.jsonl"
    line = file.read_bytes()
    with file.open("ab") as out:
        for _ in range(200):
            out.write(line * (1_000_000 // len(line)))
    async with screens_of(engine) as pilot:
        began = time.monotonic()
        await pilot.press("7")
        await until(pilot, lambda: "Report 0" in status(pilot.app))
        await pilot.press("end")
        await until(pilot, lambda: pilot.app.screen.query_one(LogList).has_newer)
        assert time.monotonic() - began < 2.0
        assert len(pilot.app.screen.query_one(LogList).entries) < MOST
        await press(pilot, "slash")
        await type_text(pilot, "qqq")
        await pilot.press("enter")
        screen = pilot.app.screen
        assert isinstance(screen, TestLogScreen)
        await until(pilot, lambda: screen.feed is not None and screen.feed.searched > 0)
        feed = screen.feed
        assert feed is not None
        await pilot.press("f1")
        await until(pilot, lambda: "Help:" in picture(pilot.app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: feed.is_done)
        await settled(pilot)
        assert feed.cancellation.is_cancelled or feed.is_exhausted


async def test_an_entry_opens_whole_and_is_exported(tmp_path: Path) -> None:
    engine = logged(tmp_path, 6)
    async with screens_of(engine) as pilot:
        await press(pilot, "7", "down", "down", "down", "down", "down", "enter")
        assert is_shown(pilot, LogEntryScreen)
        shown = picture(pilot.app)
        assert shown.index("Failed") < shown.index("Cause") < shown.index("Wait.") < shown.index("Subject")
        await press(pilot, "end")
        assert "220 mail.example.com ESMTP" in picture(pilot.app)
        await press(pilot, "x", "1")
        await press(pilot, "x", "2")
        copies = sorted((tmp_path / "var/log/mail-console/exports").iterdir())
        assert len(copies) == 2
        assert str(copies[1].parent) in status(pilot.app)
        assert {stat.S_IMODE(copy.stat().st_mode) for copy in copies} == {0o600}
        texts = [copy.read_text() for copy in copies]
        assert sum("admin@example.com" in text for text in texts) == 1
        await press(pilot, "x", "escape", "escape")
        assert is_shown(pilot, TestLogScreen)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_the_whole_path_of_a_copy_can_be_read(tmp_path: Path, size: tuple[int, int]) -> None:
    engine = logged(tmp_path / ("long-" * 10), 1)
    async with screens_of(engine, size) as pilot:
        await press(pilot, "7", "enter", "x", "1")
        (copy,) = engine.paths.log.glob("exports/*")
        assert str(copy) in joined(pilot)
        await pilot.resize_terminal(60, 16)
        await settled(pilot)
        assert str(copy) in joined(pilot)
        pilot.app.screen.tell("Short.")  # type: ignore[attr-defined]
        await settled(pilot)
        assert pilot.app.screen.query_one(StatusLine).size.height == LogEntryScreen.STATUS_ROWS


async def test_an_entry_removed_meanwhile_says_so(tmp_path: Path) -> None:
    engine = logged(tmp_path, 2)
    async with screens_of(engine) as pilot:
        await press(pilot, "7")
        (tmp_path / "var/log/mail-console/mail.log.jsonl").unlink()
        await press(pilot, "enter")
        assert "no longer in the send log" in picture(pilot.app)
        await press(pilot, "x", "1")
        assert status(pilot.app).startswith("Error: ")


async def test_an_empty_log_says_what_to_do(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "7", "home", "end", "enter", "pagedown", "f")
        assert isinstance(pilot.app.screen, TestLogScreen)
        await press(pilot, "escape")
        assert "No mail was sent yet." in picture(pilot.app)


async def test_a_log_that_cannot_be_read_is_an_error_on_the_screen(tmp_path: Path) -> None:
    engine = logged(tmp_path, 1)
    file = tmp_path / "var/log/mail-console/mail.log.jsonl"
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")
    async with screens_of(engine) as pilot:
        await press(pilot, "7")
        assert status(pilot.app).startswith("Error: ")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (1, 1)])
async def test_nasty_entries_are_shown_and_do_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    engine = engine_below(tmp_path)
    for number, text in enumerate(NASTY):
        engine.log.append(made_delivery(number, subject=text, result=Result.FAILED))
    engine.log.append(made_delivery(len(NASTY), *NASTY, subject=NASTY[0]))
    async with screens_of(engine, size) as pilot:
        await press(pilot, "7", "enter")
        view = pilot.app.screen.query_one(TranscriptView)
        for top in range(0, view.row_count(), max(9, view.size.height)):
            view.show_from(top)
            await pilot.pause()
            assert "\x1b" not in picture(pilot.app)
        await press(pilot, "escape")
        for _ in NASTY:
            await pilot.press("down")
            assert "\x1b" not in picture(pilot.app)
        assert isinstance(pilot.app.screen, TestLogScreen)


async def test_the_list_never_holds_more_than_its_most(tmp_path: Path) -> None:
    engine = logged(tmp_path, 50)
    async with screens_of(engine) as pilot:
        await press(pilot, "7")
        shown = pilot.app.screen.query_one(LogList)
        entries = list(shown.entries)
        for _ in range(60):
            shown.add_older(entries, has_older=True)
        assert len(shown.entries) == MOST
        assert shown.has_newer
        for _ in range(10):
            shown.add_newer(entries, has_newer=False)
        assert len(shown.entries) == MOST
        assert shown.has_older
