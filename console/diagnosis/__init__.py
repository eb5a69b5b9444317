"""From what happened to cause, fix and who can fix it."""

from console.diagnosis.facts import settings_facts, with_settings
from console.transcript import Stage
from console.verdict import Failure, Finding, Who


def diagnose(failure: Failure) -> tuple[Finding, ...]:
    """Return the findings for `failure`, worst first; at least the one that says that it is unknown."""
    return (_unknown(failure.stage, failure.text or failure.kind),)


def explain(text: str) -> tuple[Finding, ...]:  # noqa: ARG001 - the catalogue follows
    """Return what a text (error message, transcript, log lines) tells, in order; () when nothing is known."""
    return ()


def _unknown(stage: Stage, said: str) -> Finding:
    return Finding(
        id="unknown",
        stage=stage,
        cause="This failure is not in the catalogue.",
        fix=("Read what the server said, in the transcript.",),
        who=Who.OPERATOR,
        said=said,
    )


__all__ = ["diagnose", "explain", "settings_facts", "with_settings"]
