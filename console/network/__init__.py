"""The way to a server, whatever is spoken there: name look-up, connection, TLS, certificates.

The clients for SMTP and HTTPS stand on this floor and bring only their protocol. What goes wrong here is a
`NetworkError` with the `Failure` that the diagnosis knows; each client makes its own error of it.
"""

import re
from collections.abc import Mapping

from console.annotations import Final
from console.deadline import Deadline
from console.text import one_line
from console.transcript import Stage
from console.values import dataclass, field
from console.verdict import AttemptError, Failure

_HOST_LIMIT: Final = 255


class NetworkError(AttemptError):
    """A server could not be reached: the failure's kind is ``dns.*``, ``connect.*``, ``tls.*`` or
    ``deadline`` (the whole action's time is used up, not only one wait's).
    """

    code = "network"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one waits, in seconds.

    Attributes:
        connect: For the look-up, and for each address.
        read: For each silence of the other side.
    """

    connect: float = 10.0
    read: float = 30.0


@dataclass(frozen=True, slots=True)
class Remote:
    """The other end of a connection.

    Attributes:
        host: Host name (international ones too) or IP address.
        port: TCP port.
        timeouts: How long it may keep us waiting.
    """

    host: str
    port: int
    timeouts: Timeouts = field(default_factory=Timeouts)

    @property
    def facts(self) -> dict[str, str]:
        """Host and port, as failures name them."""
        return {"host": one_line(self.host, _HOST_LIMIT), "port": str(self.port)}


def plain_words(error: OSError | ValueError) -> str:
    """Return what OpenSSL or the system says, without its brackets and file names."""
    words = str(getattr(error, "strerror", None) or error)
    return re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$", "", words)


def failed(stage: Stage, kind: str, text: str, facts: Mapping[str, str]) -> NetworkError:
    """Return the error for what went wrong at a stage; `text` may come from outside."""
    return NetworkError(Failure(stage, kind, one_line(text), facts=dict(facts)))


def out_of_time(stage: Stage, kind: str, deadline: Deadline, facts: Mapping[str, str]) -> Failure:
    """Return the failure of a wait that ended: ``deadline`` when `deadline` is over, else `kind`.

    Args:
        stage: Where one waited.
        kind: What it is when only this one wait took too long.
        deadline: The whole action's, not the wait's.
        facts: What the words of cause and fix may name.
    """
    if deadline.remaining() <= 0:
        return Failure(stage, "deadline", deadline.used_up().what, facts=dict(facts))
    return Failure(stage, kind, "No answer within the time allowed.", facts=dict(facts))
