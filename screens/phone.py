"""In the sandbox: a key plays the phone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from screens.ask import Ask

if TYPE_CHECKING:
    from console.sandbox.phone import Phone

ANSWERS: Final = (
    ("approve", "Approve: sign in as the mailbox that sends"),
    ("decline", "Decline: press Cancel on the phone"),
    ("wrong-account", "Sign in with the wrong account"),
    ("lapse", "Let the code lapse"),
    ("block", "Sign in, and be blocked by a policy"),
)


def ask_phone() -> Ask:
    """Return the question what the phone does."""
    return Ask(
        "What does the person with the phone do?",
        ANSWERS,
        "Only the sandbox has this. A browser on this machine can open the address as well.",
    )


def play(phone: "Phone", answer: str) -> None:
    """Do on the phone what was chosen.

    Raises:
        UsageError: No code waits for a phone.
    """
    actions: dict[str, Callable[[], object]] = {
        "approve": phone.approve,
        "decline": phone.decline,
        "wrong-account": phone.wrong_account,
        "lapse": phone.lapse,
        "block": phone.block,
    }
    actions[answer]()
