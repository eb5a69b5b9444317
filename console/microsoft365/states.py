"""What a sign-in with a code shows and where it stands: frozen values both faces render.

Times are seconds of `time.monotonic`, so that setting the clock neither lengthens nor ends a code's life.
"""

from datetime import datetime
from enum import StrEnum

from console.microsoft365.claims import Grant
from console.microsoft365.fit import Fit
from console.values import dataclass, field
from console.verdict import Failure, Finding


@dataclass(frozen=True, slots=True)
class Code:
    """What the person needs on the phone (RFC 8628 §3.2). Not in its repr: the code itself.

    Attributes:
        user_code: What is typed on the page; printable, at most 64 characters.
        verification_uri: The page; ``https://…``, printable.
        verification_uri_complete: The page with the code in it, or "" (Entra ID gives none).
        expires_at: Monotonic seconds at which the code lapses.
        interval: Seconds between two polls, at least 1.
        message: The server's own words for people, one printable line, or "".
        lifetime: Seconds the code lives in total.
        correlation_id: For Microsoft's support, or "".
    """

    user_code: str = field(repr=False)
    verification_uri: str
    verification_uri_complete: str = field(repr=False)
    expires_at: float
    interval: float
    message: str = field(repr=False)
    lifetime: float
    correlation_id: str = ""

    @property
    def picture(self) -> str:
        """What the QR picture holds: the address with the code where the server gives one, else the page."""
        return self.verification_uri_complete or self.verification_uri


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody has finished on the phone yet.

    Attributes:
        next_poll: Monotonic seconds before which the server is not asked again.
    """

    next_poll: float


@dataclass(frozen=True, slots=True)
class Slowed:
    """The server wants to be asked less often (``slow_down``, or a Retry-After); the wait goes on.

    Attributes:
        next_poll: Monotonic seconds before which the server is not asked again.
        interval: Seconds between two polls from now on.
    """

    next_poll: float
    interval: float


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The last poll did not get through; it is tried again while the code lives.

    Attributes:
        next_poll: Monotonic seconds before which the server is not asked again.
        failure: What went wrong.
    """

    next_poll: float
    failure: Failure


@dataclass(frozen=True, slots=True)
class SignInResult:
    """Who signed in, what was granted, and whether it fits. Nothing is stored yet.

    Attributes:
        grant: Account, tenant, audience, scopes, lifetime.
        fit: Whether that suits sender, mailbox and transport.
        at: When (UTC, aware).
    """

    grant: Grant
    fit: Fit
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person finished; `DeviceSignIn.keep` stores the result."""

    result: SignInResult


@dataclass(frozen=True, slots=True)
class Declined:
    """The person pressed Cancel or No."""

    failure: Failure
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The code's life is over; `DeviceSignIn.start` gives a new one."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Refused:
    """The server ended it; a new code alone will not help.

    Attributes:
        failure: What the server said.
        findings: Cause and fix, worst first, at least one.
    """

    failure: Failure
    findings: tuple[Finding, ...]

    @property
    def finding(self) -> Finding:
        """The likeliest cause."""
        return self.findings[0]


State = Waiting | Slowed | Unreachable | SignedIn | Declined | Lapsed | Refused


class Decision(StrEnum):
    """What is done with a finished sign-in."""

    SAVE = "save"
    """Keep it; refused when the account does not fit."""
    SEND_AS = "send-as"
    """Keep it although the account is another: it authenticates, the From address stays."""
    USE_ACCOUNT = "use-account"
    """Keep it and make the account the From address and the mailbox."""
