"""What became of one attempt: the frozen values that both faces show and the send log keeps.

A delivery is one value that carries its transcript and, if it failed, its findings. These values know no
sockets and no catalogue: transports make failures, the diagnosis makes findings, the delivery joins them.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from console.annotations import Final
from console.errors import CancelledError, ConsoleError
from console.transcript import Stage, Transcript
from console.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Failure:
    """Where and how an attempt failed, as facts to match the diagnosis catalogue on.

    Attributes:
        stage: The stage one was in.
        kind: Stable, dotted, lower case: ``dns.not-found``, ``connect.refused``, ``tls.self-signed``,
            ``smtp.reply``, ``oauth.error``, ``graph.error`` … (the catalogue lists them all).
        text: What the other side, or the system, really said; printable, bounded, without secrets.
        reply_code: SMTP reply code (RFC 5321 §4.2) or HTTP status, where there was one.
        enhanced_code: Enhanced status code such as ``5.7.139`` (RFC 3463), or "".
        error_codes: Codes of Entra ID (``AADSTS7000218`` as ``7000218``) or of Graph (``ErrorAccessDenied``).
        facts: Anything the words of cause and fix may name: host, port, mailbox, tenant, expires …
    """

    stage: Stage
    kind: str
    text: str = ""
    reply_code: int | None = None
    enhanced_code: str = ""
    error_codes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


class AttemptError(ConsoleError):
    """An attempt failed at a stage; carries the `Failure`."""

    code = "attempt"

    def __init__(self, failure: Failure, what: str = "", fix: str = "") -> None:
        super().__init__(what or f"{failure.stage.label}: {failure.text or failure.kind}", fix)
        self.failure = failure


FATE_UNKNOWN: Final = "fate-unknown"
"""Id of the finding that says that the message was out and its answer did not come."""

NO_LAST_WORD: Final = "message.no-last-word"
"""The failure's kind that it is made of."""


class LateCancelError(CancelledError):
    """The operator stopped it when the message was out already; carries the `Failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


class TransportError(AttemptError):
    """A delivery failed at a stage."""

    code = "transport"


_IN_BETWEEN: Final = frozenset(
    {"oauth.proxy", "oauth.captive-portal", "oauth.clock", "oauth.tls", "oauth.tls-inspection"}
)
"""Kinds of failure that keep one from the sign-in service; it has not said no."""


class SignInError(AttemptError):
    """Signing in, or renewing a token, failed."""

    code = "sign-in"

    @property
    def is_for_now(self) -> bool:
        """Whether trying again later may help: the service was not reached, or not itself."""
        return self.failure.kind in _IN_BETWEEN


class Who(StrEnum):
    """Who can put a finding right."""

    OPERATOR = "operator"
    NETWORK = "network administrator"
    MAIL_ADMIN = "mail server administrator"
    MICROSOFT365_ADMIN = "Microsoft 365 administrator"
    ACCOUNT_OWNER = "owner of the account"
    RECIPIENT = "recipient"
    PROVIDER = "mail provider"
    NOBODY = "nobody: it passes by itself"


@dataclass(frozen=True, slots=True)
class Finding:
    """Cause, fix and who can fix it, in plain words.

    Attributes:
        id: The catalogue entry's name, stable (``smtp-auth-disabled-tenant``); ``unknown`` when none matched.
        stage: Where it happened.
        cause: Why it failed, one or two sentences.
        fix: What to do, step by step: portal paths, commands, menu items; with this appliance's own values.
        who: Who can do that.
        source: Where the knowledge comes from (RFC section, vendor page), for engineers.
        said: What the other side really said, printable and bounded.
        offer: A name for what the console can do at once (``switch-to-graph``, ``sign-in-again``), or "".
        suggested: Settings that would cure it, key and value, for a person to judge first.
    """

    id: str
    stage: Stage
    cause: str
    fix: tuple[str, ...]
    who: Who
    source: str = ""
    said: str = ""
    offer: str = ""
    suggested: tuple[tuple[str, str], ...] = ()


class Result(StrEnum):
    """How a delivery ended."""

    ACCEPTED = "accepted"
    PARTLY = "partly accepted"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_sent(self) -> bool:
        """Whether at least one recipient's mail left the appliance."""
        return self in (Result.ACCEPTED, Result.PARTLY)


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """What the server said to one recipient."""

    address: str
    accepted: bool
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a transport returns when the server took the message for at least one recipient.

    Attributes:
        reply: The server's last word (``250 2.0.0 Ok: queued as 4Zx…``, or ``202 Accepted``).
        recipients: One result per envelope recipient, in their order.
        refused: A failure for each recipient refused, for the diagnosis.
    """

    reply: str
    recipients: tuple[RecipientResult, ...]
    refused: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to send one message, with its result, transcript and findings.

    Attributes:
        id: Short, unique, sortable by time, safe in file names and URLs.
        at: When it began (UTC, aware).
        seconds: How long it took.
        purpose: ``test``, ``send``, ``report`` …: why the mail was sent.
        transport: Name of the transport in the settings (``smtp``).
        server: ``host:port`` or the Graph root.
        sender: Envelope sender.
        recipients: Each with what the server said (accepted False and reply "" when never asked).
        subject: Printable, bounded.
        message_id: The Message-ID header's value.
        size: Octets of the message.
        result: How it ended.
        reply: The server's last word; or the failure's text.
        transcript: Every stage and line, redacted.
        findings: Worst first; empty when all went well.
    """

    id: str
    at: datetime
    seconds: float
    purpose: str
    transport: str
    server: str
    sender: str
    recipients: tuple[RecipientResult, ...]
    subject: str
    message_id: str
    size: int
    result: Result
    reply: str
    transcript: Transcript
    findings: tuple[Finding, ...] = ()

    @property
    def may_be_sent(self) -> bool:
        """Whether nobody here knows if it was sent: the message was out, and its answer did not come."""
        return any(one.id == FATE_UNKNOWN for one in self.findings)
