"""What all screens have in common for the eye: edges, and how a list or a text goes on."""

from pathlib import Path

import pytest
from textual.widget import Widget

from screens.look import BASIC, Look
from screens.theme import Tone
from screens.widgets.choice_list import ChoiceList, Item
from screens.widgets.drawn import Paragraphs
from tests.support.deliveries import made_delivery
from tests.support.screens import picture, press, ready_engine, screens_of, settled

LONG = (
    "a subject that is longer than any row of any screen on which it stands, and somewhat longer still " * 3
)


@pytest.mark.parametrize("look", [Look(), BASIC], ids=["rich", "basic"])
@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 12)], ids=str)
@pytest.mark.parametrize("keys", ["f1", "1", "2", "3", "4", "5", "6", "7", "7 enter", "8"])
async def test_text_keeps_off_both_edges(
    tmp_path: Path, keys: str, size: tuple[int, int], look: Look
) -> None:
    engine = ready_engine(tmp_path)
    for number in range(40):
        engine.log.append(made_delivery(number, LONG, subject=LONG))
    async with screens_of(engine, size, look) as pilot:
        await press(pilot, *keys.split())
        rows = picture(pilot.app).split("\n")
        body = [row for row in rows if not row.startswith(("─", "-"))]
        assert len(body) > 1
        edge = "↑↓▁▂▃▄▅▆▇█^v_#"  # a list that goes on, a scroll bar
        for row in body:
            assert row[:1] in ("", " "), row
            assert len(row) < size[0] or row[-1] in edge, row


async def test_a_list_that_goes_on_says_so(tmp_path: Path) -> None:
    engine = ready_engine(tmp_path)
    async with screens_of(engine, (80, 24)) as pilot:
        choices = ChoiceList([Item(str(number), f"Row {number}") for number in range(60)])
        await pilot.app.screen.query_one("Body").remove_children()
        await pilot.app.screen.query_one("Body").mount(choices)
        await settled(pilot)
        rows = picture(pilot.app).split("\n")[2:22]
        assert [number for number, row in enumerate(rows) if row.endswith("↓")] == [19]
        assert not any(row.endswith("↑") for row in rows)
        choices.action_last()
        await settled(pilot)
        rows = picture(pilot.app).split("\n")[2:22]
        assert [number for number, row in enumerate(rows) if row.endswith("↑")] == [0]
        assert not any(row.endswith("↓") for row in rows)


async def test_a_text_without_room_ends_in_an_ellipsis(tmp_path: Path) -> None:
    async with screens_of(ready_engine(tmp_path)) as pilot:
        text = Paragraphs(("first\nsecond\nthird", Tone.TEXT))
        text.styles.max_height = 2
        body: Widget = pilot.app.screen.query_one("Body")
        await body.mount(text, before=0)
        await settled(pilot)
        assert " first\n second …\n" in picture(pilot.app)
