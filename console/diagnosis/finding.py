"""Making findings of failures."""

from typing import TYPE_CHECKING, Final

from console.diagnosis.words import filled
from console.text import one_line
from console.verdict import Failure, Finding, Who

if TYPE_CHECKING:
    from console.diagnosis.entry import CatalogueEntry

UNKNOWN: Final = "unknown"
_VALUE_LIMIT: Final = 200


def diagnose(failure: Failure) -> tuple[Finding, ...]:
    """Return the findings for `failure`, worst first; at least the one that says that it is unknown.

    Give the failure what the settings know first (`console.diagnosis.with_settings`), so that cause and fix
    name this appliance's own values.
    """
    from console.diagnosis.facts import with_folder
    from console.diagnosis.realms import best

    entry = best(failure)
    failure = with_folder(failure)
    return (unknown(failure) if entry is None else finding_of(entry, failure),)


def finding_of(entry: "CatalogueEntry", failure: Failure) -> Finding:
    """Return the finding that `entry` makes of `failure`."""
    return Finding(
        id=entry.id,
        stage=failure.stage,
        cause=filled(entry.cause, failure.facts),
        fix=tuple(filled(step, failure.facts) for step in entry.fix),
        who=entry.who,
        source=entry.source,
        said=one_line(failure.text),
        offer=entry.offer,
        suggested=tuple(
            (key, value)
            for key, fact in entry.suggest.items()
            if (value := one_line(failure.facts.get(fact, ""), _VALUE_LIMIT))
        ),
    )


def unknown(failure: Failure) -> Finding:
    """Return the finding that says that nothing is known about `failure`."""
    kind = one_line(failure.kind, 60)
    return Finding(
        id=UNKNOWN,
        stage=failure.stage,
        cause=f"It failed at the stage '{failure.stage.label}'; why ({kind}) is not known here.",
        fix=(
            "Read the transcript below: the last lines show what was asked and what was answered.",
            "Search for the exact words of the answer, or show them to whoever runs the server.",
        ),
        who=Who.OPERATOR,
        said=one_line(failure.text),
    )


def catalogue() -> "tuple[CatalogueEntry, ...]":
    """Return every entry of the catalogue."""
    from console.diagnosis.realms import catalogue as whole

    return whole()
