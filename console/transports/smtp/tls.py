"""TLS to a mail server: whom to trust, the handshake, and what exactly is wrong when it fails.

OpenSSL does not show a certificate it refused. So that one can still be named (and its fingerprint pinned),
it is fetched on a second connection that is closed right after its handshake: nothing of ours ever crosses a
connection whose other end was not checked.
"""

import os
import re
import ssl
from pathlib import Path
from typing import Final

from console.deadline import Deadline
from console.errors import DeadlineError, FileError
from console.settings.model import Encryption
from console.text import decoded
from console.transcript import Outcome, Recorder, Stage, StepRecorder
from console.transports.smtp.certificate import facts_of, facts_of_verified
from console.transports.smtp.failures import failed, out_of_time
from console.transports.smtp.model import SmtpServer
from console.transports.smtp.stream import NotTlsError, Stream
from console.verdict import TransportError

SYSTEM_DIRECTORY: Final = Path("/etc/ssl/certs")
"""Hashed links to the system's certificates: read one by one as needed, where the bundle costs 29 ms."""

CA_FILE_LIMIT: Final = 4 * 1024 * 1024

_HASHED: Final = r"[0-9a-f]{8}\.\d+"
_KINDS: Final = {
    9: "tls.not-yet-valid",
    10: "tls.expired",
    18: "tls.self-signed",
    62: "tls.wrong-name",
    64: "tls.wrong-name",
}
"""X509_V_ERR_… of OpenSSL's x509_vfy.h; every other one is ``tls.untrusted``."""

_VERSION_REASONS: Final = frozenset(
    {
        "UNSUPPORTED_PROTOCOL",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "WRONG_SSL_VERSION",
        "NO_PROTOCOLS_AVAILABLE",
        "VERSION_TOO_LOW",
    }
)

_PLAIN_REASONS: Final = frozenset({"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "BAD_RECORD_TYPE"})


def trusting_context(server: SmtpServer) -> ssl.SSLContext:
    """Return the context that checks `server` as its settings say (TLS 1.2 at least).

    Raises:
        TransportError: ``tls.ca-file``: the CA file cannot be read, or is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if server.fingerprint or not server.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    _trust_the_system(context)
    if server.ca_file:
        _trust_file(context, server.ca_file)
    return context


def _trust_the_system(context: ssl.SSLContext) -> None:
    if _has_hashed_links(SYSTEM_DIRECTORY):
        context.load_verify_locations(capath=str(SYSTEM_DIRECTORY))
    else:
        context.load_default_certs()


def _has_hashed_links(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(re.fullmatch(_HASHED, entry.name) for entry in entries)
    except OSError:
        return False


def _trust_file(context: ssl.SSLContext, path: str) -> None:
    from console.files import read_bounded

    facts = {"file": path}
    try:
        text = read_bounded(Path(path), CA_FILE_LIMIT).decode("ascii", "ignore")  # comments may be anything
        context.load_verify_locations(cadata=text)
    except FileError as error:
        raise failed(Stage.TLS, "tls.ca-file", error.what, facts) from None
    except (OSError, ValueError) as error:  # not there; no certificate in it (ssl.SSLError); empty
        raise failed(Stage.TLS, "tls.ca-file", _plain_words(error), facts) from None
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it may hold the server's own


def secure(
    stream: Stream,
    server: SmtpServer,
    name: str,
    context: ssl.SSLContext,
    recorder: Recorder,
    deadline: Deadline,
) -> None:
    """Go over to TLS and check the other end; nothing but the handshake was sent when this fails.

    Raises:
        TransportError: ``tls.*``, ``deadline``.
        CancelledError: The operator stopped it.
    """
    with recorder.step(Stage.TLS, server.host) as step:
        stream.wrap(context, name)
        _shake_hands(stream, server, deadline)
        _described(stream, server, step)
        if not server.verify and not server.fingerprint:
            recorder.note("The certificate was NOT verified: anybody in between can read this connection.")
            step.end(Outcome.WARNING)


def _shake_hands(stream: Stream, server: SmtpServer, deadline: Deadline) -> None:
    facts = {"host": server.host, "port": str(server.port)}
    try:
        stream.shake_hands(deadline.at_most(server.read_timeout))
    except DeadlineError as error:
        is_total = deadline.remaining() <= 0
        raise out_of_time(Stage.TLS, "tls.handshake", error, is_total=is_total, facts=facts) from None
    except NotTlsError as error:
        raise failed(Stage.TLS, _kind_of_plain(server), decoded(error.heard.split(b"\n")[0]), facts) from None
    except OSError as error:
        if isinstance(error, ssl.SSLError) and error.reason in _PLAIN_REASONS:
            text = "The server answered in plain text."
            raise failed(Stage.TLS, _kind_of_plain(server), text, facts) from None
        raise failed(Stage.TLS, kind_of(error), words_of(error), facts) from None


def _kind_of_plain(server: SmtpServer) -> str:
    return "tls.plain-server" if server.encryption is Encryption.TLS else "tls.handshake"


def kind_of(error: OSError) -> str:
    """Return the failure kind of a handshake's error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _KINDS.get(error.verify_code, "tls.untrusted")
    if isinstance(error, ssl.SSLError) and error.reason in _VERSION_REASONS:
        return "tls.version"
    return "tls.handshake"


def words_of(error: OSError) -> str:
    """Return what OpenSSL or the system says, without its brackets and file names."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLEOFError):
        return "The server closed the connection during the handshake."
    return _plain_words(error)


def _plain_words(error: OSError | ValueError) -> str:
    words = str(getattr(error, "strerror", None) or error)
    return re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$", "", words)


def _described(stream: Stream, server: SmtpServer, step: StepRecorder) -> None:
    connection = stream.tls
    assert connection is not None  # noqa: S101 - the handshake is done
    cipher = connection.cipher()
    step.fact("version", connection.version() or "")
    step.fact("cipher", cipher[0] if cipher else "")
    octets = connection.getpeercert(binary_form=True) or b""
    parsed = connection.getpeercert()
    facts = facts_of_verified(parsed, octets) if parsed else facts_of(octets)
    for key, value in facts.items():
        step.fact(key, value)
    wanted = server.fingerprint.replace(":", "").replace(" ", "").lower()
    if wanted and facts["fingerprint"] != wanted:
        facts |= {"host": server.host, "wanted": wanted}
        text = f"The certificate's fingerprint is {facts['fingerprint']}."
        raise failed(Stage.TLS, "tls.fingerprint", text, facts)


def lenient_context() -> ssl.SSLContext:
    """Return a context that shakes hands with anybody in any version: only to look at a certificate."""
    import warnings

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are looked for on purpose
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def look_at(stream: Stream, name: str, deadline: Deadline) -> tuple[str, dict[str, str]]:
    """Shake hands without checking anything, and return TLS version and facts of the certificate.

    The caller closes `stream` then; nothing may be sent on it.

    Raises:
        OSError, NotTlsError, CancelledError, DeadlineError: See `Stream.shake_hands`.
    """
    stream.wrap(lenient_context(), name)
    stream.shake_hands(deadline)
    assert stream.tls is not None  # noqa: S101 - wrapped above
    return stream.tls.version() or "", facts_of(stream.tls.getpeercert(binary_form=True) or b"")


def with_facts(error: TransportError, version: str, facts: dict[str, str]) -> TransportError:
    """Return `error` told better by what a look at the certificate showed."""
    from console.values import replace

    failure = error.failure
    kind = failure.kind
    if kind == "tls.handshake" and version in ("TLSv1", "TLSv1.1", "SSLv3"):
        kind = "tls.version"
    told = replace(failure, kind=kind, facts={**failure.facts, **facts, "version": version})
    return TransportError(told)
