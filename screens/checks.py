"""Check everything: each check with its verdict as it comes, and the fix where there is a safe one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from console.grade import Grade
from screens.base import ConsoleScreen
from screens.theme import Tone
from screens.widgets.choice_list import ChoiceList, Item
from screens.widgets.drawn import Paragraphs
from screens.widgets.report import GRADE_TONES

if TYPE_CHECKING:
    from textual.screen import Screen

    from console.checks.model import CheckResult
    from console.deadline import Cancellation

_RUNNING_KEYS: Final = (("↑↓", "move"), ("Esc", "stop"))


class ChecksScreen(ConsoleScreen):
    """All checks and their verdicts."""

    TITLE_TEXT = "Check everything"
    HELP = """
Every check runs at once; none waits for another, and all end within 15 seconds, also on a dead network.

Arrows move; below the list stands what the marked check found and what to do. F2 opens the place where it can
be put right, where there is one. F5 checks again. F9 makes one archive for whoever helps you; it has no
secrets in it, and you see what is inside before it is written.
"""
    COMMAND = "mail-console check"
    KEYS = (
        ("↑↓", "move"),
        ("F2", "fix"),
        ("F5", "check again"),
        ("F9", "support archive"),
        ("Esc", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "fix", "Fix", show=False),
        Binding("f5", "check", "Check again", show=False),
        Binding("f9", "support", "Support archive", show=False),
    ]
    DEFAULT_CSS = """
    ChecksScreen #verdict { margin-top: 1; }
    ChecksScreen ChoiceList { margin: 1 0; }
    ChecksScreen #detail { height: 4; }
    ChecksScreen.-short #verdict { margin: 0; }
    ChecksScreen.-short ChoiceList { margin: 0; }
    ChecksScreen.-short #detail { height: 2; }
    """

    class Came(Message):
        """One result."""

        def __init__(self, result: "CheckResult") -> None:
            super().__init__()
            self.result = result

    class Ended(Message):
        """No more will come."""

    class PutRight(Message):
        """Something was put right, or not."""

        def __init__(self, told: Sequence[str], error: str = "") -> None:
            super().__init__()
            self.told = told
            self.error = error

    def __init__(self) -> None:
        super().__init__()
        self.results: dict[str, CheckResult] = {}
        self._cancellation: Cancellation | None = None

    def compose_body(self) -> ComposeResult:
        """Yield verdict, list and detail."""
        from console.checks.table import CHECKS

        yield Paragraphs((" ", Tone.MUTED), id="verdict")
        yield ChoiceList(
            [Item(one.name, one.title, state="…") for one in CHECKS], label_width=24, id="checks"
        )
        yield Paragraphs((" ", Tone.MUTED), id="detail")

    def on_mount(self) -> None:
        """Check at once."""
        self.query_one(ChoiceList).focus()
        self.action_check()

    @property
    def is_busy(self) -> bool:
        """Whether results are still to come."""
        return self._cancellation is not None

    def action_check(self) -> None:
        """Check everything again."""
        if self.is_busy:
            return
        from console.deadline import Cancellation

        self._cancellation = Cancellation()
        self.results = {}
        choices = self.query_one(ChoiceList)
        choices.show_items([Item(one.key, one.label, state="…") for one in choices.items])
        self.show_keys(*_RUNNING_KEYS)
        self._show_verdict()
        self.check(self._cancellation)

    @work(thread=True, exclusive=True, exit_on_error=False, group="checks")
    def check(self, cancellation: "Cancellation") -> None:
        """Run the checks, off the event loop."""
        from console.checks.runner import run_checks
        from console.checks.table import CHECKS

        try:
            for result in run_checks(self.console.engine, CHECKS, cancellation):
                self.post_message(self.Came(result))
        finally:
            self.post_message(self.Ended())

    def on_checks_screen_came(self, event: Came) -> None:
        """Show one result."""
        result = event.result
        self.results[result.name] = result
        text = f"{result.grade.word}: {result.found}" if result.found else result.grade.word
        self.query_one(ChoiceList).set_state(result.name, text, GRADE_TONES[result.grade])
        self._show_verdict()
        self._show_detail()

    def on_checks_screen_ended(self, _event: Ended) -> None:
        """Let the operator go on."""
        self._cancellation = None
        self.console.check_results = self.results
        self.show_keys(*self.KEYS)
        choices = self.query_one(ChoiceList)
        choices.show_items(
            [
                one if one.key in self.results else Item(one.key, one.label, state="stopped")
                for one in choices.items
            ]
        )
        self._mark_worst()
        self._show_verdict()

    def _mark_worst(self) -> None:
        """Put the mark on the first of the worst, unless the operator has moved it already."""
        choices = self.query_one(ChoiceList)
        grades = [
            self.results[one.key].grade if one.key in self.results else Grade.OK for one in choices.items
        ]
        if choices.marked == 0 and grades and max(grades) > Grade.OK:
            choices.marked = grades.index(max(grades))
        self._show_detail()

    def _show_verdict(self) -> None:
        total = len(self.query_one(ChoiceList).items)
        grades = [one.grade for one in self.results.values()]
        failed, warned = grades.count(Grade.FAILED), grades.count(Grade.WARNING)
        if self.is_busy:
            said, tone = f"Checking: {len(grades)} of {total} done.", Tone.MUTED
        elif failed or warned:
            counts = ((failed, "failed"), (warned, "with a warning"))
            parts = [f"{count} {words}" for count, words in counts if count]
            said, tone = f"{' and '.join(parts)}, of {total}.", Tone.FAILURE if failed else Tone.WARNING
        else:
            applied = len([one for one in grades if one is not Grade.NOT_APPLICABLE])
            said, tone = f"{applied} of {applied} well.", Tone.OK
        self.query_one("#verdict", Paragraphs).show((said, tone))

    def _show_detail(self) -> None:
        item = self.query_one(ChoiceList).marked_item
        result = self.results.get(item.key) if item else None
        if result is None:
            self.query_one("#detail", Paragraphs).show((" ", Tone.MUTED))
            return
        lines = [(f"{result.title}: {result.found}", Tone.TEXT)]
        if result.fix:
            lines.append((f"Fix: {result.fix}", Tone.STRONG))
        self.query_one("#detail", Paragraphs).show(*lines)

    def on_choice_list_marked(self, _event: ChoiceList.Marked) -> None:
        """Show the marked check's detail."""
        self._show_detail()

    def on_choice_list_chosen(self, _event: ChoiceList.Chosen) -> None:
        """Enter does what F2 does."""
        self.action_fix()

    def action_fix(self) -> None:
        """Open the place where the marked check can be put right."""
        item = self.query_one(ChoiceList).marked_item
        result = self.results.get(item.key) if item else None
        if result is None or result.grade in (Grade.OK, Grade.NOT_APPLICABLE):
            return
        if result.offer == "fix-secret-modes":
            self._ask_for_secrets()
            return
        place = _PLACES.get(result.offer) or _PLACES.get(result.name)
        if place is None:
            self.tell(result.fix or "This has to be put right outside the console.", Tone.WARNING)
            return
        self.app.push_screen(place())

    def _ask_for_secrets(self) -> None:
        """Show the commands that make the secrets their owner's alone, and ask."""
        from console.errors import ConsoleError
        from console.install.secret_rights import plan
        from screens.ask import YES, Ask

        try:
            commands = [one.command.text for one in plan(self.console.engine.paths.secrets)]
        except ConsoleError as error:
            self.tell_error(str(error))
            return

        def answered(answer: str | None) -> None:
            if answer == YES:
                self.put_secrets_right()

        question = "Make the secrets readable for their owner alone? This does what these commands would do:"
        self.app.push_screen(Ask.yes_or_no(question, "Do it", "Leave it", "\n".join(commands)), answered)

    @work(thread=True, exclusive=True, exit_on_error=False, group="put-right")
    def put_secrets_right(self) -> None:
        """Do it, off the event loop."""
        from console.errors import ConsoleError
        from console.install.secret_rights import fix

        try:
            self.post_message(self.PutRight(fix(self.console.engine.paths.secrets)))
        except ConsoleError as error:
            self.post_message(self.PutRight((), str(error)))

    def on_checks_screen_put_right(self, event: PutRight) -> None:
        """Say what was changed, and check again."""
        if event.error:
            self.tell_error(event.error)
        else:
            self.tell(" ".join(event.told) or "Nothing to put right.", Tone.OK)
        self.action_check()

    def action_support(self) -> None:
        """Open the support archive."""
        if not self.is_busy:
            from screens.support import SupportScreen

            self.app.push_screen(SupportScreen(tuple(self.results.values())))

    def action_back(self) -> None:
        """Stop the checks; else go back."""
        if self._cancellation is not None and len(self.results) < len(self.query_one(ChoiceList).items):
            self._cancellation.cancel()
        else:
            super().action_back()

    def on_unmount(self) -> None:
        """Nothing of ours runs on when the screen is gone."""
        if self._cancellation is not None:
            self._cancellation.cancel()


def _mail_switch() -> "Screen[None]":
    from screens.mail_switch import MailSwitchScreen

    return MailSwitchScreen()


def _mail_host() -> "Screen[None]":
    from screens.mail_host import MailHostScreen

    return MailHostScreen()


def _token_directory() -> "Screen[None]":
    from screens.token_directory import TokenDirectoryScreen

    return TokenDirectoryScreen()


def _components() -> "Screen[None]":
    from screens.components import ComponentsScreen

    return ComponentsScreen()


def _test_mail() -> "Screen[None]":
    from screens.test_mail import TestMailScreen

    return TestMailScreen()


def _sign_in() -> "Screen[None]":
    from screens.sign_in import SignInScreen

    return SignInScreen()


_PLACES: Final[dict[str, Callable[[], "Screen[None]"]]] = {
    "mail": _mail_switch,
    "settings": _mail_host,
    "secrets": _mail_host,
    "fix-token-directory": _token_directory,
    "components": _components,
    "enable-timer": _components,
    "last-mail": _test_mail,
    "sign-in": _sign_in,
}
"""Where a check's offer, or else the check itself, is put right."""
