"""One sign-in with a code from start to end, in a thread of its own; it touches no widget."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from console.deadline import Cancellation, Deadline
from console.errors import CancelledError, ConsoleError
from console.microsoft365.states import Code, Declined, Lapsed, Refused, SignedIn, State
from console.transcript import Stage
from console.verdict import AttemptError, Failure, Finding

if TYPE_CHECKING:
    from console.engine import Engine
    from console.microsoft365.sign_in import DeviceSignIn
    from console.settings.model import Settings

MOST_CODES: Final = 16
"""Codes asked for before a console that nobody looks at gives up: four hours of Entra ID's."""
_START_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Coded:
    """A code was given; `renewed` tells whether one before it lapsed."""

    code: Code
    renewed: bool


@dataclass(frozen=True, slots=True)
class Polled:
    """The service was asked, and the wait goes on."""

    state: State
    at: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The person signed in; `sign_in` keeps the result."""

    sign_in: "DeviceSignIn"
    state: SignedIn


@dataclass(frozen=True, slots=True)
class Ended:
    """It ended without a sign-in, for these reasons, worst first."""

    findings: tuple[Finding, ...]


News = Coded | Polled | Finished | Ended


def run_sign_in(
    engine: "Engine", settings: "Settings", tell: Callable[[News], object], cancellation: Cancellation
) -> None:
    """Ask for a code, poll until it ends, renew a code that lapsed; return when it ended or was cancelled.

    Args:
        engine: Where the sign-in will be kept.
        settings: What it is for.
        tell: Called with everything that happens, in this thread.
        cancellation: Stops it, also in the middle of a wait.
    """
    from console.microsoft365.sign_in import DeviceSignIn  # brings msal

    try:
        sign_in = DeviceSignIn(engine, settings)
        for number in range(MOST_CODES):
            code = sign_in.start(Deadline(_START_SECONDS, cancellation))
            tell(Coded(code, renewed=number > 0))
            news = _wait(sign_in, tell, cancellation)
            if news is not None:
                tell(news)
                return
        tell(Ended(_findings(Failure(Stage.SIGN_IN, "oauth.lapsed", "Nobody used the codes."), settings)))
    except CancelledError:
        return
    except AttemptError as error:
        tell(Ended(_findings(error.failure, settings)))
    except ConsoleError as error:
        tell(Ended(_findings(Failure(Stage.SIGN_IN, error.code, str(error)), settings)))


def _wait(
    sign_in: "DeviceSignIn", tell: Callable[[News], object], cancellation: Cancellation
) -> Finished | Ended | None:
    """Poll until the code is used, refused or lapsed; None when it lapsed."""
    while True:
        state = sign_in.poll(Deadline(None, cancellation))
        if isinstance(state, Lapsed):
            return None
        if isinstance(state, SignedIn):
            return Finished(sign_in, state)
        if isinstance(state, Declined | Refused):
            return Ended(state.findings)
        tell(Polled(state, time.monotonic()))


def _findings(failure: Failure, settings: "Settings") -> tuple[Finding, ...]:
    from console.diagnosis import diagnose, with_settings

    return diagnose(with_settings(failure, settings))
