"""The refusals of Entra ID (``entra_refusals.yaml``) and the JSON they are answered with."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

from console.sandbox.https_server import Reply

_TABLE: Final = Path(__file__).with_name("entra_refusals.yaml")
_NO_STORE: Final = (("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache"))


class Aadsts(IntEnum):
    """The AADSTS numbers that the stand-in's own rules lead to; chosen faults add the rest of the table."""

    PENDING = 70016
    DECLINED = 65004
    CODE_UNKNOWN = 70018
    CODE_EXPIRED = 70020
    CODE_REDEEMED = 54005
    PUBLIC_FLOWS_OFF = 7000218
    APP_NOT_FOUND = 700016
    TENANT_NOT_FOUND = 90002
    TENANT_MALFORMED = 900023
    SINGLE_TENANT = 50194
    NO_TENANT = 50059
    FIELD_MISSING = 900144
    GRANT_UNKNOWN = 70003
    SCOPE_INVALID = 70011
    SCOPES_MIXED = 700022
    SCOPE_WITHOUT_RESOURCE = 700023
    RESOURCE_UNKNOWN = 500011
    NOT_CONSENTED = 65001
    DEFAULT_SCOPE_WANTED = 1002012
    SECRET_WRONG = 7000215
    SECRET_EXPIRED = 7000222
    SECRET_UNWANTED = 700025
    ASSERTION_UNSIGNED = 700027
    ASSERTION_TIME = 700024
    ASSERTION_NAME = 700021
    ASSERTION_MALFORMED = 50027
    GRANT_INVALID = 70000
    REVOKED = 50173
    INACTIVE = 700082
    BLOCKED = 53003
    MFA_WANTED = 50076


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal of the sign-in service.

    Attributes:
        number: AADSTS number; 0 when the service gives none.
        error: OAuth 2.0 error (RFC 6749 §5.2, RFC 8628 §3.5).
        words: The description, without number and trace.
        status: HTTP status.
        suberror: Finer reason, or "".
    """

    number: int
    error: str
    words: str
    status: int = 400
    suberror: str = ""

    def with_facts(self, facts: Mapping[str, str]) -> "Refusal":
        """Return the refusal with names in braces filled in (bounded: they come from the request)."""
        words = self.words
        for name, value in facts.items():
            words = words.replace("{" + name + "}", value[:200])
        return replace(self, words=words)

    def reply(self, correlation_id: str = "") -> Reply:
        """Return the answer as Entra ID words it, with trace, correlation id and time."""
        trace, correlation = str(uuid.uuid4()), _correlation(correlation_id)
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        words = f"AADSTS{self.number}: {self.words}" if self.number else self.words
        body: dict[str, object] = {
            "error": self.error,
            "error_description": f"{words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}",
            "error_codes": [self.number] if self.number else [],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": correlation,
        }
        if self.number:
            body["error_uri"] = f"https://login.microsoftonline.com/error?code={self.number}"
        if self.suberror:
            body["suberror"] = self.suberror
        headers = (("x-ms-request-id", trace), ("client-request-id", correlation))
        return Reply.json(self.status, body, (*_NO_STORE, *headers))

    def plain_reply(self) -> Reply:
        """Return the answer as any OAuth 2.0 server words it (RFC 6749 §5.2)."""
        body = {"error": self.error, "error_description": self.words}
        return Reply.json(self.status, body, _NO_STORE)


SLOW_DOWN: Final = Refusal(0, "slow_down", "Polling too often: add five seconds to the interval.")


class RefusedError(Exception):
    """Raised inside the stand-in to answer with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.number)
        self.refusal = refusal


def refuse(number: int, **facts: str) -> NoReturn:
    """Answer with the refusal of this AADSTS number."""
    raise RefusedError(refusals()[number].with_facts(facts))


@cache
def refusals() -> Mapping[int, Refusal]:
    """Return every refusal the stand-in can play, by AADSTS number."""
    import yaml

    table = yaml.safe_load(_TABLE.read_text("utf-8"))
    return {number: Refusal(number, **row) for number, row in table.items()}


def _correlation(given: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(uuid.uuid4())
