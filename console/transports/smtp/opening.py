"""From a server's name to a conversation that is ready for mail: look-up, connection, TLS, greeting, EHLO."""

import re
import socket

from console.annotations import TYPE_CHECKING, Final
from console.deadline import Deadline
from console.errors import CancelledError, ConsoleError, DeadlineError
from console.hostnames import ascii_domain
from console.network import NetworkError, failed
from console.network.dial import NotTlsError, dial, open_stream
from console.network.resolve import Address
from console.settings.model import Encryption
from console.transcript import Outcome, Recorder, Stage
from console.transports.smtp.conversation import Conversation
from console.transports.smtp.model import Capabilities, SmtpServer
from console.transports.smtp.replies import Reply
from console.values import replace
from console.verdict import TransportError

if TYPE_CHECKING:
    import ssl

LOOK_LIMIT: Final = 3.0
"""Seconds a second connection may take that only finds out what is wrong with the first."""

_SILENCE: Final = 3.0
"""Seconds without a greeting after which one looks whether the server waits for TLS."""

_RELAY_PORT: Final = 25
"""Never TLS from the first byte; and here servers punish clients that speak before the greeting."""

_CERTIFICATE_WORDS: Final = {
    "begins": "first day",
    "expires": "last day",
    "fingerprint": "SHA-256 fingerprint",
}

_KEYWORD: Final = r"([A-Za-z0-9][A-Za-z0-9-]*)[ =]?(.*)"
_NAME: Final = r"[A-Za-z0-9_.-]{1,253}|\[[0-9A-Za-z:.]{2,60}\]"


def open_conversation(
    server: SmtpServer, recorder: Recorder, deadline: Deadline, *, needs_ehlo: bool = True
) -> tuple[Conversation, Capabilities]:
    """Connect to `server`, encrypt as its settings say, and ask what it can do.

    Args:
        server: Whom to talk to.
        recorder: Where to write it down.
        deadline: The time for all of it.
        needs_ehlo: Whether a server that knows HELO alone will not do.

    Raises:
        TransportError: It failed at a stage.
        CancelledError: The operator stopped it.
    """
    try:
        return _open(server, recorder, deadline, needs_ehlo=needs_ehlo)
    except NetworkError as error:
        raise TransportError(error.failure) from None


def _open(
    server: SmtpServer, recorder: Recorder, deadline: Deadline, *, needs_ehlo: bool
) -> tuple[Conversation, Capabilities]:
    context = _context(server, recorder)
    stream, address = dial(server.remote, recorder, deadline)
    conversation = Conversation(stream, server, recorder, deadline)
    conversation.facts["address"] = address.text
    try:
        return conversation, _opened(conversation, address, context, needs_ehlo=needs_ehlo)
    except BaseException:  # passed on; only the connection must not be left open
        conversation.close()
        raise


def _context(server: SmtpServer, recorder: Recorder) -> "ssl.SSLContext | None":
    if server.encryption is Encryption.NONE:
        return None
    import ssl

    from console.network import tls

    if server.fingerprint or not server.verify:
        return tls.unverified_context()
    try:
        context = tls.trusting_context(server.ca_file, tls.Environment.LAST)
    except NetworkError:
        with recorder.step(Stage.TLS, server.ca_file) as step:
            step.end(Outcome.FAILED)
        raise
    if server.ca_file:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it may hold the server's own
    return context


def _opened(
    conversation: Conversation, address: Address, context: "ssl.SSLContext | None", *, needs_ehlo: bool
) -> Capabilities:
    if context is not None and conversation.server.encryption is Encryption.TLS:
        _secure(conversation, address, context)
    greeting = _greeted(conversation, address)
    wants_starttls = conversation.server.encryption is Encryption.STARTTLS
    capabilities = _asked(conversation, greeting, needs_ehlo=needs_ehlo or wants_starttls)
    if context is None or not wants_starttls:
        return capabilities
    _start_tls(conversation, capabilities)
    _secure(conversation, address, context)
    return _asked(conversation, greeting, needs_ehlo=True)


def _greeted(conversation: Conversation, address: Address) -> str:
    with conversation.step(Stage.GREETING) as step:
        timeout = conversation.server.read_timeout
        left = conversation.deadline.at_most(timeout)
        _find_waiting_tls(conversation, address)
        reply = conversation.reply(left.remaining() / timeout)  # that look counts
        step.fact("reply", reply.text)
        conversation.demand(reply)
    return reply.lines[0]


def _find_waiting_tls(conversation: Conversation, address: Address) -> None:
    """A server that wants TLS at once is silent until we speak: look, on a second connection."""
    server = conversation.server
    if conversation.stream.tls is not None or server.port == _RELAY_PORT:
        return
    patience = min(_SILENCE, server.read_timeout / 2)
    try:
        conversation.deadline.at_most(patience).wait_for(conversation.stream)
    except DeadlineError:
        if _speaks_tls(conversation, address):
            text = "The server speaks TLS from the first byte."
            raise conversation.failure("smtp.tls-server", text) from None


def _speaks_tls(conversation: Conversation, address: Address) -> bool:
    from console.network.tls import look_at

    deadline = conversation.deadline.at_most(min(LOOK_LIMIT, conversation.server.read_timeout / 2))
    try:
        stream = open_stream(address, deadline)
    except (OSError, DeadlineError):
        return False
    try:
        look_at(stream, conversation.server.remote, deadline)
    except (OSError, NotTlsError, DeadlineError):
        return False
    finally:
        stream.close()
    return True


def _asked(conversation: Conversation, greeting: str, *, needs_ehlo: bool) -> Capabilities:
    name = ehlo_name(conversation)
    with conversation.step(Stage.EHLO, name) as step:
        reply = conversation.command(f"EHLO {name}")
        if reply.code >= 500 and conversation.is_open and not needs_ehlo:
            conversation.demand(conversation.command(f"HELO {name}"))
            conversation.recorder.note("The server knows no EHLO; going on with HELO.")
            return Capabilities(greeting)
        conversation.demand(reply)
        capabilities = Capabilities(greeting, _keywords(reply), conversation.stream.tls is not None)
        step.fact("capabilities", capabilities.text)
    return capabilities


def _keywords(reply: Reply) -> dict[str, str]:
    keywords: dict[str, str] = {}
    for line in reply.lines[1:]:
        if found := re.fullmatch(_KEYWORD, line.strip()):
            keyword, words = found[1].upper(), found[2].strip()
            # Some servers say AUTH twice, once as ``AUTH=LOGIN`` for very old clients.
            keywords[keyword] = f"{keywords[keyword]} {words}".strip() if keyword in keywords else words
    return keywords


def ehlo_name(conversation: Conversation) -> str:
    """Return what we call ourselves (RFC 5321 §4.1.1.1): as set, this machine's full name, or our address.

    Never looked up: a dead name server would cost seconds.
    """
    wanted = conversation.server.ehlo_name or socket.gethostname()
    try:
        name = wanted if wanted.startswith("[") else ascii_domain(wanted, underscores=True)
    except ValueError:
        name = ""
    is_full = "." in name or bool(conversation.server.ehlo_name)
    if name and is_full and re.fullmatch(_NAME, name):
        return name
    own = conversation.stream.own_address
    return f"[IPv6:{own}]" if ":" in own else f"[{own}]"


def _start_tls(conversation: Conversation, capabilities: Capabilities) -> None:
    with conversation.step(Stage.TLS, "STARTTLS"):
        if not capabilities.has("STARTTLS"):
            text = "The server does not offer STARTTLS; nothing was sent without encryption."
            raise conversation.failure("tls.not-offered", text, offered=capabilities.text)
        conversation.demand(conversation.command("STARTTLS"))
        if conversation.has_unread:  # CVE-2011-0411: it would count as said under TLS
            text = "The server, or somebody in between, sent more in plain text after its answer to STARTTLS."
            raise conversation.failure("tls.handshake", text)


def _secure(conversation: Conversation, address: Address, context: "ssl.SSLContext") -> None:
    from console.network import tls

    server, deadline = conversation.server, conversation.deadline
    try:
        with conversation.step(Stage.TLS, server.host) as step:
            facts = tls.secure(conversation.stream, server.remote, context, step, deadline)
            _check_pin(server, facts)
            if not server.verify and not server.fingerprint:
                words = "The certificate was NOT verified: anybody in between can read this connection."
                conversation.recorder.note(words)
                step.end(Outcome.WARNING)
    except NetworkError as error:
        told = _after_starttls(error) if server.encryption is Encryption.STARTTLS else error
        if told.failure.kind in ("tls.plain-server", "tls.fingerprint", "deadline"):
            raise
        conversation.close()
        raise _looked_at(conversation, address, told) from None


def _check_pin(server: SmtpServer, facts: dict[str, str]) -> None:
    wanted = server.fingerprint.replace(":", "").replace(" ", "").lower()
    if wanted and facts["fingerprint"].replace(":", "") != wanted:
        text = "The server's certificate is not the pinned one."
        told = facts | {"host": server.host, "wanted": wanted}
        raise failed(Stage.TLS, "tls.fingerprint", text, told)


def _after_starttls(error: NetworkError) -> NetworkError:
    """Plain text after STARTTLS is no sign of a plain server: it had offered TLS."""
    if error.failure.kind != "tls.plain-server":
        return error
    return NetworkError(replace(error.failure, kind="tls.handshake"))


def _looked_at(conversation: Conversation, address: Address, error: NetworkError) -> NetworkError:
    """Return `error` with the certificate's facts, fetched on a second connection; or as it is."""
    from console.network.tls import with_facts

    try:
        version, facts = _certificate(conversation, address)
    except CancelledError:
        raise
    except (ConsoleError, OSError, NotTlsError):  # then it must do without
        return error
    for key, value in facts.items():
        conversation.recorder.note(f"The certificate's {_CERTIFICATE_WORDS.get(key, key)}: {value}")
    return with_facts(error, version, facts)


def _certificate(conversation: Conversation, address: Address) -> tuple[str, dict[str, str]]:
    """Return TLS version and certificate of the server. Says EHLO and STARTTLS where needed, else nothing."""
    from console.network.tls import look_at

    server = conversation.server
    deadline = conversation.deadline.at_most(min(LOOK_LIMIT, server.connect_timeout))
    second = Conversation(open_stream(address, deadline), server, Recorder(), deadline)
    try:
        if server.encryption is Encryption.STARTTLS:
            second.reply()
            second.command(f"EHLO {ehlo_name(second)}")
            second.demand(second.command("STARTTLS"))
        return look_at(second.stream, server.remote, deadline)
    finally:
        second.close()
