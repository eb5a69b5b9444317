"""The transcript pane: follows what comes, shows the verdict on top, wraps, and takes any text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.transcript import Event, Recorder, Stage
from screens.drawing import flat
from screens.widgets.report import Paragraph, rows_of_paragraphs
from screens.widgets.transcript_rows import TranscriptRows
from screens.widgets.transcript_view import TranscriptView
from tests.support.nasty import NASTY
from tests.support.screens import engine_below, picture, screens_of, settled


def recorded(*texts: str) -> tuple[Recorder, list[Event]]:
    """Return a recorder and the events it told while two stages ran."""
    events: list[Event] = []
    recorder = Recorder()
    recorder.subscribe(events.append)
    with recorder.step(Stage.CONNECT, "127.0.0.1") as step:
        step.fact("address", "127.0.0.1")
    with recorder.step(Stage.GREETING) as step:
        for text in texts:
            recorder.received(text)
        step.fact("reply", "220")
    return recorder, events


def texts_of(rows: TranscriptRows) -> list[str]:
    return ["".join(text for text, _ in rows.row(number)) for number in range(len(rows))]


def test_growing_event_by_event_ends_in_the_same_rows_as_the_whole() -> None:
    recorder, events = recorded("220 one", "220 " + "long " * 60)
    grown, whole = TranscriptRows(60), TranscriptRows(60)
    for event in events:
        first = grown.add([event])
        assert 0 <= first <= len(grown)
    whole.show(recorder.transcript())
    assert texts_of(grown) == texts_of(whole)
    assert sum("Greeting: ok" in text for text in texts_of(whole)) == 1
    assert max(cell_len(text) for text in texts_of(whole)) <= 60


def test_what_the_servers_own_lines_say_is_not_said_twice() -> None:
    recorder, _ = recorded("220 mail.example.com")
    rows = TranscriptRows(60)
    rows.show(recorder.transcript())
    assert "reply" not in " ".join(texts_of(rows))


def test_wrapping_anew_keeps_every_word() -> None:
    recorder, _ = recorded("220 " + " ".join(f"word{number}" for number in range(50)))
    rows = TranscriptRows(100)
    rows.show(recorder.transcript())
    wide = " ".join(" ".join(texts_of(rows)).split())
    rows.resize(40)
    assert " ".join(" ".join(texts_of(rows)).split()) == wide


@given(st.lists(st.sampled_from(NASTY), max_size=4), st.integers(36, 120))
def test_no_text_breaks_a_row(texts: list[str], width: int) -> None:
    _, events = recorded(*texts)
    rows = TranscriptRows(width)
    rows.add(events)
    for text in texts_of(rows):
        assert "\x1b" not in text
        assert "\n" not in text
        assert cell_len(flat(text)) <= width


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_report_is_wrapped_below_its_labels(width: int) -> None:
    report = [Paragraph("Cause", "word " * 40), Paragraph("Fix 1.", "do " * 30), Paragraph("", "")]
    rows = rows_of_paragraphs(report, width)
    assert all(cell_len("".join(text for text, _ in row)) <= width for row in rows)
    assert sum(text.count("word") for row in rows for text, _ in row) == 40


async def test_it_follows_until_somebody_scrolls_up(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        view = TranscriptView()
        await pilot.app.screen.mount(view)
        _, events = recorded(*(f"250 line {number}" for number in range(60)))
        for event in events:
            view.add([event])
        await settled(pilot)
        assert [view.follows] == [True]
        assert view.top == view.last_top > 0
        assert "250 line 59" in picture(pilot.app)
        view.action_scroll_rows(-3)
        _, more = recorded("more")
        view.add(more[-2:-1])
        assert not view.follows
        assert view.top < view.last_top
        view.show_report([Paragraph("Failed", "[/foo] \x1b[2J")])
        await settled(pilot)
        assert view.top == 0
        assert "[/foo] \\x1b[2J" in picture(pilot.app)
