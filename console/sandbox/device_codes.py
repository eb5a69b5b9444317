"""The codes that wait for somebody's phone (RFC 8628), and what the phone said."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from console.sandbox.directory import Account

_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXYZ23456789"
_LENGTH: Final = 9
KEPT: Final = 100
"""Codes remembered; the oldest are forgotten first."""
_EARLY: Final = 0.5
"""Seconds a poll may come before its time: clocks and networks are not exact."""


class Answer(StrEnum):
    """What the phone said."""

    APPROVED = "approved"
    DECLINED = "declined"
    BLOCKED = "blocked"
    REDEEMED = "redeemed"
    """Approved, and the tokens were fetched."""


@dataclass(slots=True)
class DeviceCode:
    """One sign-in under way.

    Attributes:
        user_code: What a person types.
        device_code: What the console polls with.
        client_id: The app that asked.
        scope: Scopes asked for, separated by spaces.
        expires_at: When it lapses (seconds since 1970).
        interval: Seconds between polls; grows with every ``slow_down``.
        polls: How often was asked.
        last_poll: When was asked last; 0.0 for never.
        answer: What the phone said; None while nothing.
        account: Who approved.
    """

    user_code: str
    device_code: str
    client_id: str
    scope: str
    expires_at: float
    interval: int
    polls: int = 0
    last_poll: float = 0.0
    answer: Answer | None = None
    account: Account | None = None


class DeviceCodes:
    """Every code of one sandbox, bounded; safe from any thread.

    Args:
        lifetime: Seconds until a code lapses (Entra ID: 900).
        interval: Seconds between polls (Entra ID: 5).
        clock: Seconds since 1970; replaced in tests.
    """

    def __init__(
        self, lifetime: int = 900, interval: int = 5, clock: Callable[[], float] = time.time
    ) -> None:
        self.lifetime = lifetime
        self.interval = interval
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: OrderedDict[str, DeviceCode] = OrderedDict()

    def issue(self, client_id: str, scope: str) -> DeviceCode:
        """Return a new code."""
        code = DeviceCode(
            user_code="".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)),
            device_code=secrets.token_urlsafe(96),
            client_id=client_id,
            scope=scope,
            expires_at=self._clock() + self.lifetime,
            interval=self.interval,
        )
        with self._lock:
            self._codes[code.device_code] = code
            while len(self._codes) > KEPT:
                self._codes.popitem(last=False)
        return code

    def of_device(self, device_code: str) -> DeviceCode | None:
        """Return the code a console polls for."""
        with self._lock:
            return self._codes.get(device_code)

    def of_user(self, user_code: str) -> DeviceCode | None:
        """Return the code a person typed: letter case, spaces and dashes aside."""
        wanted = "".join(filter(str.isalnum, user_code)).upper()
        return next((code for code in self.waiting() if code.user_code == wanted), None)

    def waiting(self) -> tuple[DeviceCode, ...]:
        """Return the codes nobody has answered yet, newest first."""
        with self._lock:
            codes = list(reversed(self._codes.values()))
        return tuple(code for code in codes if code.answer is None and not self.is_lapsed(code))

    def is_lapsed(self, code: DeviceCode) -> bool:
        """Whether the code's time is up."""
        return self._clock() >= code.expires_at

    def lapse(self, code: DeviceCode) -> None:
        """Let the code's time be up now."""
        with self._lock:
            code.expires_at = min(code.expires_at, self._clock())

    def settle(self, code: DeviceCode, answer: Answer, account: Account | None = None) -> bool:
        """Keep what the phone said; False when the code was answered already or has lapsed."""
        with self._lock:
            if code.answer is not None or self.is_lapsed(code):
                return False
            code.account = account
            code.answer = answer
            return True

    def redeem(self, code: DeviceCode) -> bool:
        """Mark an approved code as used; False when another poll was quicker."""
        with self._lock:
            if code.answer is not Answer.APPROVED:
                return False
            code.answer = Answer.REDEEMED
            return True

    def note_poll(self, code: DeviceCode) -> bool:
        """Count a poll; False when it came sooner than the interval allows, which then grows by 5 s.

        The first poll may come at once; RFC 8628 §3.5 defines ``slow_down``.
        """
        now = self._clock()
        with self._lock:
            is_early = bool(code.polls) and now - code.last_poll < code.interval - _EARLY
            code.polls += 1
            code.last_poll = now
            if is_early:
                code.interval += 5
            return not is_early
