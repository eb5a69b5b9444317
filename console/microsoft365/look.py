"""A closer look at a server whose certificate was refused: its issuer, its dates, the server's clock.

Nothing is sent but a HEAD request without secrets, and nothing that comes back is trusted: it only words the
finding.
"""

import ssl
from typing import Final

from console.deadline import Deadline
from console.microsoft365.http import HttpsClient, Request, converse, target_of
from console.microsoft365.wire import secure
from console.text import one_line
from console.transcript import Recorder, Stage
from console.values import dataclass, field

_DAY: Final = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Seen:
    """What an unverified server showed.

    Attributes:
        facts: issuer, names, not_before, not_after, as far as they could be read; printable.
        clock_offset: Seconds the server's clock is ahead of ours, or None.
    """

    facts: dict[str, str] = field(default_factory=dict)
    clock_offset: float | None = None


def look_at_server(client: HttpsClient, request: Request, deadline: Deadline) -> Seen:
    """Connect without verifying and return what is seen.

    Raises:
        WireError, DeadlineError, CancelledError: It cannot even be looked at.
    """
    target, recorder = target_of(request.url), Recorder()
    host = target.hostname or ""
    stream = client.connect(host, target.port or 443, deadline, recorder)
    try:
        with recorder.step(Stage.TLS, host) as step:
            encrypted = secure(stream, host, client.context(verify=False), step)
        facts = _certificate_facts(encrypted)  # before the answer: closed after it
        return Seen(facts, converse(stream, Request("HEAD", request.url)).clock_offset)
    finally:
        stream.close()


def _certificate_facts(encrypted: ssl.SSLSocket) -> dict[str, str]:
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True) or b"")
        return {
            "issuer": one_line(certificate.issuer.rfc4514_string(), 200),
            "names": one_line(certificate.subject.rfc4514_string(), 200),
            "not_before": certificate.not_valid_before_utc.strftime(_DAY),
            "expires": certificate.not_valid_after_utc.strftime(_DAY),
        }
    except ValueError:
        return {}
