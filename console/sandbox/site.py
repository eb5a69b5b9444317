"""The sandbox's one web site: sign-in service, Graph and pages behind one address, and the captive portal."""

from typing import Final, Protocol

from console.sandbox.https_server import Reply, Request
from console.sandbox.scenarios import ChosenFaults, Trick

_PORTAL: Final = (
    "<!DOCTYPE html><html><head><title>Welcome to our guest network</title></head><body>"
    "<h1>Guest network</h1><p>Please accept the terms of use and enter your room number.</p>"
    "<form><input name='room'><button>Connect</button></form></body></html>"
)


class Part(Protocol):
    """A part of the site."""

    def answer(self, request: Request) -> Reply | None:
        """Answer a request; None when it is not for this part."""
        ...


class Site:
    """Gives each request to the part it is for.

    Args:
        faults: What is played.
        services: What a captive portal comes between.
        pages: What people open in a browser; always themselves.
    """

    def __init__(self, faults: ChosenFaults, services: tuple[Part, ...], pages: tuple[Part, ...]) -> None:
        self._faults = faults
        self._services = services
        self._pages = pages

    def __call__(self, request: Request) -> Reply:
        """Answer a request."""
        for part in self._pages:
            if (reply := part.answer(request)) is not None:
                return reply
        if self._faults.has(Trick.CAPTIVE_PORTAL):
            return Reply.html(200, _PORTAL)
        for part in self._services:
            if (reply := part.answer(request)) is not None:
                return reply
        return Reply(404, b"Not Found\n", "text/plain; charset=utf-8")
