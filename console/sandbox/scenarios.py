"""What can go wrong in the sandbox, by name (``scenarios.yaml``), and which of it is chosen now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from console.errors import UsageError
from console.sandbox.entra_errors import Refusal, refusals
from console.sandbox.graph_errors import GRAPH_REFUSALS, GraphRefusal
from console.sandbox.smtp_faults import SMTP_FAULTS, Fault
from console.text import nearest, one_line

LIST: Final = "list"
"""No fault: ``--fault list`` has the names of all said."""
_TABLE: Final = Path(__file__).with_name("scenarios.yaml")


class Moment(StrEnum):
    """When the sign-in service refuses."""

    DISCOVERY = "discovery"
    CODE = "code"
    POLL = "poll"
    APPROVED = "approved"
    REFRESH = "refresh"
    APP = "app"
    SECRET = "secret"  # noqa: S105 - the name of a moment
    CERTIFICATE = "certificate"


_RENEWING: Final = frozenset({Moment.REFRESH, Moment.APP, Moment.SECRET, Moment.CERTIFICATE})


class Trick(StrEnum):
    """What the stand-ins do beyond answering with a refusal."""

    CAPTIVE_PORTAL = "captive-portal"
    CONNECTION_REFUSED = "connection-refused"
    DECLINED = "declined"
    LAPSED = "lapsed"
    NO_ROLES = "no-roles"
    POLLING_503 = "polling-503"
    SLOW_DOWN = "slow-down"
    THROTTLED_ONCE = "throttled-once"
    WRONG_ACCOUNT = "wrong-account"


@dataclass(frozen=True, slots=True)
class FaultInfo:
    """A fault as a person chooses it.

    Attributes:
        name: What ``--fault`` takes.
        title: A few words.
        expects: Finding or failure kind it must end in; "" where all ends well.
        story: What happens.
    """

    name: str
    title: str
    expects: str
    story: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault as the stand-ins play it.

    Attributes:
        shown: Name, title, story and what it must end in.
        aadsts: AADSTS number of the sign-in service's refusal, or 0.
        at: The moments of that refusal.
        smtp: Fault of the SMTP stand-in, or None.
        graph: Refusal of Graph, or None.
        trick: What else is done, or None.
        expects_graph: Finding it must end in where mail goes by Graph.
    """

    shown: FaultInfo
    aadsts: int = 0
    at: frozenset[Moment] = frozenset()
    smtp: Fault | None = None
    graph: GraphRefusal | None = None
    trick: Trick | None = None
    expects_graph: str = ""


class ChosenFaults:
    """The scenarios played now; read by every stand-in, changed while they run."""

    def __init__(self) -> None:
        self._chosen: tuple[Scenario, ...] = ()

    def choose(self, names: Sequence[str]) -> None:
        """Play these, and nothing else.

        Raises:
            UsageError: There is none of this name; the nearest is named.
        """
        self._chosen = tuple(find(name) for name in names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what is played."""
        return tuple(one.shown.name for one in self._chosen)

    @property
    def smtp(self) -> Fault | None:
        """What the SMTP stand-in plays: the last one chosen that concerns it."""
        return next((one.smtp for one in reversed(self._chosen) if one.smtp is not None), None)

    @property
    def graph(self) -> GraphRefusal | None:
        """How Graph refuses."""
        return next((one.graph for one in reversed(self._chosen) if one.graph is not None), None)

    def has(self, trick: Trick) -> bool:
        """Whether this trick is played."""
        return any(one.trick is trick for one in self._chosen)

    @property
    def is_of_tokens(self) -> bool:
        """Whether a new token is refused to who is signed in already: it shows when the present one ends."""
        return any(one.aadsts and not one.at.isdisjoint(_RENEWING) for one in self._chosen)

    def refusal(self, *moments: Moment) -> Refusal | None:
        """Return how the sign-in service refuses at any of these moments, or None."""
        for one in self._chosen:
            if one.aadsts and not one.at.isdisjoint(moments):
                return refusals()[one.aadsts]
        return None


def find(name: str) -> Scenario:
    """Return the scenario of this name.

    Raises:
        UsageError: There is none; the nearest is named, or for `LIST` all of them.
    """
    if (found := scenarios().get(name)) is not None:
        return found
    if name == LIST:
        raise UsageError("\n".join(["The sandbox's faults:", *listing()]))
    near = nearest(name, tuple(scenarios()))
    raise UsageError(
        f"The sandbox has no fault named {one_line(name, 60)}.",
        f"Did you mean {near}?" if near else "--fault list names them, F2 on the menu tells what each does.",
    )


def listing() -> list[str]:
    """Return every fault's name and title, a line each."""
    return [f"  {one.shown.name:<26}  {one.shown.title}" for one in scenarios().values()]


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Return every scenario by its name: the table's first, then those named after a single refusal."""
    import yaml

    table = yaml.safe_load(_TABLE.read_text("utf-8"))
    found = {name: _of_row(name, row) for name, row in table.items()}
    for scenario in _of_refusals():
        found.setdefault(scenario.shown.name, scenario)
    return MappingProxyType(found)


def _of_row(name: str, row: Mapping[str, Any]) -> Scenario:
    entra: Mapping[str, Any] = row.get("entra", {})
    return Scenario(
        shown=FaultInfo(name, row["title"], row["expects"], row["story"]),
        expects_graph=row.get("expects_graph", row["expects"]),
        aadsts=entra.get("aadsts", 0),
        at=frozenset(map(Moment, entra.get("at", ()))),
        smtp=replace(SMTP_FAULTS[row["smtp"]], login=row.get("login", "")) if "smtp" in row else None,
        graph=GRAPH_REFUSALS[row["graph"]] if "graph" in row else None,
        trick=Trick(row["trick"]) if "trick" in row else None,
    )


def _of_refusals() -> Iterator[Scenario]:
    for fault in SMTP_FAULTS.values():
        yield Scenario(FaultInfo(fault.name, fault.title, fault.expects), smtp=fault)
    for name, graph in GRAPH_REFUSALS.items():
        shown = FaultInfo(f"graph-{name}", f"Graph: {graph.status} {graph.code}", f"graph.error {graph.code}")
        yield Scenario(shown, graph=graph)
    moments = frozenset({Moment.APPROVED, Moment.REFRESH, Moment.APP})
    for number, refusal in refusals().items():
        shown = FaultInfo(
            f"aadsts-{number}", f"Sign-in: AADSTS{number}", f"oauth.error {number}", refusal.words
        )
        yield Scenario(shown, aadsts=number, at=moments)
