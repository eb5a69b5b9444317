"""Send a test mail: stages and transcript while it runs, verdict, cause and fix when it ends."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.deadline import Cancellation
from console.errors import ConsoleError, MailOffError
from console.settings.model import FIELDS, Settings
from console.verdict import Delivery, Result
from screens import offers
from screens.base import ConsoleScreen
from screens.live import Live
from screens.theme import Tone
from screens.widgets.report import Paragraph, delivery_report, offer_of
from screens.widgets.scrolled import PaneRule, Scrolled
from screens.widgets.stage_ticks import StageTicks
from screens.widgets.text_input import TextInput
from screens.widgets.transcript_view import TranscriptView


class TestMailScreen(ConsoleScreen):
    """Sends a test mail with what is set up and shows it happen.

    Args:
        said: What was done before, to be said at first; or "".
    """

    __test__ = False  # no test class, whatever its name makes pytest think

    TITLE_TEXT = "Send a test mail"
    HELP = """
Sends a mail to the address above, the way the appliance sends its own: same settings, same credential.

While it runs its stages are ticked off and every line is shown: > is what this appliance said, < what the
server said, * a remark of ours. When it ends the verdict stands on top; if it failed, with the cause, what
to do about it and who can do that. Esc stops a server that hangs, at once.

Accepted means that the server took the mail; whether it was delivered, only the recipient can say.
"""
    COMMAND = "mail-console test --to ADDRESS"
    KEYS = (
        ("Enter", "send"),
        ("F5", "send again"),
        ("F6", "do what the finding offers"),
        ("F7", "mail that arrived, in the sandbox"),
        ("Tab", "recipient, transcript"),
        ("↑↓", "scroll"),
        ("Esc", "stop, back"),
    )
    AUTO_FOCUS = "#recipient"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "send", "Send", show=False),
        Binding("f6", "take_offer", "Offer", show=False),
        Binding("f7", "arrived", "Arrived mail", show=False),
    ]
    DEFAULT_CSS = """
    TestMailScreen #recipient { margin-top: 1; }
    TestMailScreen.-short #recipient { margin-top: 0; }
    TestMailScreen.-short StageTicks { height: 1; }
    """

    class Grown(Message):
        """The delivery recorded more."""

    class Ended(Message):
        """The delivery ended."""

        def __init__(self, delivery: Delivery, cancellation: Cancellation) -> None:
            super().__init__()
            self.delivery = delivery
            self.cancellation = cancellation

    class NotStarted(Message):
        """Nothing was tried."""

        def __init__(self, error: ConsoleError, cancellation: Cancellation) -> None:
            super().__init__()
            self.error = error
            self.cancellation = cancellation

    class OfferTaken(Message):
        """What the finding offered was done, or could not be."""

        def __init__(self, offer: str, said: str, *, is_done: bool) -> None:
            super().__init__()
            self.offer = offer
            self.said = said
            self.is_done = is_done

    def __init__(self, said: str = "") -> None:
        super().__init__()
        self._said = said
        self.running: Cancellation | None = None
        self.delivery: Delivery | None = None
        self.offer = ""
        self._live = Live(lambda: None)

    def compose_body(self) -> ComposeResult:
        """Yield recipient, stages, and the pane of verdict and transcript."""
        recipient = FIELDS["mail.administrator"].rule
        yield TextInput(
            "Send to",
            placeholder="name@example.com",
            max_length=320,
            check=recipient.parse,
            id="recipient",
            hint="Enter sends.",
        )
        yield StageTicks(id="stages")
        yield PaneRule("", id="place")
        yield TranscriptView(id="transcript")

    @property
    def recipient(self) -> TextInput:
        """The row with the recipient."""
        return self.query_one("#recipient", TextInput)

    @property
    def transcript(self) -> TranscriptView:
        """The pane."""
        return self.query_one("#transcript", TranscriptView)

    def on_mount(self) -> None:
        """Fill in the administrator's address; say so when mail is off."""
        super().on_mount()
        self._show_keys()
        settings = self._settings()
        if settings is None:
            return
        self.recipient.edited.put(settings.mail.administrator or settings.mail.sender)
        self.tell(f"{self._said} Enter sends a test mail.".strip())
        if not settings.mail.enabled:
            self._refuse(MailOffError())

    def on_unmount(self) -> None:
        """Leave no delivery behind."""
        if self.running is not None:
            self.running.cancel()

    def _settings(self) -> Settings | None:
        try:
            return self.console.engine.settings.load()
        except ConsoleError as error:
            self._show_problem(error)
            return None

    @on(TextInput.Submitted)
    def send_to_recipient(self, event: TextInput.Submitted) -> None:
        """Enter in the recipient's row sends."""
        event.stop()
        self.action_send()

    def action_send(self) -> None:
        """Send, unless it is being done; a wrong recipient is said first."""
        if self.running is not None:
            self.tell("A test mail is under way. Esc stops it.")
            return
        self.recipient.check()
        if self.recipient.problem or not self.recipient.value.strip():
            self.tell_error(self.recipient.problem or "Enter the address that gets the test mail.")
            self.recipient.focus()
            return
        self._begin()

    def _begin(self) -> None:
        cancellation = Cancellation()
        self.running, self.delivery, self.offer = cancellation, None, ""
        self._live = Live(lambda: self.post_message(self.Grown()))
        self.query_one(StageTicks).clear()
        self.transcript.clear()
        self.transcript.focus()
        self.query_one(PaneRule).show(title="Sending …", place="")
        self.tell("")
        self._show_keys()
        self.deliver(self.recipient.value.strip(), self._live, cancellation)

    @work(thread=True, exclusive=True, exit_on_error=False, group="delivery")
    def deliver(self, to: str, live: Live, cancellation: Cancellation) -> None:
        """Send the mail off the event loop."""
        from console.delivery import send_test

        engine = self.console.engine
        try:
            delivery = send_test(engine, to, subscriber=live.put, cancellation=cancellation)
        except ConsoleError as error:
            self.post_message(self.NotStarted(error, cancellation))
        else:
            self.post_message(self.Ended(delivery, cancellation))

    def work_failed(self, said: str) -> None:
        """Say that a worker ended with an unexpected error; nothing is under way any more."""
        if self.running is not None:
            self.running.cancel()
        self.running = None
        self._show_keys()
        super().work_failed(said)

    def on_test_mail_screen_grown(self) -> None:
        """Show what was recorded since."""
        events = self._live.take()
        self.query_one(StageTicks).add(events)
        self.transcript.add(events)

    def on_test_mail_screen_ended(self, event: Ended) -> None:
        """Show the verdict, cause and fix on top."""
        if event.cancellation is not self.running:
            return
        self.on_test_mail_screen_grown()
        self.running, self.delivery = None, event.delivery
        self.offer = offer_of(event.delivery.findings)
        self.transcript.show(event.delivery.transcript, delivery_report(event.delivery))
        self.query_one(PaneRule).show(title=f"Mail {event.delivery.id}")
        self._say_what_next(event.delivery)
        self._show_keys()

    def on_test_mail_screen_not_started(self, event: NotStarted) -> None:
        """Show why nothing was tried."""
        if event.cancellation is self.running:
            self.running = None
            self._refuse(event.error)

    def _say_what_next(self, delivery: Delivery) -> None:
        if self.offer:
            self.tell(f"F6: {offers.LABELS[self.offer]}.", Tone.WARNING)
        elif delivery.result is Result.ACCEPTED and self.console.sandbox is not None:
            self.tell("F7 shows the mail as it arrived in the sandbox.")
        else:
            self.tell("It is all kept in the test log.")

    def _refuse(self, error: ConsoleError) -> None:
        if isinstance(error, MailOffError):
            self.offer = offers.SWITCH_ON
            self.tell(f"{self._said} F6: switch mail on.".strip(), Tone.WARNING)
        self._show_problem(error)
        self._show_keys()

    def _show_problem(self, error: ConsoleError) -> None:
        report = [Paragraph("Error", error.what, Tone.STRONG, Tone.FAILURE)]
        if error.fix:
            report.append(Paragraph("Fix", error.fix))
        self.query_one(PaneRule).show(title="Not sent", place="")
        self.transcript.show_report(report)

    def _show_keys(self) -> None:
        if self.running is not None:
            self.show_keys(("↑↓", "scroll"), ("Esc", "stop"))
            return
        keys = [("F5" if self.delivery else "Enter", "send again" if self.delivery else "send")]
        if self.offer:
            keys.append(("F6", offers.LABELS[self.offer]))
        if self.console.sandbox is not None:
            keys.append(("F7", "arrived mail"))
        keys += [("Tab", "recipient, transcript"), ("Esc", "back")]
        self.show_keys(*keys)

    def on_scrolled_moved(self, event: Scrolled.Moved) -> None:
        """Say which part of the transcript is seen."""
        self.query_one(PaneRule).show_place(event)

    def action_take_offer(self) -> None:
        """Do what the finding offers."""
        if not self.offer or self.running is not None:
            return
        if self.offer not in offers.DONE_BY_ENGINE:
            offers.go(self.offer, self, self.delivery.findings if self.delivery else ())
            return
        offer, self.offer = self.offer, ""
        self._show_keys()
        self.tell("One moment …")
        self.take_offer(offer)

    @work(thread=True, exclusive=True, exit_on_error=False, group="offer")
    def take_offer(self, offer: str) -> None:
        """Do what the finding offers, off the event loop: it may ask servers."""
        try:
            said = offers.do(offer, self.console.engine)
        except ConsoleError as error:
            self.post_message(self.OfferTaken(offer, str(error), is_done=False))
        else:
            self.post_message(self.OfferTaken(offer, said, is_done=True))

    def on_test_mail_screen_offer_taken(self, event: OfferTaken) -> None:
        """Say what was done, or why it could not be."""
        if not event.is_done:
            self.offer = event.offer
            self._show_keys()
            self.tell_error(event.said)
            return
        self.tell(event.said, Tone.OK)
        if self.running is None and event.offer == offers.SWITCH_ON:
            self.transcript.clear()
            self.query_one(PaneRule).show(title="", place="")

    def action_arrived(self) -> None:
        """In the sandbox: show the mail that arrived."""
        if self.console.sandbox is None or self.running is not None:
            return
        from screens.arrived_mail import ArrivedMailScreen

        self.app.push_screen(ArrivedMailScreen())

    def action_back(self) -> None:
        """Stop a running delivery; else go back."""
        if self.running is not None:
            self.running.cancel()
            self.tell("Stopping …")
        else:
            super().action_back()
