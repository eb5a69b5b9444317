"""What the console can do at once about a finding: the key's words, and doing it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from console.settings.model import TransportName

if TYPE_CHECKING:
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


def take(offer: str, screen: "ConsoleScreen") -> str:
    """Do what `offer` says.

    Returns:
        What to tell the operator; "" where another screen was opened.

    Raises:
        ConsoleError: It could not be done.
    """
    return _ACTIONS[offer](screen)


def _switch_to_graph(screen: "ConsoleScreen") -> str:
    settings = screen.console.engine.settings
    wanted = _GRAPH_OF.get(settings.load().mail.transport)
    if wanted is None:
        return "Only the transports of Exchange Online can be switched to Graph."
    settings.change({"mail.transport": wanted})
    return "Mail goes out through Graph from now on; everything else stays. F5 sends again."


def _switch_on(screen: "ConsoleScreen") -> str:
    screen.console.engine.settings.change({"mail.enabled": "true"})
    return "Outgoing mail is switched on."


def _sign_in_again(screen: "ConsoleScreen") -> str:
    from screens.sign_in import SignInScreen

    screen.app.push_screen(SignInScreen(at_once=True))
    return ""


def _open_settings(screen: "ConsoleScreen") -> str:
    from screens.mail_host import MailHostScreen

    screen.app.push_screen(MailHostScreen())
    return ""


_ACTIONS: Final[dict[str, Callable[["ConsoleScreen"], str]]] = {
    SWITCH_TO_GRAPH: _switch_to_graph,
    SIGN_IN_AGAIN: _sign_in_again,
    SWITCH_ON: _switch_on,
    OPEN_SETTINGS: _open_settings,
}
