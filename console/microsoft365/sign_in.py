"""Signing in with a code (device authorization grant, RFC 8628): one poll at a time, by our own clock.

The caller shows what comes back and calls again; nothing is stored before `DeviceSignIn.keep`. Entra ID says
that an app is misconfigured only to the first poll (AADSTS7000218), so that one comes right after the code.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from console.deadline import Deadline
from console.errors import DeadlineError
from console.files import locked
from console.microsoft365.applications import public_client
from console.microsoft365.cache import lock_path, save_cache
from console.microsoft365.claims import read_grant
from console.microsoft365.clouds import resolve
from console.microsoft365.faults import RefusedError, UnreachableError, clock_failure
from console.microsoft365.fit import check_fit
from console.microsoft365.record import record_of, write_record
from console.microsoft365.states import (
    Code,
    Decision,
    Declined,
    Lapsed,
    Refused,
    SignedIn,
    SignInResult,
    Slowed,
    State,
    Unreachable,
    Waiting,
)
from console.microsoft365.tokens import Renewal, publish
from console.secret import Secret
from console.settings.model import DELEGATED, Settings
from console.text import one_line
from console.transcript import Stage
from console.values import replace
from console.verdict import Failure, Finding, SignInError

if TYPE_CHECKING:
    from console.engine import Engine

LEAST_INTERVAL: Final = 1.0
MOST_INTERVAL: Final = 60.0
_LIFETIMES: Final = (30.0, 3600.0)
"""Seconds a code is taken to live at least and at most, whatever the server says."""

_START_SECONDS: Final = 60.0
_CODE_LIMIT: Final = 64
_URI_LIMIT: Final = 300
_LAPSED_CODES: Final = frozenset({"70019", "70020"})
_DECLINED_CODES: Final = frozenset({"65004"})


class DeviceSignIn:
    """One sign-in with a code: `start`, then `poll` until it ends, then `keep`.

    Not thread-safe: one worker owns it. The clock is monotonic; `clock` is replaced in tests.

    Args:
        engine: Where the sign-in will be stored.
        settings: What it is for; the transport must be one that signs in with a code.
        clock: Monotonic seconds.
    """

    def __init__(
        self, engine: "Engine", settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._endpoints = resolve(settings)
        if settings.mail.transport not in DELEGATED:
            text = f"The transport {settings.mail.transport} signs in as an app, without a code."
            raise SignInError(Failure(Stage.LOCAL, "local.settings", text), text)
        self._client = public_client(engine, settings, self._endpoints)
        self._flow: dict[str, Any] = {}
        self._interval = LEAST_INTERVAL
        self._next_poll = 0.0
        self._expires_at = 0.0
        self._answer: Mapping[str, Any] = {}

    @property
    def next_poll(self) -> float:
        """Clock reading before which the server is not asked again."""
        return self._next_poll

    def seconds_left(self) -> float:
        """Return how long the code still lives; 0.0 when it has lapsed or none was asked for."""
        return max(0.0, self._expires_at - self._clock())

    def start(self, deadline: Deadline) -> Code:
        """Ask for a code; a new one each time it is called (after `Lapsed`, say).

        Raises:
            SignInError: The service refused, or could not be reached.
            DeadlineError, CancelledError: The time is used up, or it was stopped.
        """
        self._flow, self._answer = {}, {}
        asked_at = self._clock()
        scopes = list(self._endpoints.scopes)
        within = deadline.at_most(_START_SECONDS)
        flow = self._client.call(within, lambda app: app.initiate_device_flow(scopes))
        code = self._code_of(flow if isinstance(flow, dict) else {}, asked_at)
        self._flow = flow
        self._client.http.redactor.add(Secret(code.user_code))
        self._interval, self._expires_at = code.interval, code.expires_at
        self._next_poll = self._clock()
        return code

    def poll(self, deadline: Deadline) -> State:
        """Ask once whether the person has finished; waits first until the server may be asked again.

        Raises:
            SignInError: `start` was not called.
            DeadlineError, CancelledError: The time is used up, or it was stopped; the code still holds.
        """
        if not self._flow:
            text = "There is no code to ask about: start the sign-in first."
            raise SignInError(Failure(Stage.SIGN_IN, "oauth.lapsed", text), text)
        wake = min(self._next_poll, self._expires_at)
        if (pause := wake - self._clock()) > 0:
            deadline.sleep(pause)
        if self._clock() >= self._expires_at:
            return self._lapsed("The code was not used in time.")
        try:
            answer = self._ask(deadline)
        except UnreachableError as error:
            return self._unreachable(error)
        except RefusedError as error:
            return self._ended(error)
        except SignInError as error:
            # No OAuth2 answer at all: a portal or box in between may let go again while the code lives.
            return self._unreachable(UnreachableError(error.failure))
        return self._signed_in(answer) if "access_token" in answer else self._pending(answer)

    def keep(self, result: SignInResult, decision: Decision = Decision.SAVE) -> Renewal:
        """Store the sign-in that `poll` ended with, and what was decided about the account.

        Args:
            result: What `SignedIn` carried.
            decision: A wrong account is stored only by explicit decision.

        Raises:
            SignInError: It does not fit, and the decision does not put that right; nothing is stored.
            FileError, SettingsError: It could not be stored.
            DeadlineError: Another process held the lock all the while.
        """
        if not self._answer:
            text = "There is no finished sign-in to keep."
            raise SignInError(Failure(Stage.SIGN_IN, "oauth.not-signed-in", text), text)
        fit = result.fit
        stops = fit.blocking if decision is not Decision.SAVE else fit.failures
        if stops:
            raise SignInError(stops[0], stops[0].text)
        changes = _changes(self._settings, result, decision)
        settings = self._settings.with_values(changes)
        record = record_of(
            self._answer,
            result.grant,
            self._endpoints,
            settings.microsoft365.client_id,
            kind="delegated",
        )
        if changes:  # first: a locked setting stops it before anything is stored
            self._engine.settings.change(changes)
        with locked(lock_path(self._engine), Deadline(30.0)):
            save_cache(self._engine, self._client.cache_text())
            write_record(self._engine.secrets, record)
            problem = publish(self._engine, settings, self._endpoints, record)
        self._settings, self._answer = settings, {}
        return Renewal(record, was_renewed=True, token_file_problem=problem)

    def forget(self) -> None:
        """Drop what came in (sign in again, or cancelled): nothing of it is or was on disk."""
        self._flow, self._answer = {}, {}
        self._client = public_client(self._engine, self._settings, self._endpoints)

    def _code_of(self, flow: Mapping[str, Any], asked_at: float) -> Code:
        user_code = one_line(str(flow.get("user_code") or ""), _CODE_LIMIT)
        if not user_code or not isinstance(flow.get("device_code"), str):
            raise self._client.refusal(flow)
        page = _web_address(flow.get("verification_uri") or flow.get("verification_url"))
        if not page:
            raise self._client.refusal({"error": "no_verification_uri"})
        least, most = _LIFETIMES
        lifetime = min(max(float(flow["expires_in"]), least), most)
        return Code(
            user_code=user_code,
            verification_uri=page,
            verification_uri_complete=_web_address(flow.get("verification_uri_complete")),
            expires_at=asked_at + lifetime,
            interval=_clamped(flow["interval"]),
            message=one_line(str(flow.get("message") or ""), 400),
            lifetime=lifetime,
            correlation_id=one_line(str(flow.get("_correlation_id") or ""), 64),
        )

    def _ask(self, deadline: Deadline) -> Mapping[str, Any]:
        """Make one poll. The interval counts from when it was made: a slow answer is no reason to hurry."""
        self._flow["interval"] = int(self._interval)  # 0 would make MSAL poll in a tight, endless loop
        self._flow.pop("latest_attempt_at", None)  # by the wall clock: MSAL would warn when it is put back
        within = deadline.at_most(max(1.0, self.seconds_left()))
        try:
            answer = self._client.call(
                within,
                lambda app: app.acquire_token_by_device_flow(self._flow, exit_condition=lambda _flow: True),
            )
        except DeadlineError:
            deadline.check()
            answer = {"error": "authorization_pending"}  # the code lapsed while the server kept silent
        finally:
            self._next_poll = self._clock() + self._interval
        if not isinstance(answer, dict):
            raise self._client.refusal({})
        if answer.get("error") in (None, "authorization_pending", "slow_down"):
            return answer if "error" in answer else self._client.checked(answer)
        raise self._client.refusal(answer)

    def _pending(self, answer: Mapping[str, Any]) -> State:
        slowed = answer.get("error") == "slow_down"
        if slowed:
            self._interval = _clamped(self._flow.get("interval", self._interval + 5))
        asked = self._client.http.retry_after
        wait = max(self._interval, asked or 0.0)
        self._next_poll = self._clock() + wait
        if slowed or wait > self._interval:
            return Slowed(self._next_poll, wait)
        return Waiting(self._next_poll)

    def _unreachable(self, error: UnreachableError) -> State:
        self._next_poll = self._clock() + max(self._interval, error.retry_after or 0.0)
        return Unreachable(self._next_poll, error.failure)

    def _ended(self, error: RefusedError) -> State:
        failure, codes = error.failure, set(error.failure.error_codes)
        if error.error == "expired_token" or codes & _LAPSED_CODES:
            return self._lapsed(failure.text)
        is_no = error.error == "authorization_declined" or codes & _DECLINED_CODES
        if is_no or (error.error == "access_denied" and not codes):
            self._flow = {}
            declined = replace(failure, kind="oauth.declined")
            return Declined(declined, self._findings(declined))
        self._flow = {}
        return Refused(failure, self._findings(failure))

    def _lapsed(self, text: str) -> Lapsed:
        self._flow = {}
        self._expires_at = 0.0
        return Lapsed(Failure(Stage.SIGN_IN, "oauth.lapsed", text))

    def _signed_in(self, answer: Mapping[str, Any]) -> SignedIn:
        self._flow, self._answer = {}, answer
        grant = read_grant(answer, self._endpoints.scopes, is_app=False)
        fit = check_fit(self._settings, self._endpoints, grant)
        if (failure := clock_failure(self._client.http.clock_offset)) is not None:
            fit = replace(fit, warnings=(*fit.warnings, failure))
        return SignedIn(SignInResult(grant, fit, datetime.now(UTC)))

    def _findings(self, failure: Failure) -> tuple[Finding, ...]:
        from console.diagnosis import diagnose, with_settings  # reads the catalogue: only when needed

        return diagnose(with_settings(failure, self._settings))


def _changes(settings: Settings, result: SignInResult, decision: Decision) -> dict[str, str]:
    """Return the settings that the decision changes; an empty From address takes the account's."""
    account = result.grant.account
    if not account:
        return {}
    if decision is Decision.USE_ACCOUNT or not settings.mail.sender:
        return {"mail.sender": account, "microsoft365.mailbox": ""}
    if decision is Decision.SEND_AS:
        return {"microsoft365.mailbox": account}
    return {}


def _clamped(interval: object) -> float:
    """Return a sane number of seconds between two polls."""
    seconds = float(interval) if isinstance(interval, int | float) else 5.0
    return min(max(seconds, LEAST_INTERVAL), MOST_INTERVAL)


def _web_address(value: object) -> str:
    """Return an address fit to be shown and drawn, or "": it came from outside."""
    if not isinstance(value, str) or not value.isascii() or len(value) > _URI_LIMIT:
        return ""
    address = one_line(value)
    is_web = address.startswith(("https://", "http://")) and " " not in address
    return address if is_web and address == value else ""


__all__ = [
    "Code",
    "Decision",
    "Declined",
    "DeviceSignIn",
    "Lapsed",
    "Refused",
    "SignInResult",
    "SignedIn",
    "Slowed",
    "State",
    "Unreachable",
    "Waiting",
]
