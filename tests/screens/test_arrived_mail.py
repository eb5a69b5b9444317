"""The sandbox's mailbox on the screen: newest first, and any content does nothing."""

from pathlib import Path
from types import SimpleNamespace

from console.sandbox.mailbox import Mailbox
from screens.arrived_mail import ArrivedMailScreen
from tests.support.nasty import NASTY
from tests.support.screens import engine_below, joined, picture, press, screens_of, settled, status


async def test_newest_first_and_older_by_the_left_arrow(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / "mails")
    for number in (1, 2):
        mailbox.deliver("a@b.c", ("d@e.f",), f"Subject: mail {number}\r\n\r\nbody {number}\r\n".encode())
    async with screens_of(engine_below(tmp_path), sandbox=SimpleNamespace(mailbox=mailbox)) as pilot:
        await pilot.app.push_screen(ArrivedMailScreen())
        await settled(pilot)
        assert "body 2" in picture(pilot.app)
        assert "a@b.c → d@e.f" in picture(pilot.app)
        await press(pilot, "right", "left")
        assert "body 1" in picture(pilot.app)
        assert status(pilot.app).endswith("0001.eml")
        await press(pilot, "left")
        assert "body 1" in picture(pilot.app)


async def test_the_whole_path_can_be_read(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path / ("long-" * 10))
    mailbox.deliver("a@b.c", ("d@e.f",), b"Subject: mail\r\n\r\nbody\r\n")
    sandbox = SimpleNamespace(mailbox=mailbox)
    async with screens_of(engine_below(tmp_path), (40, 12), sandbox=sandbox) as pilot:
        await pilot.app.push_screen(ArrivedMailScreen())
        await settled(pilot)
        assert str(mailbox.mails()[0].file) in joined(pilot)


async def test_an_empty_mailbox_says_so(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path), sandbox=SimpleNamespace(mailbox=Mailbox())) as pilot:
        await pilot.app.push_screen(ArrivedMailScreen())
        await press(pilot, "left", "right")
        assert "No mail arrived yet." in picture(pilot.app)


async def test_any_content_is_shown_and_does_nothing(tmp_path: Path) -> None:
    mailbox = Mailbox()
    for text in (*NASTY, "multipart/mixed; boundary=x", "multipart/[/foo]"):
        head = text.encode("utf-8", "surrogateescape")
        mailbox.deliver(
            text, (text,), b"Content-Type: " + head + b"\r\nSubject: " + head + b"\r\n\r\n" + head
        )
    async with screens_of(
        engine_below(tmp_path), (40, 12), sandbox=SimpleNamespace(mailbox=mailbox)
    ) as pilot:
        await pilot.app.push_screen(ArrivedMailScreen())
        for _ in mailbox.mails():
            await pilot.press("left")
            assert "\x1b" not in picture(pilot.app)
