"""What the menu says beside components and checks."""

from pathlib import Path

import pytest

from console.appliance import Profile
from console.checks.model import CheckResult
from console.grade import Grade
from screens.theme import Tone
from screens.upkeep_state import checks_state, components_state
from screens.widgets.choice_list import ChoiceList
from tests.support.screens import engine_below, press, screens_of


def result(name: str, grade: Grade) -> CheckResult:
    return CheckResult(name, name, grade, "")


def test_checks_in_a_few_words() -> None:
    assert checks_state({}).text == "not checked yet"
    grades = {"a": Grade.OK, "b": Grade.NOT_APPLICABLE}
    assert checks_state({n: result(n, g) for n, g in grades.items()}).text == "1 of 1 well"
    grades |= {"c": Grade.WARNING, "d": Grade.FAILED}
    said = checks_state({n: result(n, g) for n, g in grades.items()})
    assert (said.text, said.tone) == ("1 failed, 1 of 3 well", Tone.FAILURE)


@pytest.mark.parametrize(
    ("need", "transport", "text"),
    [
        ("required", "smtp", "missing: The thing"),
        ("recommended", "smtp", "all that is needed"),
        ("recommended", "graph", "missing: The thing"),
        ("optional", "graph", "all that is needed"),
    ],
)
def test_what_counts_depends_on_the_transport(root: Path, need: str, transport: str, text: str) -> None:
    thing = {
        "name": "thing",
        "title": "The thing",
        "why": "x",
        "need": need,
        "present": [{"file": "/none/x"}],
    }
    engine = engine_below(root, Profile(components=(thing,)), mail_transport=transport)
    assert components_state(engine).text == text


async def test_the_menu_shows_both(root: Path) -> None:
    async with screens_of(engine_below(root)) as pilot:
        states = {one.key: one.state for one in pilot.app.screen.query_one(ChoiceList).items}
        assert states["checks"] == "not checked yet"
        assert states["components"]
        await press(pilot, "8", "escape", "escape")
        states = {one.key: one.state for one in pilot.app.screen.query_one(ChoiceList).items}
        assert "of" in states["checks"]
        await press(pilot, "1", "1", "escape")
        states = {one.key: one.state for one in pilot.app.screen.query_one(ChoiceList).items}
        assert states["checks"] == "not checked yet", "what was found was about other settings"
