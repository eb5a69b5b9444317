"""How a delivery is told on the command line: live, in words, as JSON, and as an exit code."""

from collections.abc import Callable

from console.annotations import Any, Final
from console.cli.exit_codes import ExitCode
from console.transcript import Event, Outcome, Stage, Step
from console.transcript_text import duration_text, fact_texts, line_text
from console.verdict import FATE_UNKNOWN, Delivery, Result, Who

JSON_VERSION: Final = 1
"""Version of every JSON document the commands print; it changes when a field goes or changes its meaning."""


def live(write: Callable[[str], None]) -> Callable[[Event], None]:
    """Return a subscriber that writes a transcript while it grows.

    A writer whose reader has gone, or that a full disk stopped, is not asked again: the mail goes on.
    """
    is_read = True

    def tell(event: Event) -> None:
        nonlocal is_read
        if not is_read:
            return
        try:
            for text in _texts(event):
                write(text)
        except OSError:
            is_read = False

    return tell


def _texts(event: Event) -> list[str]:
    if not isinstance(event, Step):
        return [line_text(event)]
    if event.outcome is Outcome.RUNNING:
        return [] if event.facts else [f"{event.at:7.3f}   {event.stage.label}  {event.subject}".rstrip()]
    took = "" if event.duration is None else f", {duration_text(event.duration)}"
    return [*fact_texts(event), f"{' ' * 13}{event.outcome}{took}"]


def verdict_text(delivery: Delivery) -> str:
    """Return how a delivery ended: one sentence, then the recipients that were refused, then the findings."""
    from console.sendlog.export import finding_text

    refused = [
        f"  {one.address}: {one.reply or 'not asked'}" for one in delivery.recipients if not one.accepted
    ]
    parts = [_sentence(delivery) + (" It may have been sent." if delivery.may_be_sent else "")]
    if delivery.result is Result.PARTLY:
        parts.append("\n".join(["Refused:", *refused]))
    parts += [finding_text(one).rstrip("\n") for one in delivery.findings]
    return "\n\n".join(parts)


def _sentence(delivery: Delivery) -> str:
    took = duration_text(delivery.seconds)
    if delivery.result is Result.CANCELLED:
        return f"Cancelled after {took}."
    result = str(delivery.result).capitalize()
    by = f" by {delivery.server}" if delivery.result.is_sent else f" at {delivery.server}"
    return (
        f"{result}{by} after {took}: {delivery.reply}" if delivery.server else f"{result}: {delivery.reply}"
    )


def delivery_shape(delivery: Delivery) -> dict[str, Any]:
    """Return what ``--json`` prints for a delivery."""
    from console.delivery_json import delivery_values

    return {"version": JSON_VERSION, "delivery": delivery_values(delivery)}


def exit_code_of_delivery(delivery: Delivery) -> ExitCode:
    """Return the exit code that says how a delivery ended.

    A mail server's reply code of the 400s means "try again later" (RFC 5321 §4.2.1) wherever it came; a web
    service's does not. "For good" is said only of what was refused: a line that was lost has refused nothing,
    whatever the stage. Where the last answer was lost the mail may have arrived; as between mail servers
    (RFC 1047), better twice than never.
    """
    if delivery.result is Result.ACCEPTED:
        return ExitCode.OK
    if delivery.result is Result.PARTLY:
        return ExitCode.NOTHING
    if delivery.result is Result.CANCELLED:
        return ExitCode.INTERRUPTED
    stage = _failed_stage(delivery)
    if delivery.reply[:1] == "4" and delivery.reply[:3].isdigit() and stage is not Stage.GRAPH:
        return ExitCode.TEMPORARY
    if delivery.findings:
        worst = delivery.findings[0]
        if worst.who is Who.NOBODY:
            return ExitCode.TEMPORARY
        if worst.id in _CODES_OF_FINDINGS:
            return _CODES_OF_FINDINGS[worst.id]
    return _CODES.get(stage, ExitCode.UNAVAILABLE) if stage else ExitCode.UNAVAILABLE


_CODES_OF_FINDINGS: Final = {
    FATE_UNKNOWN: ExitCode.TEMPORARY,
    "smtp-closed": ExitCode.TEMPORARY,
    "smtp-timeout": ExitCode.TEMPORARY,
    "time-used-up": ExitCode.TEMPORARY,
    "name-service-silent": ExitCode.TEMPORARY,
    "sign-in-service-unreachable": ExitCode.TEMPORARY,
    "message-invalid": ExitCode.DATA,
    "no-recipient": ExitCode.DATA,
    "permission-denied": ExitCode.NO_PERMISSION,
    "token-refused": ExitCode.NO_PERMISSION,
    "internal": ExitCode.INTERNAL,
}
"""What its entry in the catalogue tells better than the stage does."""

_CODES: Final = {
    Stage.LOCAL: ExitCode.CONFIGURATION,
    Stage.SIGN_IN: ExitCode.NO_PERMISSION,
    Stage.DNS: ExitCode.NO_HOST,
    Stage.CONNECT: ExitCode.TEMPORARY,
    Stage.TLS: ExitCode.PROTOCOL,
    Stage.GREETING: ExitCode.PROTOCOL,
    Stage.EHLO: ExitCode.PROTOCOL,
    Stage.AUTH: ExitCode.NO_PERMISSION,
    Stage.RECIPIENT: ExitCode.NO_RECIPIENT,
}


def _failed_stage(delivery: Delivery) -> Stage | None:
    if delivery.findings:
        return delivery.findings[0].stage
    failed = [one.stage for one in delivery.transcript.steps if one.outcome is Outcome.FAILED]
    return failed[-1] if failed else None
