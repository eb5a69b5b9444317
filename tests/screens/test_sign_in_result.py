"""The result of a sign-in: each line its word, and nothing stored that was not chosen."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.errors import FileError
from console.microsoft365.claims import Grant
from console.microsoft365.fit import Fit
from console.microsoft365.states import Decision, SignInResult
from console.transcript import Stage
from console.verdict import Failure
from screens.sign_in_result import SignInResultScreen
from screens.test_mail import TestMailScreen
from tests.screens.test_test_mail import until
from tests.support.nasty import CONTROL, LENGTH, MARKUP, UNICODE
from tests.support.screens import engine_below, picture, press, screens_of, status

GRANT = Grant(
    account="alerts@contoso.com",
    names=("alerts@contoso.com",),
    display_name="Alerts",
    tenant="8a2c1f0e-5d3b-4c6a-9e7f-1b2d3c4e5f60",
    audience="https://outlook.office.com",
    scopes=("https://outlook.office.com/SMTP.Send", "openid"),
    lifetime=3600.0,
)


class Keeper:
    """Stands for the sign-in that keeps the result: remembers what was decided, or refuses."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.decisions: list[Decision] = []

    def keep(self, _result: SignInResult, decision: Decision) -> Any:
        if self.error is not None:
            raise self.error
        self.decisions.append(decision)
        return type("Kept", (), {"token_file_problem": None})()


def failure(kind: str, text: str = "said") -> Failure:
    return Failure(Stage.SIGN_IN, kind, text)


GOOD = Fit()


def result(fit: Fit = GOOD, grant: Grant = GRANT) -> SignInResult:
    return SignInResult(grant, fit, datetime.now(UTC))


async def shown(pilot: Any, keeper: Keeper, what: SignInResult) -> SignInResultScreen:
    screen = SignInResultScreen(keeper, what)  # type: ignore[arg-type] # stands for a DeviceSignIn
    await pilot.app.push_screen(screen)
    await until(pilot, lambda: "What now?" in picture(pilot.app))
    return screen


def engine_of(folder: Path) -> Any:
    return engine_below(folder, mail_sender="alerts@contoso.com", mail_transport="microsoft365")


async def test_what_fits_is_saved_by_one_enter_and_leads_to_a_test_mail(tmp_path: Path) -> None:
    keeper = Keeper()
    async with screens_of(engine_of(tmp_path)) as pilot:
        await shown(pilot, keeper, result())
        text = picture(pilot.app)
        assert " ok       Signed in: alerts@contoso.com (Alerts)" in text
        assert " ok       Granted: https://outlook.office.com/SMTP.Send" in text
        assert "openid" not in text
        assert "Send as" not in text
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, TestMailScreen)
        assert "Signed in, and stored." in status(pilot.app)
    assert keeper.decisions == [Decision.SAVE]


async def test_another_account_offers_two_explicit_ways_and_neither_first(tmp_path: Path) -> None:
    fit = Fit((failure("oauth.wrong-account"),), (), is_wrong_account=True)
    keeper = Keeper()
    async with screens_of(engine_of(tmp_path)) as pilot:
        screen = await shown(pilot, keeper, result(fit))
        assert [item.key for item in screen.choices()] == ["again", "send-as", "use-account", "nothing"]
        assert " FAILED   Signed in:" in picture(pilot.app)
        await press(pilot, "3")
    assert keeper.decisions == [Decision.USE_ACCOUNT]


async def test_the_from_address_itself_is_used_not_sent_as(tmp_path: Path) -> None:
    engine = engine_below(
        tmp_path,
        mail_sender="alerts@contoso.com",
        mail_transport="microsoft365",
        microsoft365_mailbox="admin@contoso.com",
    )
    fit = Fit((failure("oauth.wrong-account"),), (), is_wrong_account=True)
    keeper = Keeper()
    async with screens_of(engine) as pilot:
        await shown(pilot, keeper, result(fit))
        assert "Use alerts@contoso.com itself: it is the From address" in picture(pilot.app)
        assert "Send as" not in picture(pilot.app)
        await press(pilot, "2")
    assert keeper.decisions == [Decision.USE_ACCOUNT]


@pytest.mark.parametrize(
    ("kind", "line"), [("oauth.missing-scope", "Granted:"), ("oauth.wrong-audience", "For:")]
)
async def test_what_blocks_cannot_be_saved(tmp_path: Path, kind: str, line: str) -> None:
    fit = Fit((failure("oauth.wrong-account"), failure(kind)), (), is_wrong_account=True)
    keeper = Keeper()
    async with screens_of(engine_of(tmp_path)) as pilot:
        screen = await shown(pilot, keeper, result(fit))
        assert [item.key for item in screen.choices()] == ["again", "nothing"]
        assert f" FAILED   {line}" in picture(pilot.app)
        await press(pilot, "2")
        assert not isinstance(pilot.app.screen, SignInResultScreen)
    assert keeper.decisions == []


async def test_a_warning_is_a_word_and_does_not_stop(tmp_path: Path) -> None:
    keeper = Keeper()
    async with screens_of(engine_of(tmp_path)) as pilot:
        await shown(pilot, keeper, result(Fit((), (failure("oauth.wrong-audience"),))))
        assert " warning  For:" in picture(pilot.app)
        assert "Save, then send a test mail" in picture(pilot.app)


async def test_what_cannot_be_stored_is_said_and_can_be_tried_again(tmp_path: Path) -> None:
    keeper = Keeper(FileError("The disk is [/full].", "Make room."))
    async with screens_of(engine_of(tmp_path)) as pilot:
        await shown(pilot, keeper, result())
        await press(pilot, "enter")
        assert status(pilot.app) == "Error: The disk is [/full]. Make room."
        keeper.error = None
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, TestMailScreen)


async def test_escape_stores_nothing(tmp_path: Path) -> None:
    keeper = Keeper()
    async with screens_of(engine_of(tmp_path)) as pilot:
        await shown(pilot, keeper, result())
        await press(pilot, "tab", "down", "escape")
        assert not isinstance(pilot.app.screen, SignInResultScreen)
    assert keeper.decisions == []


@pytest.mark.parametrize("size", [(80, 24), (1, 1)])
async def test_whatever_the_token_says_is_shown_and_does_nothing(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with screens_of(engine_of(tmp_path), size) as pilot:
        for text in (" ".join(MARKUP), " ".join(CONTROL), " ".join(UNICODE), *LENGTH):
            grant = Grant(account=text, display_name=text, tenant=text, audience=text, scopes=(text,))
            fit = Fit((failure("oauth.wrong-account", text),), (), is_wrong_account=True)
            await pilot.app.push_screen(SignInResultScreen(Keeper(), result(fit, grant)))  # type: ignore[arg-type]
            await pilot.pause()
            assert "\x1b" not in picture(pilot.app)
            await pilot.press("escape")
