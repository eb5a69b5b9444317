"""Choosing a fault of the sandbox on its screen."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.engine import Engine, open_engine
from console.sandbox.box import Sandbox
from screens.widgets.choice_list import ChoiceList
from tests.support.screens import picture, press, screens_of, status, type_text


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("box")) as running:
        yield running


@pytest.fixture(autouse=True)
def no_fault(box: Sandbox) -> None:
    box.set_fault(None)


def engine_of(box: Sandbox, root: Path) -> Engine:
    return open_engine(root, profile=box.profile, is_sandbox=True)


async def test_fault_is_chosen_and_ended_by_keyboard(box: Sandbox, root: Path) -> None:
    async with screens_of(engine_of(box, root), sandbox=box) as pilot:
        assert "F2 faults" in picture(pilot.app)
        await press(pilot, "f2")
        assert "No fault: everything works" in picture(pilot.app)
        assert "Password: sandbox-password" in picture(pilot.app)
        await press(pilot, "down", "enter")
        assert list(box.chosen_faults) == ["public-client-flows-off"]
        assert status(pilot.app) == "From now on: Public client flows are off."
        assert "played now" in picture(pilot.app)
        assert "--fault public-client-flows-off" in picture(pilot.app)
        await press(pilot, "home", "enter")
        assert not box.chosen_faults
        assert status(pilot.app) == "Everything works again."
        await press(pilot, "escape")
        assert "1  Mail on or off" in picture(pilot.app)


async def test_searching_finds_by_number_and_by_word(box: Sandbox, root: Path) -> None:
    async with screens_of(engine_of(box, root), sandbox=box) as pilot:
        await press(pilot, "f2", "slash")
        await type_text(pilot, "aadsts 50105")
        await press(pilot, "enter")
        assert "1 of" in status(pilot.app)
        await press(pilot, "enter")
        assert box.chosen_faults == ("aadsts-50105",)
        assert "played now" in picture(pilot.app)
        await press(pilot, "escape")
        assert "Public client flows are off" in picture(pilot.app)
        await press(pilot, "escape")
        assert "1  Mail on or off" in picture(pilot.app)


async def test_nothing_found_leaves_the_first_row(box: Sandbox, root: Path) -> None:
    async with screens_of(engine_of(box, root), sandbox=box) as pilot:
        await press(pilot, "f2", "slash")
        await type_text(pilot, "zzzz")
        await press(pilot, "enter")
        assert "No fault: everything works" in picture(pilot.app)
        assert "0 of" in status(pilot.app)


async def test_played_fault_is_marked_when_the_screen_opens(box: Sandbox, root: Path) -> None:
    box.set_fault("captive-portal")
    async with screens_of(engine_of(box, root), sandbox=box) as pilot:
        await press(pilot, "f2")
        assert "A captive portal answers instead" in picture(pilot.app)
        assert "--fault captive-portal  ends in: captive-portal" in picture(pilot.app)


async def test_stopping_the_mail_server_keeps_the_screen_alive(box: Sandbox, root: Path) -> None:
    port = int(box.addresses.smtp_plain.partition(":")[2])
    async with screens_of(engine_of(box, root), sandbox=box) as pilot:
        await press(pilot, "f2", "slash")
        await type_text(pilot, "connection refused")
        await press(pilot, "enter", "enter")
        assert box.chosen_faults == ("connection-refused",)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        await press(pilot, "home", "enter")
    socket.create_connection(("127.0.0.1", port)).close()


async def test_f3_shows_what_arrived(box: Sandbox, root: Path) -> None:
    box.mailbox.deliver("alerts@contoso.com", ("you@example.com",), b"Subject: Arrived\r\n\r\nBody\r\n")
    async with screens_of(engine_of(box, root), sandbox=box) as pilot:
        await press(pilot, "f3")
        assert "Arrived" in picture(pilot.app)


async def test_outside_the_sandbox_the_keys_do_nothing(root: Path) -> None:
    async with screens_of(open_engine(root)) as pilot:
        assert "F2" not in picture(pilot.app)
        await press(pilot, "f2", "f3")
        assert "1  Mail on or off" in picture(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 5), (1, 1)])
async def test_every_size(box: Sandbox, root: Path, size: tuple[int, int]) -> None:
    async with screens_of(engine_of(box, root), size=size, sandbox=box) as pilot:
        await press(pilot, "f2", "down", "end", "pageup", "enter")
        assert box.chosen_faults


async def test_the_ends_of_a_long_list_are_one_key_away(box: Sandbox, root: Path) -> None:
    async with screens_of(engine_of(box, root), sandbox=box) as pilot:
        await press(pilot, "f2", "end")
        choices = pilot.app.screen.query_one(ChoiceList)
        assert len(choices.items) > 200
        assert choices.marked == len(choices.items) - 1
        await press(pilot, "home")
        assert choices.marked == 0
