"""Questions end once, whatever is typed ahead, and the harmless answer has the mark."""

from pathlib import Path

import pytest

from screens.ask import NO, YES, Ask
from screens.menu import MenuScreen
from screens.widgets.bars import KeyBar
from tests.support.nasty import NASTY
from tests.support.screens import engine_below, picture, press, ready_engine, screens_of, settled, shows


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], NO),
        (["down", "enter"], YES),
        (["tab", "enter"], YES),
        (["right", "left", "space"], NO),
        (["2"], YES),
        (["escape"], None),
    ],
)
async def test_answers(tmp_path: Path, keys: list[str], answer: str | None) -> None:
    answers: list[str | None] = []
    async with screens_of(engine_below(tmp_path)) as pilot:
        pilot.app.push_screen(Ask.yes_or_no("Really?"), answers.append)
        await settled(pilot)
        await press(pilot, *keys)
        assert answers == [answer]
        assert shows(pilot, MenuScreen)


async def test_two_answers_typed_at_once_are_one(tmp_path: Path) -> None:
    answers: list[str | None] = []
    async with screens_of(engine_below(tmp_path)) as pilot:
        question = Ask.yes_or_no("Really?")
        pilot.app.push_screen(question, answers.append)
        await settled(pilot)
        question.finish(YES)
        question.finish(NO)
        await settled(pilot)
        assert answers == [YES]
        assert pilot.app.is_running


async def test_exit_from_a_question_answers_nothing(tmp_path: Path) -> None:
    answers: list[str | None] = []
    async with screens_of(engine_below(tmp_path)) as pilot:
        pilot.app.push_screen(Ask.yes_or_no("Really?"), answers.append)
        await settled(pilot)
        await press(pilot, "f10")
        assert answers == [None]


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (1, 1)])
async def test_any_question_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with screens_of(engine_below(tmp_path), size=size) as pilot:
        for nasty in NASTY[:: 1 if size == (80, 24) else 5]:
            await pilot.app.push_screen(Ask.yes_or_no(nasty, yes=nasty or "Yes", detail=nasty))
            await pilot.pause()
            shown = picture(pilot.app)
            assert not any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for one in shown if one != "\n")
            pilot.app.pop_screen()


@pytest.mark.parametrize(("size", "row"), [((80, 24), 22), ((40, 12), 11)])
async def test_a_question_shows_its_own_keys(tmp_path: Path, size: tuple[int, int], row: int) -> None:
    async with screens_of(ready_engine(tmp_path), size=size) as pilot:
        below = picture(pilot.app).split("\n")[-1]
        pilot.app.push_screen(Ask.unsaved())
        await settled(pilot)
        assert picture(pilot.app).split("\n")[-1] == " ↑↓ move   Enter choose   Esc cancel"
        assert pilot.app.screen.query_one(KeyBar).region.y == row
        await press(pilot, "escape")
        assert picture(pilot.app).split("\n")[-1] == below
