"""Mail host and sender: the form of the chosen transport."""

from pathlib import Path

import pytest

from console.secret import Secret
from console.settings import TransportName, form_fields
from screens.ask import Ask
from screens.mail_host import MailHostScreen
from screens.menu import MenuScreen
from screens.widgets.field_row import FieldRow
from screens.widgets.text_input import SecretInput, TextInput
from tests.support.nasty import NASTY
from tests.support.screens import (
    engine_below,
    focused_id,
    go_to,
    picture,
    press,
    ready_engine,
    row,
    screens_of,
    shows,
    status,
    type_text,
)

SMTP_WALK = [
    "mail-sender",
    "mail-sender_name",
    "mail-administrator",
    "smtp-host",
    "smtp-port",
    "smtp-encryption",
    "smtp-user",
    "smtp-password",
    "more",
    "go",
]


def files_with(octets: bytes, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and octets in path.read_bytes()]


async def test_the_form_of_smtp(tmp_path: Path) -> None:
    async with screens_of(ready_engine(tmp_path)) as pilot:
        await press(pilot, "3")
        assert picture(pilot.app).split("\n")[3:15] == [
            " > From address           alerts@contoso.com",
            "   From name",
            "   Administrator",
            "",
            "   Mail server            smtp.contoso.com",
            "   Port                   587",
            "   Encryption             (*) starttls  ( ) tls  ( ) none",
            "   User name",
            "   Password",
            "",
            "   [ More settings ]",
            "",
        ]
        assert status(pilot.app).startswith("Mail from this appliance carries this address.")


@pytest.mark.parametrize("key", ["down", "tab", "enter", "ctrl+j"])
async def test_walking_down_the_rows(tmp_path: Path, key: str) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        walked = []
        for _ in SMTP_WALK[: 9 if key in ("enter", "ctrl+j") else 10]:
            walked.append(focused_id(pilot.app))
            await press(pilot, key)
        assert walked == SMTP_WALK[: len(walked)]


async def test_walking_up_the_rows(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3", "up")
        assert focused_id(pilot.app) == "go"
        await press(pilot, "shift+tab")
        assert focused_id(pilot.app) == "more"


@pytest.mark.parametrize("transport", list(TransportName))
async def test_every_field_of_every_transport_has_its_row(tmp_path: Path, transport: TransportName) -> None:
    async with screens_of(engine_below(tmp_path, mail_transport=transport)) as pilot:
        await press(pilot, "3")
        screen = pilot.app.screen
        assert isinstance(screen, MailHostScreen)
        assert set(screen.rows) == {field.key for field in form_fields(transport)}
        await go_to(pilot, "mail.sender")
        screen.query_one("#more", FieldRow).focus()
        await press(pilot, "enter")
        for field in form_fields(transport):
            shown = not screen.rows[field.key].has_class("-hidden")
            assert shown == (field.name not in ("certificate_file", "certificate_pass_phrase"))


async def test_typing_is_checked_and_the_rule_is_said(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        await type_text(pilot, "alerts")
        assert status(pilot.app) == "Error: The @ is missing: an address looks like name@example.com."
        await press(pilot, "down")
        assert " ! From address           alerts" in picture(pilot.app)
        await press(pilot, "up")
        await type_text(pilot, "@example.com")
        assert not status(pilot.app).startswith("Error")
        assert row(pilot, "mail.sender").problem == ""


async def test_go_saves_at_once_and_shows_what(tmp_path: Path) -> None:
    engine = engine_below(tmp_path, mail_sender="alerts@example.com")
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.host")
        await type_text(pilot, "mail.example.com")
        await press(pilot, "f2")
        assert engine.settings.load().smtp.host == "mail.example.com"
        assert status(pilot.app) == "Saved: Mail server = mail.example.com."
        assert not pilot.app.screen.is_unsaved  # type: ignore[attr-defined]
        await press(pilot, "escape")
        assert shows(pilot, MenuScreen)


async def test_the_go_row_saves_too_and_says_what_is_missing(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        await type_text(pilot, "a@example.com")
        pilot.app.screen.query_one("#go", FieldRow).focus()
        await press(pilot, "enter")
        assert engine.settings.load().mail.sender == "a@example.com"
        assert status(pilot.app) == "Saved: From address = a@example.com. Still missing: the mail server."
        await press(pilot, "enter")
        assert status(pilot.app) == "Nothing was changed."


async def test_nothing_wrong_is_saved_and_nothing_right_beside_it(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        await type_text(pilot, "a@example.com")
        await go_to(pilot, "smtp.host")
        await type_text(pilot, "mail.example.com:25")
        await go_to(pilot, "smtp.user")
        await press(pilot, "f2")
        assert focused_id(pilot.app) == "smtp-host"
        assert status(pilot.app) == "Error: Write the port into its own field."
        assert not engine.settings.load().mail.sender


async def test_problems_of_the_engine_appear_at_their_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.host")
        monkeypatch.setattr(row(pilot, "smtp.host"), "_check", None)
        await type_text(pilot, "not a host")
        await press(pilot, "up", "f2")
        assert focused_id(pilot.app) == "smtp-host"
        assert status(pilot.app).startswith("Error: ")
        assert row(pilot, "smtp.host").problem
        assert engine.settings.load().smtp.host == ""


async def test_encryption_suggests_its_usual_port(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.encryption")
        await press(pilot, "right")
        assert row(pilot, "smtp.port").value == "465"
        assert status(pilot.app).startswith("Port 465 goes with it: changed.")
        await press(pilot, "right")
        assert row(pilot, "smtp.port").value == "25"
        await press(pilot, "space")
        assert row(pilot, "smtp.port").value == "587"


async def test_a_port_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path, smtp_port="2525")) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.encryption")
        await press(pilot, "right")
        assert row(pilot, "smtp.port").value == "2525"


async def test_leaving_with_unsaved_changes_asks(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        await type_text(pilot, "a@example.com")
        await press(pilot, "escape")
        assert shows(pilot, Ask)
        await press(pilot, "enter")  # stay has the mark
        assert shows(pilot, MailHostScreen)
        await press(pilot, "escape", "escape")
        assert shows(pilot, MailHostScreen)
        await press(pilot, "escape", "3")
        assert shows(pilot, MenuScreen)
        assert engine.settings.load().mail.sender == ""


async def test_saving_while_leaving(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        await type_text(pilot, "a@example.com")
        await press(pilot, "escape", "2")
        assert shows(pilot, MenuScreen)
        assert engine.settings.load().mail.sender == "a@example.com"


async def test_what_cannot_be_saved_does_not_leave(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        await type_text(pilot, "no address")
        await press(pilot, "escape", "2")
        assert shows(pilot, MailHostScreen)
        assert status(pilot.app).startswith("Error: ")


@pytest.mark.parametrize("key", ["f10", "ctrl+q"])
async def test_exit_asks_too(tmp_path: Path, key: str) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3", "x", key)
        assert shows(pilot, Ask)
        await press(pilot, "3")
        assert not pilot.app.is_running
        assert pilot.app.return_code == 0


async def test_a_secret_is_stored_apart_and_never_shown(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.password")
        await type_text(pilot, "hunter22")
        assert "hunter22" not in picture(pilot.app)
        assert "********" in picture(pilot.app)
        await press(pilot, "f2")
        assert engine.secrets.get("smtp.password") == Secret("hunter22")
        assert "hunter22" not in status(pilot.app)
        assert status(pilot.app).startswith("Saved: Password stored.")
        assert row(pilot, "smtp.password").value == ""
        assert "stored - type to replace, F8 to forget" in picture(pilot.app)
    assert files_with(b"hunter22", tmp_path) == [engine.secrets.path("smtp.password")]


async def test_a_stored_secret_is_never_filled_in(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    engine.secrets.put("smtp.password", Secret("hunter22"))
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        assert row(pilot, "smtp.password").value == ""
        assert "hunter22" not in repr(row(pilot, "smtp.password"))
        await press(pilot, "f2")
        assert engine.secrets.get("smtp.password") == Secret("hunter22")


async def test_forgetting_a_secret(tmp_path: Path) -> None:
    engine = engine_below(tmp_path)
    engine.secrets.put("smtp.password", Secret("hunter22"))
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.password")
        await press(pilot, "f8")
        assert "will be forgotten - F8 to keep it" in picture(pilot.app)
        await press(pilot, "f8", "f8", "f2")
        assert not engine.secrets.has("smtp.password")
        assert status(pilot.app).startswith("Saved: Password forgotten.")


async def test_nothing_typed_reaches_a_clipboard(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        for key in ("smtp.password", "smtp.user"):
            await go_to(pilot, key)
            await type_text(pilot, "hunter22")
            await press(pilot, "shift+home", "ctrl+c", "ctrl+x", "super+c")
            assert pilot.app.clipboard == ""
            assert row(pilot, key).value == "hunter22"


async def test_more_settings_are_behind_one_row(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        assert "Verify certificate" not in picture(pilot.app)
        pilot.app.screen.query_one("#more", FieldRow).focus()
        await press(pilot, "enter")
        assert "Verify certificate     [x] yes" in picture(pilot.app)
        assert "[ Fewer settings ]" in picture(pilot.app)
        await press(pilot, "enter")
        assert "Verify certificate" not in picture(pilot.app)


async def test_unsafe_choices_are_said_in_words_on_every_screen(tmp_path: Path) -> None:
    async with screens_of(ready_engine(tmp_path)) as pilot:
        await press(pilot, "3")
        pilot.app.screen.query_one("#more", FieldRow).focus()
        await press(pilot, "enter")
        await go_to(pilot, "smtp.verify")
        await press(pilot, "space")
        assert "[ ] no   Warning: not safe" in picture(pilot.app)
        await press(pilot, "f2")
        warning = "── Warning: the mail server's certificate is not verified ──"
        assert picture(pilot.app).split("\n")[1].startswith(warning)
        for digit in ("escape", "1", "escape", "2", "f1"):
            await press(pilot, digit)
            assert picture(pilot.app).split("\n")[1].startswith(warning)


async def test_the_fields_of_the_other_app_credential_are_hidden(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path, mail_transport="graph-app")) as pilot:
        await press(pilot, "3")
        assert "Client secret" in picture(pilot.app)
        await go_to(pilot, "microsoft365.credential")
        await press(pilot, "right")
        assert "Client secret" not in picture(pilot.app)
        assert "Certificate" in picture(pilot.app)


async def test_any_value_and_any_problem_is_safe(tmp_path: Path) -> None:
    async with screens_of(engine_below(tmp_path)) as pilot:
        await press(pilot, "3")
        for nasty in NASTY:
            sender: TextInput = row(pilot, "mail.sender_name")
            sender.value = nasty
            row(pilot, "smtp.host").show_problem(nasty)
            pilot.app.screen.tell_error(nasty)  # type: ignore[attr-defined]
            await pilot.pause()
            shown = picture(pilot.app)
            assert not any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for one in shown if one != "\n")


@pytest.mark.parametrize("size", [(40, 12), (1, 1), (25, 4)])
async def test_small(tmp_path: Path, size: tuple[int, int]) -> None:
    engine = engine_below(tmp_path)
    async with screens_of(engine, size=size) as pilot:
        await press(pilot, "3")
        await go_to(pilot, "smtp.host")
        await type_text(pilot, "mail.example.com")
        if size == (40, 12):
            shown = picture(pilot.app).split("\n")
            at = shown.index(" > Mail server")
            assert shown[at + 1].rstrip("█▇▆▅▄▃▂▁ ") == "   mail.example.com"
        await press(pilot, "f2")
        assert engine.settings.load().smtp.host == "mail.example.com"


async def test_a_secret_row_says_nothing_of_what_is_in_it() -> None:
    secret = SecretInput("Password")
    secret.edited.put("hunter22")
    assert "hunter22" not in repr(secret)


async def test_what_an_app_credential_needs_stands_below_its_choice(tmp_path: Path) -> None:
    engine = engine_below(tmp_path, mail_transport="office365-app", microsoft365_credential="certificate")
    async with screens_of(engine) as pilot:
        await press(pilot, "3")
        rows = picture(pilot.app).split("\n")
        at = next(number for number, row in enumerate(rows) if "App proves itself by" in row)
        assert rows[at + 1].startswith("   Certificate")
        assert rows[at + 2].startswith("   Pass phrase")
