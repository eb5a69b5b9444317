"""A closer look at a server whose certificate was refused: its issuer, its dates, the server's clock.

Nothing is sent but a HEAD request without secrets, and nothing that comes back is trusted: it only words the
finding.
"""

from typing import Final

from console.deadline import Deadline
from console.microsoft365.http import HttpsClient, Request, converse
from console.text import one_line
from console.transcript import Recorder
from console.values import dataclass, field

_FACT_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What an unverified server showed.

    Attributes:
        facts: What the certificate says (`console.network.certificate.facts_of`); printable, bounded.
        clock_offset: Seconds the server's clock is ahead of ours, or None.
    """

    facts: dict[str, str] = field(default_factory=dict)
    clock_offset: float | None = None


def look_at_server(client: HttpsClient, request: Request, deadline: Deadline) -> Seen:
    """Connect without verifying and return what is seen.

    Raises:
        WireError, DeadlineError, CancelledError: It cannot even be looked at.
    """
    remote, recorder = client.remote(request.url), Recorder()
    with client.connect(remote, deadline, recorder) as stream:
        facts = stream.secure(remote, client.context(verify=False), recorder)
        bounded = {key: one_line(value, _FACT_LIMIT) for key, value in facts.items()}
        return Seen(bounded, converse(stream, Request("HEAD", request.url)).clock_offset)
