"""What the console can do at once about a finding: the key's words, and doing it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from console.deadline import Deadline
from console.settings.model import DELEGATED, TransportName

if TYPE_CHECKING:
    from console.engine import Engine
    from console.verdict import Finding
    from screens.base import ConsoleScreen

SWITCH_TO_GRAPH: Final = "switch-to-graph"
SIGN_IN_AGAIN: Final = "sign-in-again"
SWITCH_ON: Final = "switch-on"
OPEN_SETTINGS: Final = "open-settings"

LABELS: Final = {
    SWITCH_TO_GRAPH: "switch to Graph",
    SIGN_IN_AGAIN: "sign in again",
    SWITCH_ON: "switch mail on",
    OPEN_SETTINGS: "open settings",
}
"""Words of the key bar for every offer known; others are not offered."""

_GRAPH_OF: Final = {
    TransportName.MICROSOFT365: TransportName.GRAPH,
    TransportName.OFFICE365_APP: TransportName.GRAPH_APP,
}
_SWITCH_SECONDS: Final = 60.0


def do(offer: str, engine: "Engine") -> str:
    """Do what an offer of `DONE_BY_ENGINE` says; it may ask servers, so call it off the event loop.

    Returns:
        What to tell the operator.

    Raises:
        ConsoleError: It could not be done; nothing is changed.
    """
    return DONE_BY_ENGINE[offer](engine)


def go(offer: str, screen: "ConsoleScreen", findings: "Sequence[Finding]" = ()) -> None:
    """Open the screen where an offer is taken, at the field that `findings` speak of."""
    screen.app.push_screen(_screen_of(offer, findings))


def _screen_of(offer: str, findings: "Sequence[Finding]") -> "ConsoleScreen":
    if offer == SIGN_IN_AGAIN:
        from screens.sign_in import SignInScreen

        return SignInScreen(at_once=True)
    from screens.finding_fields import TRANSPORT, fields_of, values_of

    keys = fields_of(offer, findings)
    if keys == TRANSPORT:
        from screens.mail_transport import MailTransportScreen

        return MailTransportScreen()
    from screens.mail_host import MailHostScreen

    return MailHostScreen(keys, values_of(offer, findings))


def _switch_to_graph(engine: "Engine") -> str:
    settings = engine.settings.load()
    wanted = _GRAPH_OF.get(settings.mail.transport)
    if wanted is None:
        return "Only the transports of Exchange Online can be switched to Graph."
    if wanted in DELEGATED:
        from console.microsoft365.tokens import switch_transport

        switch_transport(engine, settings, wanted, Deadline(_SWITCH_SECONDS))
    else:
        engine.settings.change({"mail.transport": str(wanted), "microsoft365.scope": ""})
    return "Mail goes out through Graph from now on; everything else stays. F5 sends again."


def _switch_on(engine: "Engine") -> str:
    engine.settings.change({"mail.enabled": "true"})
    return "Outgoing mail is switched on. F5 sends."


DONE_BY_ENGINE: Final[dict[str, Callable[["Engine"], str]]] = {
    SWITCH_TO_GRAPH: _switch_to_graph,
    SWITCH_ON: _switch_on,
}
"""Offers that need no screen; the others open one."""
