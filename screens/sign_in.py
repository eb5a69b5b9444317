"""Microsoft 365 sign-in with a code: the picture, address and code, and what became of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer

from console.deadline import Cancellation
from console.errors import ConsoleError
from console.settings.model import APP, DELEGATED, Settings
from console.verdict import Finding
from screens import offers, sign_in_report
from screens.base import ConsoleScreen
from screens.sign_in_pictures import NOTES, Pictures
from screens.sign_in_report import findings_report, other_transport_report, signed_in_report, words_of
from screens.sign_in_run import Coded, Ended, Finished, News, Polled, run_sign_in
from screens.theme import Tone
from screens.widgets.big_text import BigText
from screens.widgets.code_panel import CodeFoot, CodePanel, Waiting
from screens.widgets.qr_picture import QrPicture
from screens.widgets.report import BLANK, Paragraph, offer_of
from screens.widgets.scrolled import PaneRule, Scrolled
from screens.widgets.transcript_view import TranscriptView

_RENEWED: Final = "The old code lapsed: this is a new one."
_TICK: Final = 2.0
"""Seconds between two looks at the clock: a serial line has better things to carry."""
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
    KEYS = sign_in_report.KEYS_OF_SIGN_IN
    AUTO_FOCUS = "#panel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "sign_out", "Sign out", show=False),
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
    SignInScreen QrPicture { margin-right: 2; }
    SignInScreen QrPicture.-lower { margin: 1 2 0 0; }
    SignInScreen #panel { margin-top: 1; }
    SignInScreen.-short #panel { margin-top: 0; }
    SignInScreen.-short CodeFoot { height: 2; }
    """

    class Told(Message):
        """The sign-in told something."""

        def __init__(self, news: News, cancellation: Cancellation) -> None:
            super().__init__()
            self.news = news
            self.cancellation = cancellation

    class SignedOut(Message):
        """The sign-in is forgotten; or `problem` says why not."""

        def __init__(self, problem: str) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, *, at_once: bool = False) -> None:
        super().__init__()
        self._at_once = at_once
        self.running: Cancellation | None = None
        self.waiting: Waiting | None = None
        self.offer = ""
        self._findings: tuple[Finding, ...] = ()
        self.is_signed_in = False
        self.pictures = Pictures()
        self._part = ""
        self._account = self._sender = ""
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
            yield PaneRule("", is_top=True, id="place")
            yield TranscriptView(id="report")

    def on_mount(self) -> None:
        """Ask for a code at once; the clock ticks while one is shown."""
        super().on_mount()
        self._ticking = self.set_interval(_TICK, self._tick, pause=True)
        self.begin(at_once=self._at_once)

    def on_unmount(self) -> None:
        """Leave nothing waiting."""
        self.stop()

    def begin(self, *, at_once: bool = True) -> None:
        """Ask for a code, unless this transport signs in otherwise, or (not `at_once`) one is signed in."""
        self.stop()
        self.waiting, self.offer, self.is_signed_in = None, "", False
        try:
            settings = self.console.engine.settings.load()
        except ConsoleError as error:
            self._say("Error", str(error), Tone.FAILURE)
            return
        if settings.mail.transport in APP:
            self.call_later(self._show_app)
            return
        if settings.mail.transport not in DELEGATED:
            self._show_report("", other_transport_report(settings))
            self.show_keys(("Esc", "back"))
            return
        self._account, self._sender = settings.mailbox, settings.mail.sender
        if not at_once and (report := signed_in_report(self.console.engine, settings)):
            self._show_report("", report)
            self.show_keys(("F4", "sign out"), ("F5", "sign in again"), ("Esc", "back"))
            self.is_signed_in = True
            return
        self._say("", "Asking Microsoft 365 for a code …", Tone.MUTED)
        self.running = Cancellation()
        self.sign_in(settings, self.running)

    def _show_app(self) -> None:
        from screens.app_sign_in import AppSignInScreen

        if self.is_current:
            self.app.switch_screen(AppSignInScreen())

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
        QrPicture.warm_up()
        run_sign_in(
            self.console.engine,
            settings,
            lambda news: self.post_message(self.Told(news, cancellation)),
            cancellation,
        )

    def work_failed(self, said: str) -> None:
        """Say in the pane that a worker ended with an unexpected error: this screen has no status line."""
        self.stop()
        self._say("Error", said, Tone.FAILURE)

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
        self.waiting = Waiting(news.code, self._account, self._sender, note=note)
        self.pictures.hold(self, news.code)
        self.query_one(BigText).show(news.code.user_code)
        self._show_part("large" if self._part == "large" else "waiting")
        self._arrange()
        if self._ticking is not None:
            self._ticking.resume()

    def _show_state(self, news: Polled) -> None:
        if self.waiting is None:
            return
        state, tone, detail = words_of(news.state)
        polled = replace(self.waiting, state=state, tone=tone, detail=detail, polled_at=news.at)
        is_quiet = replace(polled, polled_at=self.waiting.polled_at) == self.waiting
        self.waiting = polled
        for panel in self.query(CodePanel):
            if is_quiet:
                panel.note_poll(polled)
            else:
                panel.show(polled)

    def _show_waiting(self, *, picture: str | None = None, note: str | None = None) -> None:
        if self.waiting is None:
            return
        picture = self.waiting.picture if picture is None else picture
        self.waiting = replace(
            self.waiting, picture=picture, note=self.waiting.note if note is None else note
        )
        for panel in self.query(CodePanel):
            panel.show(self.waiting)

    def _tick(self) -> None:
        if self._part == "waiting":
            self.query_one("#panel", CodePanel).tick()
        elif self._part == "large":
            self.query_one(CodeFoot).tick()

    def _show_findings(self, findings: tuple[Finding, ...]) -> None:
        self._findings, offer = findings, offer_of(findings)
        self.offer = offer if offer == offers.OPEN_SETTINGS else ""  # F5 does the others
        self._show_report("Not signed in", findings_report(findings))

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
        keys = [("F5", "new code" if self._part != "ended" else "sign in again")]
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

    def _arrange(self, *, is_asked: bool = False) -> None:
        if self.waiting is None:
            return
        picture, is_stale = self.pictures.arrange(self), self.waiting.note in NOTES
        note = self.pictures.why_none(self) if is_asked or is_stale else None
        self._show_waiting(picture=picture, note=note)

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
            self._arrange(is_asked=True)

    def action_blocks(self) -> None:
        """Draw the picture with full blocks, or no longer."""
        if self._part == "waiting":
            self.pictures.wants_blocks = not self.pictures.wants_blocks
            self._arrange(is_asked=True)

    def action_take_offer(self) -> None:
        """Go where the finding can be put right."""
        if self.offer:
            offers.go(self.offer, self, self._findings)

    def action_sign_out(self) -> None:
        """Ask, then forget the sign-in."""
        if self.is_signed_in:
            from screens.ask import Ask

            question = "Forget the sign-in? No mail goes out by it until somebody signs in again."
            self.app.push_screen(Ask.yes_or_no(question, "Sign out", "Stay signed in"), self._signed_out)

    def _signed_out(self, answer: str | None) -> None:
        from screens.ask import YES

        if answer == YES:
            self._say("", "Signing out …", Tone.MUTED)
            self.sign_out()

    @work(thread=True, exclusive=True, exit_on_error=False, group="sign-out")
    def sign_out(self) -> None:
        """Forget the sign-in off the event loop: it waits for a lock, and for the disk."""
        from console.microsoft365.tokens import sign_out

        try:
            sign_out(self.console.engine)
        except ConsoleError as error:
            self.post_message(self.SignedOut(str(error)))
        else:
            self.post_message(self.SignedOut(""))

    def on_sign_in_screen_signed_out(self, event: SignedOut) -> None:
        """Say that it is forgotten, or why not."""
        self.is_signed_in = False
        if event.problem:
            self._say("Error", event.problem, Tone.FAILURE)
        else:
            self._show_report("Signed out", [Paragraph("ok", "The sign-in is forgotten.")])

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
