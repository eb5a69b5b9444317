"""Microsoft 365 sign-in with a code: the picture, address and code, and what became of it."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer

from console.deadline import Cancellation
from console.errors import ConsoleError
from console.microsoft365.states import Slowed, State, Unreachable
from console.settings.model import APP, DELEGATED, Settings
from console.verdict import Finding
from screens import offers
from screens.base import ConsoleScreen
from screens.sign_in_pictures import Pictures
from screens.sign_in_report import signed_in_report
from screens.sign_in_run import Coded, Ended, Finished, News, Polled, run_sign_in
from screens.theme import Tone
from screens.widgets.big_text import BigText
from screens.widgets.code_panel import CodeFoot, CodePanel, Waiting
from screens.widgets.qr_picture import QrPicture
from screens.widgets.report import BLANK, Paragraph, finding_report, offer_of
from screens.widgets.scrolled import PaneRule, Scrolled
from screens.widgets.transcript_view import TranscriptView

_RENEWED: Final = "The code before was not used in time: this is a new one."
_PARTS: Final = ("asking", "waiting", "large", "ended")


class SignInScreen(ConsoleScreen):
    """Waits with a code for a person with a phone; Esc cancels at once.

    Args:
        at_once: Whether a code is asked for although the appliance is signed in already.
    """

    TITLE_TEXT = "Microsoft 365 sign-in"
    HELP = """
Signs this appliance in to Microsoft 365, so that it may send mail as one mailbox. Nothing is typed here: on
any phone or computer open the address, enter the code, and sign in as the mailbox that sends. The picture
takes a phone there; F7 turns it into the code, to be copied there instead of typed, and then off. F6 shows
the code in large letters. F9 draws the picture with full blocks, for a screen that shows half blocks badly:
that takes twice the room.

A code holds for about 15 minutes and is renewed by itself. F5 asks for a new one at once. What was granted is
shown before anything is stored. In the sandbox F8 plays the phone.
"""
    COMMAND = "mail-console signin"
    STATUS_ROWS = 0
    AUTO_FOCUS = "#panel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "new_code", "New code", show=False),
        Binding("f6", "large", "Large code", show=False),
        Binding("f7", "picture", "Picture", show=False),
        Binding("f8", "phone", "Phone", show=False),
        Binding("f9", "blocks", "Blocks", show=False),
        Binding("enter,ctrl+j", "take_offer", "Offer", show=False),
    ]
    DEFAULT_CSS = """
    SignInScreen #asking, SignInScreen #waiting, SignInScreen #large, SignInScreen #ended {
        display: none; height: 1fr; width: 1fr;
    }
    SignInScreen #waiting { padding-left: 1; }
    SignInScreen .-on { display: block !important; }
    SignInScreen QrPicture { margin-right: 1; }
    SignInScreen QrPicture.-lower { margin-top: 1; }
    SignInScreen #panel { margin-top: 1; }
    SignInScreen.-short #panel { margin-top: 0; }
    """

    class Told(Message):
        """The sign-in told something."""

        def __init__(self, news: News, cancellation: Cancellation) -> None:
            super().__init__()
            self.news = news
            self.cancellation = cancellation

    def __init__(self, *, at_once: bool = False) -> None:
        super().__init__()
        self._at_once = at_once
        self.running: Cancellation | None = None
        self.waiting: Waiting | None = None
        self.offer = ""
        self.pictures = Pictures()
        self._part = ""
        self._account = ""
        self._finished: Finished | None = None
        self._ticking: Timer | None = None

    def compose_body(self) -> ComposeResult:
        """Yield the four parts, of which one is seen."""
        yield TranscriptView(id="asking")
        with Horizontal(id="waiting"):
            yield QrPicture(id="address")
            yield QrPicture(id="code")
            yield CodePanel(id="panel")
        with Vertical(id="large"):
            yield BigText(id="letters")
            yield CodeFoot(id="foot")
        with Vertical(id="ended"):
            yield PaneRule("", id="place")
            yield TranscriptView(id="report")

    def on_mount(self) -> None:
        """Ask for a code at once; the clock ticks while one is shown."""
        super().on_mount()
        self._ticking = self.set_interval(1.0, self._tick, pause=True)
        self.begin(at_once=self._at_once)

    def on_unmount(self) -> None:
        """Leave nothing waiting."""
        self.stop()

    def begin(self, *, at_once: bool = True) -> None:
        """Ask for a code, unless this transport signs in otherwise, or (not `at_once`) one is signed in."""
        self.stop()
        self.waiting, self.offer = None, ""
        try:
            settings = self.console.engine.settings.load()
        except ConsoleError as error:
            self._say("Error", str(error), Tone.FAILURE)
            return
        if settings.mail.transport not in DELEGATED:
            self._explain_other(settings)
            return
        self._account = settings.mailbox
        if not at_once and (report := signed_in_report(self.console.engine, settings)):
            self._show_report("Signed in", report)
            return
        self._say("", "Asking Microsoft 365 for a code …", Tone.MUTED)
        self.running = Cancellation()
        self.sign_in(settings, self.running)

    def stop(self) -> None:
        """Stop waiting."""
        if self.running is not None:
            self.running.cancel()
        self.running = None
        if self._ticking is not None:
            self._ticking.pause()

    @work(thread=True, exclusive=True, exit_on_error=False, group="sign-in")
    def sign_in(self, settings: Settings, cancellation: Cancellation) -> None:
        """Sign in off the event loop."""
        run_sign_in(
            self.console.engine,
            settings,
            lambda news: self.post_message(self.Told(news, cancellation)),
            cancellation,
        )

    def on_sign_in_screen_told(self, event: Told) -> None:
        """Show what the sign-in told, unless another one runs by now."""
        if event.cancellation is not self.running:
            return
        news = event.news
        if isinstance(news, Coded):
            self._show_code(news)
        elif isinstance(news, Polled):
            self._show_state(news)
        elif isinstance(news, Ended):
            self.stop()
            self._show_findings(news.findings)
        else:
            self.stop()
            self._finished = news
            self._go_on()

    def on_screen_resume(self) -> None:
        """Go on if the person finished while another screen stood here."""
        self.show_warning(self.console.warning)
        self._go_on()

    def _go_on(self) -> None:
        if self._finished is None or not self.is_current:
            return
        from screens.sign_in_result import SignInResultScreen

        finished, self._finished = self._finished, None
        self.app.switch_screen(SignInResultScreen(finished.sign_in, finished.state.result))

    def _show_code(self, news: Coded) -> None:
        note = _RENEWED if news.renewed else ""
        self.waiting = Waiting(news.code, self._account, note=note)
        self.pictures.hold(self, news.code)
        self.query_one(BigText).show(news.code.user_code)
        self._show_part("large" if self._part == "large" else "waiting")
        self._arrange()
        if self._ticking is not None:
            self._ticking.resume()

    def _show_state(self, news: Polled) -> None:
        if self.waiting is None:
            return
        state, tone, detail = _words(news.state)
        self._show_waiting(state=state, tone=tone, detail=detail, polled_at=news.at)

    def _show_waiting(self, **changes: object) -> None:
        from dataclasses import replace

        if self.waiting is not None:
            self.waiting = replace(self.waiting, **changes)  # type: ignore[arg-type] # names of its fields
            self.query_one("#panel", CodePanel).show(self.waiting)
            self.query_one(CodeFoot).show(self.waiting)

    def _tick(self) -> None:
        if self._part == "waiting":
            self.query_one("#panel", CodePanel).tick()
        elif self._part == "large":
            self.query_one(CodeFoot).tick()

    def _show_findings(self, findings: tuple[Finding, ...]) -> None:
        self.offer = offer_of(findings)
        report: list[Paragraph] = []
        for finding in findings:
            report += [*finding_report(finding), BLANK]
        self._show_report("Not signed in", report)

    def _explain_other(self, settings: Settings) -> None:
        is_app = settings.mail.transport in APP
        said = f"The transport chosen, {settings.mail.transport}, needs no sign-in with a code."
        fix = "For a sign-in with a code choose such a transport in Mail transport: menu item 2."
        report = [Paragraph("", said, Tone.STRONG), Paragraph("Fix", fix)]
        if is_app:
            checked = "Check everything: menu item 8, or: mail-console signin --app"
            report[1:] = [Paragraph("", "It signs in as an app, by itself."), Paragraph("Test", checked)]
        self._show_report("Nothing to sign in", report)

    def _show_report(self, title: str, report: Sequence[Paragraph]) -> None:
        self._show_part("ended")
        self.query_one(PaneRule).show(title=title, place="")
        self.query_one("#report", TranscriptView).show_report(report)
        self.query_one("#report").focus()

    def _say(self, label: str, text: str, tone: Tone) -> None:
        self._show_part("asking")
        self.query_one("#asking", TranscriptView).show_report([BLANK, Paragraph(label, text, tone, tone)])

    def _show_part(self, part: str) -> None:
        self._part = part
        for name in _PARTS:
            self.query_one(f"#{name}").set_class(name == part, "-on")
        self._show_keys()

    def _show_keys(self) -> None:
        keys = [("F5", "new code" if self._part != "ended" else "sign in")]
        if self._part in ("waiting", "large"):
            keys.append(("F6", "plain code" if self._part == "large" else "large code"))
        if self._part == "waiting":
            is_sandbox = self.console.sandbox is not None
            keys.append(("F7", "picture" if is_sandbox else "picture: address / code / off"))
        if self.console.sandbox is not None and self._part in ("waiting", "large"):
            keys.append(("F8", "play the phone"))
        if self.offer:
            keys.insert(0, ("Enter", offers.LABELS[self.offer]))
        keys.append(("Esc", "cancel" if self.running is not None else "back"))
        self.show_keys(*keys)

    def on_scrolled_moved(self, event: Scrolled.Moved) -> None:
        """Say which part of the findings is seen."""
        if self._part == "ended":
            self.query_one(PaneRule).show_place(event)

    def on_resize(self) -> None:
        """Fit the pictures to the room there is now."""
        self.call_after_refresh(self._arrange)

    def _arrange(self) -> None:
        if self.waiting is not None:
            self._show_waiting(picture=self.pictures.arrange(self))

    def action_new_code(self) -> None:
        """Ask for a new code; the old one is forgotten."""
        self.begin()

    def action_large(self) -> None:
        """Show the code in large letters, or no longer."""
        if self._part in ("waiting", "large"):
            self._show_part("waiting" if self._part == "large" else "large")
            self._arrange()
            self.call_after_refresh(self._tick)

    def action_picture(self) -> None:
        """Show another picture: address, code, none."""
        if self._part == "waiting":
            self.pictures.next(self)
            self._arrange()

    def action_blocks(self) -> None:
        """Draw the picture with full blocks, or no longer."""
        if self._part == "waiting":
            self.pictures.wants_blocks = not self.pictures.wants_blocks
            self._arrange()

    def action_take_offer(self) -> None:
        """Do what the finding offers."""
        if not self.offer:
            return
        try:
            offers.take(self.offer, self)
        except ConsoleError as error:
            self._say("Error", str(error), Tone.FAILURE)

    def action_phone(self) -> None:
        """In the sandbox: play the phone."""
        if self.console.sandbox is None or self._part not in ("waiting", "large"):
            return
        from screens.phone import ask_phone

        self.app.push_screen(ask_phone(), self._play)

    def _play(self, answer: str | None) -> None:
        sandbox = self.console.sandbox
        if answer is None or sandbox is None:
            return
        from screens.phone import play

        try:
            play(sandbox.phone, answer)
        except ConsoleError as error:
            self._show_waiting(note=str(error))
        else:
            self._show_waiting(note="Played on the phone; the service is asked in a moment.")

    def action_back(self) -> None:
        """Cancel and go back, at once."""
        self.stop()
        super().action_back()


def _words(state: State) -> tuple[str, Tone, str]:
    """Return a waiting state in words, their tone, and more about it."""
    if isinstance(state, Unreachable):
        return "No answer; trying again by itself", Tone.WARNING, state.failure.text
    if isinstance(state, Slowed):
        return "Waiting for you", Tone.STRONG, f"The service wants to be asked every {state.interval:.0f} s."
    return "Waiting for you", Tone.STRONG, ""
