"""TLS: whom to trust, the handshake, and what exactly is wrong when it fails.

OpenSSL does not show a certificate it refused. So that one can still be named (and its fingerprint pinned),
a client may `look_at` it on a second connection that is closed right after its handshake: nothing of ours
ever crosses a connection whose other end was not checked.
"""

import os
import re
import ssl
from enum import Enum
from pathlib import Path

from console.annotations import Final
from console.deadline import Deadline
from console.errors import DeadlineError, FileError
from console.network import NetworkError, Remote, failed, out_of_time, plain_words
from console.network.certificate import facts_of, facts_of_verified
from console.network.dial import NotTlsError, Stream
from console.network.resolve import ascii_host
from console.text import decoded
from console.transcript import Stage, StepRecorder
from console.values import replace

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
"""X509_V_ERR_… of OpenSSL's x509_vfy.h; every other one, also 19 (own root in the chain), is
``tls.untrusted``."""

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


class Environment(Enum):
    """When ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` say whom to trust."""

    NEVER = "never"
    LAST = "where the system's directory has nothing to trust"
    FIRST = "in place of the system's directory"


def trusting_context(ca_file: str = "", environment: Environment = Environment.NEVER) -> ssl.SSLContext:
    """Return the context that checks certificate and name (TLS 1.2 at least).

    Args:
        ca_file: PEM file trusted besides the system's certificates, or "".
        environment: What the environment may say.

    Raises:
        NetworkError: ``tls.ca-file``: the CA file cannot be read, or is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _trust_the_system(context, environment)
    if ca_file:
        _trust_file(context, ca_file)
    return context


def unverified_context() -> ssl.SSLContext:
    """Return a context that checks nothing: for a certificate that is pinned, or only looked at.

    TLS 1.2 at least, as in every context that anything is sent through.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _trust_the_system(context: ssl.SSLContext, environment: Environment) -> None:
    if environment is not Environment.FIRST and _has_hashed_links(SYSTEM_DIRECTORY):
        context.load_verify_locations(capath=str(SYSTEM_DIRECTORY))
    elif environment is not Environment.NEVER:
        context.load_default_certs()
    else:
        _trust_the_default(context)


def _trust_the_default(context: ssl.SSLContext) -> None:
    """Trust what OpenSSL was built to trust, whatever the environment says."""
    paths = ssl.get_default_verify_paths()
    if _has_hashed_links(Path(paths.openssl_capath)):
        context.load_verify_locations(capath=paths.openssl_capath)
    elif Path(paths.openssl_cafile).is_file():
        context.load_verify_locations(cafile=paths.openssl_cafile)


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
        raise failed(Stage.TLS, "tls.ca-file", plain_words(error), facts) from None


def secure(
    stream: Stream, remote: Remote, context: ssl.SSLContext, step: StepRecorder, deadline: Deadline
) -> dict[str, str]:
    """Go over to TLS and check the other end; nothing but the handshake was sent when this fails.

    Args:
        stream: The connection.
        remote: Whom it goes to; its name is the one that the certificate must have.
        context: Whom to trust.
        step: Gets version, cipher and what the certificate says.
        deadline: The whole action's.

    Returns:
        The facts of the certificate (`console.network.certificate`).

    Raises:
        NetworkError: ``tls.*`` (``tls.plain-server`` when the other side speaks plain text), ``deadline``.
        CancelledError: The operator stopped it.
    """
    _shake_hands(stream, remote, context, deadline)
    return _described(stream, step)


def _shake_hands(stream: Stream, remote: Remote, context: ssl.SSLContext, deadline: Deadline) -> None:
    facts = remote.facts
    try:
        stream.wrap(context, ascii_host(remote.host))
        stream.shake_hands(deadline.at_most(remote.timeouts.read))
    except DeadlineError:
        raise NetworkError(out_of_time(Stage.TLS, "tls.handshake", deadline, facts)) from None
    except NotTlsError as error:
        text = decoded(error.heard.split(b"\n")[0])
        raise failed(Stage.TLS, "tls.plain-server", text, facts) from None
    except OSError as error:
        if isinstance(error, ssl.SSLError) and error.reason in _PLAIN_REASONS:
            text = "The server answered in plain text."
            raise failed(Stage.TLS, "tls.plain-server", text, facts) from None
        raise failed(Stage.TLS, _kind_of(error), _words_of(error), facts) from None
    except ValueError as error:  # the host is no name: a proxy alone was asked for it
        raise failed(Stage.TLS, "tls.handshake", str(error), facts) from None


def _kind_of(error: OSError) -> str:
    """Return the failure kind of a handshake's error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _KINDS.get(error.verify_code, "tls.untrusted")
    if isinstance(error, ssl.SSLError) and error.reason in _VERSION_REASONS:
        return "tls.version"
    return "tls.handshake"


def _words_of(error: OSError) -> str:
    """Return what OpenSSL or the system says, without its brackets and file names."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLEOFError):
        return "The server closed the connection during the handshake."
    return plain_words(error)


def _described(stream: Stream, step: StepRecorder) -> dict[str, str]:
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
    return facts


def look_at(stream: Stream, remote: Remote, deadline: Deadline) -> tuple[str, dict[str, str]]:
    """Shake hands without checking anything, and return TLS version and facts of the certificate.

    The caller closes `stream` then; nothing may be sent on it.

    Raises:
        OSError, NotTlsError, CancelledError, DeadlineError: See `Stream.shake_hands`.
    """
    stream.wrap(_lenient_context(), ascii_host(remote.host))
    stream.shake_hands(deadline)
    assert stream.tls is not None  # noqa: S101 - wrapped above
    return stream.tls.version() or "", facts_of(stream.tls.getpeercert(binary_form=True) or b"")


def _lenient_context() -> ssl.SSLContext:
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


def with_facts(error: NetworkError, version: str, facts: dict[str, str]) -> NetworkError:
    """Return `error` told better by what a look at the certificate showed."""
    failure = error.failure
    kind = failure.kind
    if kind == "tls.handshake" and version in ("TLSv1", "TLSv1.1", "SSLv3"):
        kind = "tls.version"
    return NetworkError(replace(failure, kind=kind, facts={**failure.facts, **facts, "version": version}))
