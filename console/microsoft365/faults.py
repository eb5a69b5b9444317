"""What keeps one from the sign-in service, told apart: no network, a proxy, a captive portal, a box that
inspects TLS, a wrong clock, an untrusted certificate; and what the service itself refuses.

Everything here becomes a `SignInError` with the kinds ``oauth.*``; secrets that the service echoes are taken
out by the redactor that knows what was sent.
"""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from console.deadline import Deadline
from console.errors import CancelledError, ConsoleError
from console.microsoft365.http import CLOCK_TOLERANCE, HTTPS_PORT, Answer, HttpsClient, Request
from console.microsoft365.wire import WireError
from console.secret import Redactor
from console.text import one_line
from console.transcript import Stage
from console.verdict import Failure, SignInError

_CODES_LIMIT: Final = 10
_LOOK_SECONDS: Final = 6.0
_BLOCK_PAGES: Final = frozenset({401, 403, 407, 451})


class UnreachableError(SignInError):
    """The service did not answer, or not now: trying again later may help.

    Attributes:
        retry_after: Seconds the service wants to be left alone, or None.
    """

    code = "sign-in.unreachable"

    def __init__(self, failure: Failure, retry_after: float | None = None) -> None:
        super().__init__(failure)
        self.retry_after = retry_after

    @property
    def is_for_now(self) -> bool:
        """It always is."""
        return True


class RefusedError(SignInError):
    """The service answered with an OAuth2 error (RFC 6749 §5.2).

    Attributes:
        error: The service's word (``invalid_grant``): what one branches on, never the description.
    """

    code = "sign-in.refused"

    def __init__(self, failure: Failure, error: str) -> None:
        super().__init__(failure)
        self.error = error


def refused(
    answer: Mapping[str, object],
    redactor: Redactor,
    *,
    facts: Mapping[str, str] | None = None,
    status: int | None = None,
    clock_offset: float | None = None,
) -> RefusedError:
    """Return the error for an OAuth2 error answer.

    Args:
        answer: The answer's fields (``error``, ``error_description``, ``error_codes`` …), not trusted.
        redactor: Knows the secrets that were sent.
        facts: What the words of cause and fix may name: tenant, client_id, mailbox …
        status: HTTP status, where known.
        clock_offset: Seconds the service's clock is ahead of ours, where known.
    """
    error = redactor.redact(one_line(str(answer.get("error") or "unknown_error"), 100))
    said = redactor.redact(_first_line(answer.get("error_description")))
    found = {**(facts or {}), "error": error}
    for key in ("suberror", "trace_id", "correlation_id", "timestamp"):
        if isinstance(value := answer.get(key), str) and value:
            found[key] = redactor.redact(one_line(value, 100))
    found |= _clock_fact(clock_offset)
    failure = Failure(
        Stage.SIGN_IN, "oauth.error", said or error, status, error_codes=_codes(answer, said), facts=found
    )
    return RefusedError(failure, error)


def read_json(answer: Answer, url: str, redactor: Redactor) -> dict[str, object]:
    """Return the JSON object of an answer.

    Raises:
        UnreachableError: The service is out of order or wants to be left alone (429, 5xx).
        SignInError: Something between here and the service answered in its place.
    """
    try:
        fields = json.loads(answer.body)
    except (ValueError, RecursionError):
        fields = None
    if answer.status == 429 or (answer.status >= 500 and answer.status != 511):
        raise _busy(answer, url, fields, redactor)
    if isinstance(fields, dict) and answer.status not in (511, 407):
        return fields
    raise SignInError(_impostor(answer, url, redactor))


def wire_fault(
    error: WireError, client: HttpsClient, url: str, deadline: Deadline, *, known: bool
) -> SignInError:
    """Return what a failed connection means for signing in.

    Args:
        error: What the connection said.
        client: Looks at a refused certificate again, without sending anything secret.
        url: What was asked for.
        deadline: For the whole sign-in; looking takes at most some seconds of it.
        known: Whether the service is Microsoft's own, whose certificates every system trusts.

    Raises:
        CancelledError: It was stopped while it looked.
    """
    failure = error.failure
    if failure.kind in ("oauth.proxy", "tls.ca-file"):
        return SignInError(failure)
    if not failure.kind.startswith("tls."):
        facts = {**failure.facts, "cause": failure.kind}
        return UnreachableError(Failure(Stage.SIGN_IN, "oauth.unreachable", failure.text, facts=facts))
    seen = _look(client, url, deadline.at_most(_LOOK_SECONDS))
    facts = {**failure.facts, **seen, "cause": failure.kind}
    kind = "oauth.tls"
    if "clock_offset" in seen:
        kind = "oauth.clock"
    elif known and failure.kind in ("tls.untrusted", "tls.self-signed", "tls.wrong-name"):
        kind = "oauth.tls-inspection"
    return SignInError(Failure(Stage.SIGN_IN, kind, failure.text, facts=facts))


def clock_failure(offset: float | None) -> Failure | None:
    """Return the failure that says that our clock is wrong; None when it is right, or nobody knows.

    Args:
        offset: Seconds the service's clock is ahead of ours.
    """
    facts = _clock_fact(offset)
    if not facts:
        return None
    text = f"This appliance's clock is {facts['clock']}."
    return Failure(Stage.SIGN_IN, "oauth.clock", text, facts=facts)


def _span(seconds: float) -> str:
    for size, word in ((86400.0, "days"), (3600.0, "hours")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds / 60:.0f} minutes"


def _busy(answer: Answer, url: str, fields: object, redactor: Redactor) -> UnreachableError:
    """Return the error for a service that is out of order; its own error, where it gave one, says why."""
    facts = _facts(url, answer)
    if isinstance(fields, dict) and "error" in fields:
        failure = refused(fields, redactor, facts=facts, status=answer.status).failure
    else:
        text = f"{facts['host']} answered {answer.status} {answer.reason}"
        failure = Failure(Stage.SIGN_IN, "oauth.unreachable", text, answer.status, facts=facts)
    return UnreachableError(failure, answer.retry_after)


def _look(client: HttpsClient, url: str, deadline: Deadline) -> dict[str, str]:
    """Return issuer and dates of the certificate, and the clock's offset if it is large; {} if unseen.

    Raises:
        CancelledError: It was stopped.
    """
    from console.microsoft365.look import look_at_server  # imports cryptography

    try:
        seen = look_at_server(client, Request("HEAD", url), deadline)
    except CancelledError:
        raise
    except ConsoleError:  # only a closer look: without it the first finding stands
        return {}
    return {**seen.facts, **_clock_fact(seen.clock_offset)}


def _impostor(answer: Answer, url: str, redactor: Redactor) -> Failure:
    facts = _facts(url, answer)
    title = redactor.redact(_title(answer))
    text = f"{_host(url)} answered {answer.status} {answer.reason}".strip()
    text += f", a page titled '{title}'" if title else ", not what the sign-in service says"
    kind = "oauth.error"
    if answer.status in _BLOCK_PAGES and answer.is_html:
        kind = "oauth.proxy"
    elif answer.is_html or answer.status == 511 or 300 <= answer.status < 400:
        kind = "oauth.captive-portal"
    return Failure(Stage.SIGN_IN, kind, one_line(text), answer.status, facts=facts)


def _facts(url: str, answer: Answer) -> dict[str, str]:
    facts = {"host": _host(url), "port": _port(url)}
    if location := answer.fields.get("location"):
        facts["location"] = one_line(urlsplit(location).netloc or location, 200)
    return facts | _clock_fact(answer.clock_offset)


def _title(answer: Answer) -> str:
    start = answer.text[:20_000]
    _, opened, rest = start.partition("<title>")
    return one_line(rest.partition("</title>")[0].strip(), 80) if opened else ""


def _clock_fact(offset: float | None) -> dict[str, str]:
    """Return as facts how wrong our clock is, for people and in seconds; {} when it is right."""
    if offset is None or abs(offset) <= CLOCK_TOLERANCE:
        return {}
    way = "behind" if offset > 0 else "ahead"
    return {"clock_offset": f"{offset:+.0f}", "clock": f"about {_span(abs(offset))} {way}"}


def _codes(answer: Mapping[str, object], said: str) -> tuple[str, ...]:
    """Return the AADSTS numbers; a proxy's or another version's answer may carry them in the text alone."""
    codes = answer.get("error_codes")
    found = [str(code) for code in codes if isinstance(code, int | str)] if isinstance(codes, list) else []
    if not found and said.startswith("AADSTS"):
        found = [said[6:].partition(":")[0]]
    return tuple(one_line(code, 20) for code in found[:_CODES_LIMIT])


def _first_line(description: object) -> str:
    """Return the description up to where Entra ID's trace IDs begin; these are kept as facts."""
    if not isinstance(description, str):
        return ""
    text = description[:4000].strip()
    for mark in ("\r\n", "\n", " Trace ID:"):
        text = text.partition(mark)[0]
    return one_line(text)


def _host(url: str) -> str:
    try:
        return one_line(urlsplit(url).hostname or "", 255)
    except ValueError:
        return ""


def _port(url: str) -> str:
    try:
        return str(urlsplit(url).port or HTTPS_PORT)
    except ValueError:
        return ""
