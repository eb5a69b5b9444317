"""What the sign-in brought: who, what for, does it fit; nothing is stored before the operator chose."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.errors import ConsoleError
from console.microsoft365.states import Decision, SignInResult
from console.settings.model import Settings
from console.text import printable
from screens.base import ConsoleScreen
from screens.theme import Tone
from screens.widgets.choice_list import ChoiceList, Item
from screens.widgets.report import BLANK, Paragraph, finding_report
from screens.widgets.scrolled import PaneRule, Scrolled
from screens.widgets.transcript_view import TranscriptView

if TYPE_CHECKING:
    from console.microsoft365.sign_in import DeviceSignIn

_AGAIN: Final = "again"
_NOTHING: Final = "nothing"
_OFFLINE: Final = frozenset({"openid", "profile", "offline_access", "email"})


class SignInResultScreen(ConsoleScreen):
    """Shows a finished sign-in and keeps it as the operator decides.

    Args:
        sign_in: Keeps the result.
        result: Who signed in, what was granted, whether it fits.
    """

    TITLE_TEXT = "Microsoft 365 sign-in: result"
    HELP = """
Who signed in, what was granted, and whether that suits the From address, the mailbox and the transport
chosen. Nothing is stored before you choose.

When another account signed in than the mailbox that sends, there are two ways to keep it: send as the From
address with that account, which needs the permission Send As in Exchange; or make that account the From
address.
"""
    COMMAND = "mail-console signin"
    KEYS = (("↑↓", "move"), ("Enter", "choose"), ("Tab", "report, choices"), ("Esc", "cancel"))
    AUTO_FOCUS = "#choices"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1", "help", "Help", show=False)]
    DEFAULT_CSS = """
    SignInResultScreen #choices { height: auto; }
    """

    class Kept(Message):
        """The sign-in is stored; `problem` is what could not be written besides, or ""."""

        def __init__(self, problem: str) -> None:
            super().__init__()
            self.problem = problem

    class NotKept(Message):
        """The sign-in could not be stored."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, sign_in: "DeviceSignIn", result: SignInResult) -> None:
        super().__init__()
        self.sign_in = sign_in
        self.result = result
        self.is_keeping = False

    def compose_body(self) -> ComposeResult:
        """Yield the report and the choices."""
        yield TranscriptView(id="report")
        yield PaneRule("What now?", id="place")
        yield ChoiceList(self.choices(), id="choices")

    def on_mount(self) -> None:
        """Show the result."""
        super().on_mount()
        self.query_one(TranscriptView).show_report(tuple(self._report()))

    def _settings(self) -> Settings:
        try:
            return self.console.engine.settings.load()
        except ConsoleError:
            return Settings()

    def choices(self) -> list[Item]:
        """Return what can be done; the first is what is sensible, and never stores a wrong account."""
        fit, account = self.result.fit, self.result.grant.account
        again = ("Sign in again", _AGAIN)
        rows = [again]
        if fit.is_good:
            rows = [("Save, then send a test mail", Decision.SAVE), again]
        elif fit.is_wrong_account and not fit.blocking:
            rows += self._ways_to_keep(account)
        rows.append(("Save nothing", _NOTHING))
        return [Item(key, printable(label), str(number)) for number, (label, key) in enumerate(rows, 1)]

    def _ways_to_keep(self, account: str) -> list[tuple[str, Decision]]:
        """Return what makes an account fit that is not the one the settings name."""
        settings, names = self._settings(), (account.casefold(), *self.result.grant.names)
        sender = settings.mail.sender
        if sender.casefold() in names and settings.mailbox.casefold() not in names:
            return [(f"Use {account} itself: it is the From address", Decision.USE_ACCOUNT)]
        return [
            (f"Send as {sender}, with the account {account}", Decision.SEND_AS),
            (f"Make {account} the From address", Decision.USE_ACCOUNT),
        ]

    def _report(self) -> Iterator[Paragraph]:
        grant, fit = self.result.grant, self.result.fit
        failed = {failure.kind for failure in fit.failures}
        warned = {failure.kind for failure in fit.warnings}

        def line(kind: str, name: str, text: str) -> Paragraph:
            word, tone = ("ok", Tone.OK)
            if kind in failed:
                word, tone = ("FAILED", Tone.FAILURE)
            elif kind in warned:
                word, tone = ("warning", Tone.WARNING)
            return Paragraph(word, f"{name}: {text}", Tone.TEXT, tone)

        name = f" ({grant.display_name})" if grant.display_name else ""
        yield line("oauth.wrong-account", "Signed in", f"{grant.account or 'an unnamed account'}{name}")
        scopes = [scope for scope in grant.scopes if scope.casefold() not in _OFFLINE]
        yield line("oauth.missing-scope", "Granted", " ".join(scopes) or "nothing")
        yield line("oauth.wrong-audience", "For", grant.audience or "not readable in the token")
        if grant.tenant:
            yield Paragraph("", f"Tenant: {grant.tenant}", Tone.MUTED)
        if grant.lifetime:
            minutes = f"{grant.lifetime / 60:.0f} minutes"
            yield Paragraph("", f"The token holds for {minutes} and is renewed by itself.", Tone.MUTED)
        yield BLANK
        yield from self._verdict()

    def _verdict(self) -> Iterator[Paragraph]:
        settings, fit = self._settings(), self.result.fit
        if fit.is_good:
            sender = settings.mail.sender or self.result.grant.account
            text = f"With this, mail from {sender} can go out by {settings.mail.transport.label}."
            yield Paragraph("Fits", text, Tone.STRONG, Tone.OK)
        for finding in fit.findings():
            yield from finding_report(finding)
            yield BLANK

    @on(ChoiceList.Chosen)
    def decide(self, event: ChoiceList.Chosen) -> None:
        """Do what was chosen."""
        if self.is_keeping or not self.is_current:
            return
        if event.item.key == _NOTHING:
            self.action_back()
        elif event.item.key == _AGAIN:
            from screens.sign_in import SignInScreen

            self.app.switch_screen(SignInScreen(at_once=True))
        else:
            self.is_keeping = True
            self.tell("Storing …")
            self.keep(Decision(event.item.key))

    @work(thread=True, exclusive=True, exit_on_error=False, group="keep")
    def keep(self, decision: Decision) -> None:
        """Store the sign-in off the event loop: it waits for a lock, and for the disk."""
        try:
            kept = self.sign_in.keep(self.result, decision)
        except ConsoleError as error:
            self.post_message(self.NotKept(str(error)))
        else:
            self.post_message(self.Kept(str(kept.token_file_problem or "")))

    def on_sign_in_result_screen_kept(self, event: Kept) -> None:
        """Go straight on to a test mail."""
        from screens.test_mail import TestMailScreen

        said = f"Signed in. But: {event.problem}" if event.problem else "Signed in, and stored."
        self.app.switch_screen(TestMailScreen(said))

    def on_sign_in_result_screen_not_kept(self, event: NotKept) -> None:
        """Say why it is not stored."""
        self.is_keeping = False
        self.tell_error(event.text)

    def on_scrolled_moved(self, event: Scrolled.Moved) -> None:
        """Say which part of the report is seen."""
        self.query_one(PaneRule).show_place(event)
