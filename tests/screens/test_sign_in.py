"""Signing in with a code: the sandbox's service over real TLS, the phone played, every end a finding."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.engine import Engine
from console.errors import CancelledError
from console.microsoft365.states import Code, Slowed, Unreachable, Waiting
from console.microsoft365.status import sign_in_status
from console.sandbox.box import Sandbox
from console.transcript import Stage
from console.verdict import Failure
from screens import sign_in as sign_in_module
from screens.look import BASIC, Look
from screens.sign_in import SignInScreen
from screens.sign_in_result import SignInResultScreen
from screens.sign_in_run import Coded, Polled
from screens.test_mail import TestMailScreen
from screens.widgets.code_panel import CodePanel, spaced
from screens.widgets.qr_picture import QrPicture
from tests.screens.test_test_mail import until
from tests.support.nasty import CONTROL, LENGTH, MARKUP, UNICODE
from tests.support.screens import engine_below, focused_id, picture, press, screens_of


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path / "box", interval=1) as started:
        yield started


def engine_of(box: Sandbox, folder: Path, transport: str = "microsoft365") -> Engine:
    return engine_below(folder / "root", box.profile, mail_transport=transport, mail_enabled="true")


def words(app: object) -> str:
    return " ".join(picture(app).split())


async def opened(pilot: Any) -> SignInScreen:
    """Open the sign-in from the menu and wait for its code."""
    await pilot.press("4")
    await until(pilot, lambda: "Waiting for you" in picture(pilot.app))
    screen = pilot.app.screen
    assert isinstance(screen, SignInScreen)
    return screen


async def play(pilot: Any, digit: str) -> None:
    """Play the phone by its key."""
    await pilot.press("f8")
    await until(pilot, lambda: "What does the person with the phone do?" in picture(pilot.app))
    await pilot.press(digit)


async def test_an_unexpected_error_is_said_in_the_pane(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sign_in_module, "run_sign_in", broken)
    async with screens_of(engine_of(box, tmp_path), sandbox=box) as pilot:
        await press(pilot, "4")
        await until(pilot, lambda: "Internal error (ZeroDivisionError)" in picture(pilot.app))


async def test_from_the_menu_by_the_phone_key_to_a_test_mail_that_arrives(
    box: Sandbox, tmp_path: Path
) -> None:
    engine = engine_of(box, tmp_path)
    async with screens_of(engine, sandbox=box) as pilot:
        screen = await opened(pilot)
        assert screen.waiting is not None
        code = screen.waiting.code
        shown = picture(pilot.app)
        assert spaced(code.user_code) in shown
        assert code.verification_uri in shown
        assert "3  sign in as  alerts@contoso.com" in shown
        await play(pilot, "1")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignInResultScreen))
        await until(pilot, lambda: "ok       Signed in: alerts@contoso.com" in picture(pilot.app))
        assert "SMTP.Send" in picture(pilot.app)
        assert not sign_in_status(engine, engine.settings.load()).is_signed_in
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TestMailScreen))
        assert sign_in_status(engine, engine.settings.load()).account == "alerts@contoso.com"
        await press(pilot, "enter")
        assert " Accepted " in picture(pilot.app)
        assert len(box.mailbox.mails()) == 1
        await press(pilot, "escape")
        await pilot.press("4")
        await until(pilot, lambda: "Signed in: alerts@contoso.com" in picture(pilot.app))
        await pilot.press("f4")
        await until(pilot, lambda: "Forget the sign-in?" in picture(pilot.app))
        await pilot.press("2")
        await until(pilot, lambda: "The sign-in is forgotten." in picture(pilot.app))
        assert not sign_in_status(engine, engine.settings.load()).account
    kept = b"".join(file.read_bytes() for file in (tmp_path / "root").rglob("*") if file.is_file())
    assert code.user_code.encode() not in kept


@pytest.mark.parametrize(("digit", "said"), [("2", "declined"), ("5", "Conditional Access")])
async def test_a_refusal_ends_in_the_finding(box: Sandbox, tmp_path: Path, digit: str, said: str) -> None:
    async with screens_of(engine_of(box, tmp_path), sandbox=box) as pilot:
        await opened(pilot)
        await play(pilot, digit)
        await until(pilot, lambda: "Not signed in" in picture(pilot.app))
        shown = picture(pilot.app)
        assert said in shown
        assert " Cause " in shown
        assert " Fix" in shown
        assert " Who " in shown
        await pilot.press("f5")
        await until(pilot, lambda: "Waiting for you" in picture(pilot.app))


async def test_public_client_flows_off_is_found_before_anybody_walks_to_a_phone(tmp_path: Path) -> None:
    with Sandbox.start(tmp_path / "box", ["public-client-flows-off"], interval=1) as box:
        async with screens_of(engine_of(box, tmp_path), sandbox=box) as pilot:
            await pilot.press("4")
            await until(pilot, lambda: "Not signed in" in picture(pilot.app))
            assert "Allow public client flows" in " ".join(picture(pilot.app).split())


async def test_a_lapsed_code_is_renewed_and_says_so(box: Sandbox, tmp_path: Path) -> None:
    async with screens_of(engine_of(box, tmp_path), sandbox=box) as pilot:
        screen = await opened(pilot)
        assert screen.waiting is not None
        first = screen.waiting.code.user_code
        await play(pilot, "4")
        await until(pilot, lambda: "this is a new one" in picture(pilot.app))
        assert screen.waiting.code.user_code != first
        assert spaced(screen.waiting.code.user_code) in picture(pilot.app)


async def test_a_wrong_account_is_never_saved_silently(box: Sandbox, tmp_path: Path) -> None:
    engine = engine_of(box, tmp_path)
    async with screens_of(engine, sandbox=box) as pilot:
        await opened(pilot)
        await play(pilot, "3")
        await until(pilot, lambda: "FAILED   Signed in: admin@contoso.com" in picture(pilot.app))
        assert " > 1  Sign in again" in picture(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "Waiting for you" in picture(pilot.app))
        assert not sign_in_status(engine, engine.settings.load()).account
        await play(pilot, "3")
        await until(pilot, lambda: "Send as alerts@contoso.com" in picture(pilot.app))
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, TestMailScreen))
        settings = engine.settings.load()
        assert (settings.mail.sender, settings.microsoft365.mailbox) == (
            "alerts@contoso.com",
            "admin@contoso.com",
        )


async def test_escape_cancels_at_once_and_f5_asks_anew(box: Sandbox, tmp_path: Path) -> None:
    async with screens_of(engine_of(box, tmp_path), sandbox=box) as pilot:
        screen = await opened(pilot)
        assert screen.waiting is not None
        first = screen.waiting.code.user_code
        await pilot.press("f5")
        await until(pilot, lambda: screen.waiting and screen.waiting.code.user_code != first)
        began = time.monotonic()
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.app.workers.wait_for_complete()
        assert time.monotonic() - began < 1.5


async def test_smtp_says_that_there_is_nothing_to_sign_in(box: Sandbox, tmp_path: Path) -> None:
    async with screens_of(engine_of(box, tmp_path, "smtp"), sandbox=box) as pilot:
        await press(pilot, "4")
        assert "The transport chosen, SMTP, needs no sign-in." in " ".join(picture(pilot.app).split())
        assert "F5" not in picture(pilot.app)


def scripted(monkeypatch: pytest.MonkeyPatch, code: Code, *states: Any) -> None:
    """Let the sign-in tell a code and states, then wait to be cancelled."""

    def run(_engine: object, _settings: object, tell: Any, cancellation: Any) -> None:
        tell(Coded(code, renewed=False))
        for state in states:
            tell(Polled(state, time.monotonic()))
        cancellation.wait(30)

    monkeypatch.setattr(sign_in_module, "run_sign_in", run)


def code_of(user_code: str = "BMS4RWVV8", address: str = "https://login.microsoft.com/device") -> Code:
    return Code(user_code, address, "", time.monotonic() + 900, 5.0, "", 900.0)


async def test_the_pictures_and_the_large_letters_go_by_their_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, code_of(), Waiting(0.0))
    async with screens_of(engine_below(tmp_path, mail_transport="microsoft365")) as pilot:
        screen = await opened(pilot)
        address, code = screen.query_one("#address", QrPicture), screen.query_one("#code", QrPicture)

        def widths() -> tuple[int, ...]:
            return tuple(one.picture.width if one.picture else 0 for one in (address, code))

        assert widths() == (33, 0)
        assert (address.text, code.text) == ("https://login.microsoft.com/device", "BMS4RWVV8")
        assert "the picture takes you there" in picture(pilot.app)
        await pilot.press("f7")
        assert widths() == (0, 29)
        assert "the picture is the code" in picture(pilot.app)
        await pilot.press("f7")
        assert widths() == (0, 0)
        assert "B M S 4   R W V V 8" in picture(pilot.app)
        await pilot.press("f6")
        await until(pilot, lambda: "██      ██  ████  ████" in picture(pilot.app))
        assert "https://login.microsoft.com/device" in picture(pilot.app)
        assert "14:5" in picture(pilot.app) or "15:00" in picture(pilot.app)
        await pilot.press("f6", "f7")
        await until(pilot, lambda: widths() == (33, 0))
        await pilot.resize_terminal(120, 30)
        await until(pilot, lambda: widths() == (37, 29))
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: widths() == (0, 0))
        assert "B M S 4   R W V V 8" in picture(pilot.app)


async def test_a_picture_that_does_not_fit_is_said_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, code_of(), Waiting(0.0))
    async with screens_of(engine_below(tmp_path, mail_transport="microsoft365")) as pilot:
        await opened(pilot)
        assert "does not fit" not in picture(pilot.app)
        await pilot.press("f9")
        await until(pilot, lambda: "F9 takes them back" in words(pilot.app))
        await pilot.press("f9")
        await until(pilot, lambda: "does not fit" not in words(pilot.app))
        await pilot.resize_terminal(50, 16)
        await pilot.press("f7")
        await until(pilot, lambda: "The picture does not fit on this screen." in words(pilot.app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "does not fit" not in words(pilot.app))
    scripted(monkeypatch, code_of(), Waiting(0.0))
    async with screens_of(engine_below(tmp_path, mail_transport="microsoft365"), look=BASIC) as pilot:
        await opened(pilot)
        await pilot.press("f7")
        await until(pilot, lambda: "The picture does not fit on this screen." in words(pilot.app))
        await pilot.press("f7")
        await until(pilot, lambda: "does not fit" not in words(pilot.app))


LONG = "alerts-monitoring-appliance-berlin@subsidiary.contoso.onmicrosoft.com"


@pytest.mark.parametrize(
    ("mailbox", "said"),
    [
        ("", "3  sign in as  alerts@contoso.com / the mailbox that sends, no administrator"),
        ("delegate@contoso.com", "3  sign in as  delegate@contoso.com / who sends as alerts@contoso.com"),
        (LONG, f"3  sign in as / {LONG[:41]} / {LONG[41:]} / who sends as alerts@contoso.com"),
    ],
)
async def test_who_signs_in_and_for_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mailbox: str, said: str
) -> None:
    scripted(monkeypatch, code_of(), Waiting(0.0))
    engine = engine_below(
        tmp_path,
        mail_transport="microsoft365",
        mail_sender="alerts@contoso.com",
        microsoft365_mailbox=mailbox,
    )
    async with screens_of(engine) as pilot:
        await opened(pilot)
        rows = [line[36:].rstrip() for line in picture(pilot.app).splitlines()]
        first = next(number for number, row in enumerate(rows) if row.startswith("3  sign in as"))
        found = rows[first : first + len(said.split(" / "))]
        assert found == [
            said.split(" / ")[0],
            *(f"   {line}" for line in said.split(" / ")[1:]),
        ]
        await pilot.press("f6")
        whole = f"https://login.microsoft.com/device as {mailbox or 'alerts@contoso.com'}"
        await until(pilot, lambda: "Enter it at" in picture(pilot.app))
        assert (whole in picture(pilot.app)) is (mailbox != LONG)


async def test_help_names_the_keys_of_the_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, code_of())
    async with screens_of(engine_below(tmp_path, mail_transport="microsoft365"), size=(80, 60)) as pilot:
        await opened(pilot)
        await pilot.press("f1")
        await until(pilot, lambda: "Help:" in picture(pilot.app))
        for key in ("F4", "F5", "F6", "F7", "F9", "F10", "Esc"):
            assert f"  {key:<3} " in picture(pilot.app).partition("Keys")[2]


async def test_states_are_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = Failure(Stage.SIGN_IN, "oauth.unreachable", "[/foo] no route")
    scripted(monkeypatch, code_of(), Slowed(0.0, 10.0), Unreachable(0.0, failure))
    async with screens_of(engine_below(tmp_path, mail_transport="microsoft365")) as pilot:
        await pilot.press("4")
        await until(pilot, lambda: "No answer; trying again by itself" in picture(pilot.app))
        assert "[/foo] no route" in picture(pilot.app)
        assert "asked 0 s ago" in picture(pilot.app)


async def test_focus_and_help_do_not_depend_on_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, code_of())
    async with screens_of(engine_below(tmp_path, mail_transport="microsoft365"), look=BASIC) as pilot:
        await opened(pilot)
        assert focused_id(pilot.app) is None
        await pilot.press("tab", "shift+tab", "f1")
        await until(
            pilot, lambda: "mail-console signin" in picture(pilot.app) or "Help:" in picture(pilot.app)
        )


@pytest.mark.parametrize(
    ("size", "look"), [((80, 24), Look()), ((40, 12), BASIC), ((1, 1), Look()), ((200, 60), BASIC)]
)
async def test_whatever_the_service_says_is_shown_and_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], look: Look
) -> None:
    async with screens_of(engine_below(tmp_path, mail_transport="microsoft365"), size, look) as pilot:
        scripted(monkeypatch, code_of())
        pilot.app.push_screen(SignInScreen())
        await until(pilot, lambda: isinstance(pilot.app.screen, SignInScreen) and pilot.app.screen.waiting)
        screen = pilot.app.screen
        assert isinstance(screen, SignInScreen)
        for text in (" ".join(MARKUP), *CONTROL, " ".join(UNICODE), *LENGTH):
            news = Coded(code_of(text[:64], text), renewed=True)
            assert screen.running is not None
            screen.on_sign_in_screen_told(SignInScreen.Told(news, screen.running))
            failure = Failure(Stage.SIGN_IN, "oauth.unreachable", text)
            polled = Polled(Unreachable(0.0, failure), time.monotonic())
            screen.on_sign_in_screen_told(SignInScreen.Told(polled, screen.running))
            await pilot.press("f6", "f7", "f9")
            assert "\x1b" not in picture(pilot.app)


async def test_the_clock_repaints_only_the_cells_that_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, code_of(), Waiting(0.0))
    async with screens_of(engine_below(tmp_path, mail_transport="microsoft365")) as pilot:
        await opened(pilot)
        panel = pilot.app.screen.query_one("#panel", CodePanel)
        repainted: list[Any] = []
        monkeypatch.setattr(panel, "refresh", lambda *regions, **_: repainted.extend(regions))
        now = time.monotonic() + 3
        panel.clock = lambda: now
        panel.tick()
        assert repainted
        assert all(region.height == 1 and region.width < 25 for region in repainted)
        repainted.clear()
        panel.tick()
        assert repainted == []


def test_the_run_stops_in_the_middle_of_a_wait(box: Sandbox, tmp_path: Path) -> None:
    from console.deadline import Cancellation
    from screens.sign_in_run import run_sign_in

    engine = engine_of(box, tmp_path)
    cancellation = Cancellation()
    told: list[Any] = []

    def tell(news: Any) -> None:
        told.append(news)
        if isinstance(news, Polled):
            cancellation.cancel()

    began = time.monotonic()
    run_sign_in(engine, engine.settings.load(), tell, cancellation)
    assert time.monotonic() - began < 5.0
    assert [type(news) for news in told] == [Coded, Polled]
    assert issubclass(CancelledError, Exception)
