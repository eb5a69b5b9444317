"""Microsoft 365 sign-in of an app: what it proves itself with, the certificate to upload, and a check."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.deadline import Cancellation, Deadline
from console.errors import CancelledError, ConsoleError
from console.secret import OWN_KEY
from console.settings.model import AppCredential, Settings
from console.verdict import Finding
from screens import offers
from screens.app_sign_in_report import AppReport, checked_report, credential_report, refused_report
from screens.base import ConsoleScreen
from screens.theme import Tone
from screens.widgets.report import offer_of
from screens.widgets.scrolled import PaneRule, Scrolled
from screens.widgets.transcript_view import TranscriptView

_SECONDS = 60.0
_NO_PAIR = "app-certificate-missing"


class AppSignInScreen(ConsoleScreen):
    """Shows an app's credential, makes its key pair, and signs it in to see whether it works."""

    TITLE_TEXT = "Microsoft 365 sign-in: app"
    HELP = """
An app signs in as itself: nobody types a code. It proves itself by a client secret or by a certificate; menu
item 3 chooses which.

F6 makes the key pair for a certificate. The private key stays on this appliance. The public certificate is
shown here and written to a file: upload it to the app registration. F5 signs the app in now and shows what it
may do.
"""
    COMMAND = """
mail-console signin --app
mail-console certificate new
"""
    KEYS = (
        ("F5", "check now"),
        ("F6", "make a key pair"),
        ("Enter", "open settings, where they are to be corrected"),
        ("Esc", "back"),
    )
    AUTO_FOCUS = "#report"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "check", "Check now", show=False),
        Binding("f6", "make_pair", "Make a key pair", show=False),
        Binding("enter,ctrl+j", "take_offer", "Offer", show=False),
    ]

    class Looked(Message):
        """There is something to show."""

        def __init__(self, title: str, report: AppReport, said: str = "") -> None:
            super().__init__()
            self.title = title
            self.report = report
            self.said = said

    class Refused(Message):
        """It could not be done."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self._can_make_pair = False
        self._checking: Cancellation | None = None
        self._findings: tuple[Finding, ...] = ()
        self.offer = ""

    def compose_body(self) -> ComposeResult:
        """Yield the pane."""
        yield PaneRule("", is_top=True, id="place")
        yield TranscriptView(id="report")

    def on_mount(self) -> None:
        """Look at the credential."""
        super().on_mount()
        self._begin()

    def on_screen_resume(self) -> None:
        """Look again after the settings stood here: what was missing may be there now."""
        super().on_screen_resume()
        if self.offer:
            self._begin()

    def _begin(self) -> None:
        settings = self._settings()
        if settings is not None:
            chosen = settings.microsoft365
            is_certificate = chosen.credential is AppCredential.CERTIFICATE
            self._can_make_pair = is_certificate and not chosen.certificate_file
        self._show_findings(())
        self.look()

    def _show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Offer to open the settings where `findings` are corrected there; F5 and F6 do the others."""
        self._findings = findings
        is_missing_pair = self._can_make_pair and any(one.id == _NO_PAIR for one in findings)
        is_offered = offer_of(findings) == offers.OPEN_SETTINGS and not is_missing_pair
        self.offer = offers.OPEN_SETTINGS if is_offered else ""
        enter = (("Enter", offers.LABELS[self.offer]),) if self.offer else ()
        make = (("F6", "make a key pair"),) if self._can_make_pair else ()
        self.show_keys(*enter, ("F5", "check now"), *make, ("Esc", "back"))

    def on_unmount(self) -> None:
        """Leave nothing waiting."""
        if self._checking is not None:
            self._checking.cancel()

    def _settings(self) -> Settings | None:
        try:
            return self.console.engine.settings.load()
        except ConsoleError as error:
            self.tell_error(str(error))
            return None

    @work(thread=True, exclusive=True, exit_on_error=False, group="app-sign-in")
    def look(self, said: str = "") -> None:
        """Read the credential off the event loop."""
        engine = self.console.engine
        try:
            report = credential_report(engine, engine.settings.load())
        except ConsoleError as error:
            self.post_message(self.Refused(str(error)))
        else:
            self.post_message(self.Looked("What the app proves itself with", report, said))

    def on_app_sign_in_screen_looked(self, event: Looked) -> None:
        """Show it."""
        self.query_one(PaneRule).show(title=event.title, place="")
        self.query_one(TranscriptView).show_report(event.report.paragraphs)
        self._show_findings(event.report.findings)
        self.tell(event.said, Tone.OK)

    def on_app_sign_in_screen_refused(self, event: Refused) -> None:
        """Say why not."""
        self.tell_error(event.text)

    def action_check(self) -> None:
        """Sign the app in now."""
        if self._checking is not None:
            self._checking.cancel()
        self._checking = Cancellation()
        self.tell("Signing in …")
        self.check(self._checking)

    @work(thread=True, exclusive=True, exit_on_error=False, group="app-sign-in")
    def check(self, cancellation: Cancellation) -> None:
        """Sign in off the event loop: servers are asked."""
        from console.microsoft365.tokens import renew
        from console.verdict import AttemptError

        engine, title = self.console.engine, "Signed in"
        try:
            settings = engine.settings.load()
            credential = credential_report(engine, settings)
            try:
                renewal = renew(engine, settings, Deadline(_SECONDS, cancellation))
            except AttemptError as error:
                title, answer = "Not signed in", refused_report(error.failure, settings)
            else:
                answer = checked_report(renewal, settings)
            report = answer.before(credential)
        except CancelledError:
            return
        except ConsoleError as error:
            self.post_message(self.Refused(str(error)))
        else:
            self.post_message(self.Looked(title, report))

    def action_take_offer(self) -> None:
        """Go where the finding can be put right."""
        if self.offer:
            offers.go(self.offer, self, self._findings)

    def action_make_pair(self) -> None:
        """Make a key pair; ask first when there is one, for the app may be using it."""
        if not self._can_make_pair:
            self.tell("The app does not use a pair made here: see menu item 3.", Tone.WARNING)
            return
        try:
            is_there = self.console.engine.secrets.has(OWN_KEY)
        except ConsoleError as error:
            self.tell_error(str(error))
            return
        if not is_there:
            self._make(None)
            return
        from screens.ask import Ask

        question = "There is a key pair already, and the app may be using it. Make another in its place?"
        detail = "The app cannot sign in again before the new certificate is uploaded."
        ask = Ask.yes_or_no(question, "Make another", "Keep it", detail)
        self.app.push_screen(ask, lambda answer: self._make(answer or ""))

    def _make(self, answer: str | None) -> None:
        from screens.ask import YES

        if answer in (None, YES):
            self.tell("Making a key pair …")
            self.make_pair()

    @work(thread=True, exclusive=True, exit_on_error=False, group="app-sign-in")
    def make_pair(self) -> None:
        """Make it off the event loop: that takes a second or more on a small machine."""
        from console.microsoft365.own_certificate import new_own_certificate

        engine = self.console.engine
        try:
            new_own_certificate(engine)
            report = credential_report(engine, engine.settings.load())
        except ConsoleError as error:
            self.post_message(self.Refused(str(error)))
        else:
            sandbox = self.console.sandbox
            where = f" at {sandbox.addresses.app_page}" if sandbox else ""
            said = f"Made. Upload the certificate{where}, then F5 checks it."
            self.post_message(self.Looked("What the app proves itself with", report, said))

    def on_scrolled_moved(self, event: Scrolled.Moved) -> None:
        """Say which part is seen."""
        self.query_one(PaneRule).show_place(event)
