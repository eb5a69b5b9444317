"""The seam every transport fills: one `send`."""

from typing import Protocol

from console.deadline import Deadline
from console.message_model import Message
from console.secret import Secret
from console.transcript import Recorder
from console.verdict import Sent


class Token(Protocol):
    """Gives the access token (`console.microsoft365.tokens.TokenSource`).

    Called with True where the server refused the last one; the deadline is the delivery's, for renewing it.
    """

    def __call__(self, force: bool, deadline: Deadline, /) -> Secret: ...


class Transport(Protocol):
    """Sends one message, recording every stage and line."""

    @property
    def server(self) -> str:
        """``host:port``, or the Graph root: where mail goes, for people and the log."""
        ...

    def send(self, message: Message, recorder: Recorder, deadline: Deadline) -> Sent:
        """Send `message`.

        Returns:
            What the server said, when it took the message for at least one recipient.

        Raises:
            console.verdict.TransportError: It failed at a stage.
            console.verdict.SignInError: The credential could not be had.
            console.errors.CancelledError: The operator stopped it.
        """
        ...
