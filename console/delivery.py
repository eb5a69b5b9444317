"""Send one message with what is set up, record it, explain it: the one call of both faces.

settings → transport → transcript → diagnosis → send log. What comes back is one frozen `Delivery`; what went
wrong with the mail is in it, never raised.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime

from console.annotations import TYPE_CHECKING, Final
from console.deadline import Cancellation, Deadline
from console.errors import CancelledError, ConsoleError, DeadlineError, FileError, MailOffError, MessageError
from console.hostnames import host_and_port
from console.message_model import Message
from console.settings.model import EXCHANGE_SMTP, Encryption, Settings, TransportName
from console.text import one_line
from console.transcript import Event, Recorder, Stage
from console.values import dataclass, replace
from console.verdict import (
    AttemptError,
    Delivery,
    Failure,
    Finding,
    LateCancelError,
    RecipientResult,
    Result,
    Sent,
)

if TYPE_CHECKING:
    from console.engine import Engine
    from console.transports.base import Transport

    _Session = Callable[[], AbstractContextManager[Transport]]

Subscriber = Callable[[Event], None]

_NOT_VERIFIED: Final = (
    "Certificate verification is switched off: anybody on the way to the server can read mail and password."
)


def deliver(
    engine: "Engine",
    message: Message,
    *,
    purpose: str,
    subscriber: Subscriber | None = None,
    cancellation: Cancellation | None = None,
) -> Delivery:
    """Send `message` with what is set up, and write it to the send log.

    Args:
        engine: Settings, secrets, log.
        message: What to send.
        purpose: Why: ``test``, ``send``, ``report`` …
        subscriber: Called with every event while the transcript grows, in this thread; must return at once.
        cancellation: Stops it from another thread, at once.

    Returns:
        How it went. Its findings are empty when all went well; that it could not be written to the log is a
        finding too (``log-not-written``), after the others.

    Raises:
        MailOffError: Outgoing mail is switched off; nothing was tried, nothing is in the log.
        SettingsError: The settings cannot be read; likewise.
    """
    order = _order(engine, purpose, subscriber, cancellation)
    return _carried_out(order, message, order.transport)


def deliver_all(
    engine: "Engine",
    messages: Sequence[Message],
    *,
    purpose: str,
    subscriber: Subscriber | None = None,
    cancellation: Cancellation | None = None,
) -> Iterator[Delivery]:
    """Send several messages, on one connection where the transport can, yielding each as it is done.

    Arguments and errors as in `deliver`; once cancelled, the rest is not tried.
    """
    order = _order(engine, purpose, subscriber, cancellation)
    with ExitStack() as stack:
        transport = _kept_open(order, stack)
        append = stack.enter_context(engine.log_writer.kept_open())
        for message in messages:
            delivery = _carried_out(order, message, transport, append)
            yield delivery
            if delivery.result is Result.CANCELLED:
                return


def send_test(
    engine: "Engine",
    to: str,
    *,
    subscriber: Subscriber | None = None,
    cancellation: Cancellation | None = None,
) -> Delivery:
    """Send a test mail that says which appliance, which transport and when, to the address `to`.

    Arguments, result and errors as in `deliver`, purpose ``test``.
    """
    from console.message import test_message

    order = _order(engine, "test", subscriber, cancellation)
    try:
        message = test_message(order.settings, engine.profile, to)
    except MessageError as error:
        refused = error
        blank = Message(order.settings.mail.sender, (to,), b"", "", "")

        def refuse() -> "Transport":
            raise refused

        return _carried_out(order, blank, refuse)
    return _carried_out(order, message, order.transport)


@dataclass(frozen=True, slots=True)
class _Order:
    """What holds for every message of one call."""

    engine: "Engine"
    settings: Settings
    purpose: str
    subscriber: Subscriber | None
    cancellation: Cancellation | None

    def transport(self) -> "Transport":
        from console.transports.table import transport_for

        return transport_for(self.engine, self.settings)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How an attempt ended, before anybody explained it."""

    result: Result
    reply: str
    recipients: tuple[RecipientResult, ...]
    failures: tuple[Failure, ...] = ()


def _kept_open(order: _Order, stack: ExitStack) -> "Callable[[], Transport]":
    """Return what gives the transport, made at its first use and kept until `stack` ends."""
    kept: list[Transport] = []

    def transport() -> "Transport":
        if not kept:
            made = order.transport()
            session: _Session | None = getattr(made, "session", None)
            kept.append(made if session is None else stack.enter_context(session()))
        return kept[0]

    return transport


def _order(
    engine: "Engine", purpose: str, subscriber: Subscriber | None, cancellation: Cancellation | None
) -> _Order:
    settings = engine.settings.load()
    if not settings.mail.enabled:
        raise MailOffError
    return _Order(engine, settings, purpose, subscriber, cancellation)


def _carried_out(
    order: _Order,
    message: Message,
    transport: "Callable[[], Transport]",
    append: Callable[[Delivery], None] | None = None,
) -> Delivery:
    at = datetime.now(UTC)
    recorder = Recorder()
    if order.subscriber is not None:
        recorder.subscribe(order.subscriber)
    servers = [server_of(order.settings)]
    outcome = _outcome(order, message, transport, recorder, servers)
    delivery = Delivery(
        id=new_id(at),
        at=at,
        seconds=recorder.elapsed(),
        purpose=order.purpose,
        transport=str(order.settings.mail.transport),
        server=servers[-1],
        sender=one_line(message.sender),
        recipients=outcome.recipients,
        subject=one_line(message.subject),
        message_id=one_line(message.message_id),
        size=len(message.content),
        result=outcome.result,
        reply=outcome.reply,
        transcript=recorder.transcript(),
        findings=_findings(outcome.failures, order.settings),
    )
    return _logged(delivery, append or order.engine.log_writer.append)


def _outcome(
    order: _Order,
    message: Message,
    transport: "Callable[[], Transport]",
    recorder: Recorder,
    servers: list[str],
) -> _Outcome:
    deadline = Deadline(order.settings.network.total_timeout, order.cancellation)
    try:
        deadline.check()
        opened = transport()
        servers.append(one_line(opened.server))
        if is_unverified(order.settings):
            recorder.note(_NOT_VERIFIED)
        return _sent(opened.send(message, recorder, deadline))
    except CancelledError as error:
        late = (error.failure,) if isinstance(error, LateCancelError) else ()
        return replace(_not_sent(Result.CANCELLED, message, one_line(str(error))), failures=late)
    except AttemptError as error:
        return _failed(message, error.failure)
    except DeadlineError as error:
        facts = {"limit": f"{order.settings.network.total_timeout} s"}
        return _failed(message, Failure(_stage(recorder), "deadline", one_line(error.what), facts=facts))
    except ConsoleError as error:
        return _failed(message, Failure(_stage(recorder), error.code, one_line(str(error))))
    except Exception as error:  # noqa: BLE001 - the boundary of every transport: one mail fails, not the program
        # Type and place alone: the words of a foreign exception may hold a secret.
        return _failed(message, Failure(_stage(recorder), "internal", _place(error)))


def _sent(sent: Sent) -> _Outcome:
    is_whole = all(one.accepted for one in sent.recipients)
    result = Result.ACCEPTED if is_whole else Result.PARTLY
    return _Outcome(result, one_line(sent.reply), sent.recipients, sent.refused)


def _failed(message: Message, failure: Failure) -> _Outcome:
    outcome = _not_sent(Result.FAILED, message, failure.text or failure.kind)
    return replace(outcome, failures=(failure,))


def _not_sent(result: Result, message: Message, reply: str) -> _Outcome:
    recipients = tuple(RecipientResult(one_line(address), accepted=False) for address in message.recipients)
    return _Outcome(result, reply, recipients)


def _stage(recorder: Recorder) -> Stage:
    """Return the stage that was running when it failed: the last one begun."""
    steps = recorder.transcript().steps
    return steps[-1].stage if steps else Stage.LOCAL


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    frame = trace.tb_frame
    return f"{type(error).__name__} in {frame.f_globals.get('__name__', '?')}, line {trace.tb_lineno}"


def _findings(failures: tuple[Failure, ...], settings: Settings) -> tuple[Finding, ...]:
    if not failures:
        return ()
    from console.diagnosis import diagnose, with_settings

    found = {
        one.id: one for failure in reversed(failures) for one in diagnose(with_settings(failure, settings))
    }
    return tuple(reversed(found.values()))


def _logged(delivery: Delivery, append: Callable[[Delivery], None]) -> Delivery:
    try:
        append(delivery)
    except FileError as error:
        from console.diagnosis import diagnose

        failure = Failure(Stage.LOCAL, "local.log-not-written", one_line(str(error)))
        return replace(delivery, findings=(*delivery.findings, *diagnose(failure)))
    return delivery


def new_id(at: datetime) -> str:
    """Return a new delivery id: sortable by time, unique, safe in file names (``20261121T061900-4f2a9c``)."""
    time = at.isoformat(timespec="seconds")[:19].replace("-", "").replace(":", "")
    return f"{time}-{os.urandom(3).hex()}"


def is_unverified(settings: Settings) -> bool:
    """Whether the chosen transport uses TLS without verifying whom it talks to."""
    smtp = settings.smtp
    return (
        settings.mail.transport is TransportName.SMTP
        and smtp.encryption is not Encryption.NONE
        and not smtp.verify
        and not smtp.fingerprint
    )


def server_of(settings: Settings) -> str:
    """Return ``host:port`` or the Graph root as set; "" when the settings leave it to the cloud."""
    microsoft365 = settings.microsoft365
    if settings.mail.transport is TransportName.SMTP:
        return host_and_port(settings.smtp.host, settings.smtp.port) if settings.smtp.host else ""
    if settings.mail.transport in EXCHANGE_SMTP:
        return host_and_port(microsoft365.smtp_host, microsoft365.smtp_port) if microsoft365.smtp_host else ""
    return microsoft365.graph_root
