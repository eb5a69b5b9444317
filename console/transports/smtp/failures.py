"""From what went wrong to a `TransportError`: the kinds of failure the diagnosis knows."""

import errno
from collections.abc import Mapping
from typing import Final

from console.errors import DeadlineError
from console.text import one_line
from console.transcript import Stage
from console.transports.smtp.replies import Reply
from console.verdict import Failure, TransportError

_CONNECT: Final = {
    errno.ECONNREFUSED: "connect.refused",
    errno.ETIMEDOUT: "connect.timeout",
    errno.ENETUNREACH: "connect.unreachable",
    errno.EHOSTUNREACH: "connect.unreachable",
    errno.EADDRNOTAVAIL: "connect.unreachable",
    errno.EAFNOSUPPORT: "connect.unreachable",
    errno.ECONNRESET: "connect.reset",
}


def failed(stage: Stage, kind: str, text: str, facts: Mapping[str, str] | None = None) -> TransportError:
    """Return the error for a failure without a reply."""
    return TransportError(Failure(stage, kind, one_line(text), facts=dict(facts or {})))


def refusal(stage: Stage, reply: Reply, facts: Mapping[str, str]) -> Failure:
    """Return the failure of a reply that says no."""
    return Failure(stage, "smtp.reply", one_line(reply.text), reply.code, reply.enhanced, facts=dict(facts))


def not_connected(error: OSError, facts: Mapping[str, str]) -> TransportError:
    """Return the error for a connection that did not come about."""
    kind = _CONNECT.get(error.errno or 0, "connect.failed")
    return failed(Stage.CONNECT, kind, error.strerror or str(error), facts)


def out_of_time(
    stage: Stage, kind: str, error: DeadlineError, *, is_total: bool, facts: Mapping[str, str]
) -> TransportError:
    """Return the error for a wait that ended: the total deadline's own, or `kind` for one silent wait."""
    if is_total:
        return failed(stage, "deadline", error.what, facts)
    return failed(stage, kind, "No answer within the time allowed.", facts)
