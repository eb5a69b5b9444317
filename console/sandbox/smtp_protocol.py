"""One connection of the SMTP stand-in: sign-in methods, the two styles of talk, and faults.

aiosmtpd does the protocol; this adds what real servers do besides (Exchange Online's words, refusals of a
sender that is not the mailbox, XOAUTH2) and lets the chosen fault strike at its point.
"""

import asyncio
import base64
import binascii
import hmac
import secrets
import ssl
from asyncio import sslproto
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, Session

from console.sandbox.mailbox import Mailbox
from console.sandbox.smtp_faults import At, Behaviour, Fault

LONGEST_LINE: Final = 65536
"""Octets; a bearer token makes an AUTH line of several thousand."""

EXCHANGE_HOST: Final = "FR0P281CA0001.DEUP281.PROD.OUTLOOK.COM"

_GOOD: Final = "235 2.7.0 Authentication successful"
_EXCHANGE_WORDS: Final = {
    "220 Ready to start TLS": "220 2.0.0 SMTP server ready",
    "221 Bye": "221 2.0.0 Service closing transmission channel",
    "354 End data with <CR><LF>.<CR><LF>": "354 Start mail input; end with <CRLF>.<CRLF>",
}


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """What is to be said to a bearer token.

    Attributes:
        is_good: Whether the user may send with it.
        reply: SMTP reply for a bad one; "" for the usual 535.
    """

    is_good: bool
    reply: str = ""


TokenCheck = Callable[[str, str], TokenVerdict]
"""Judges user name and token."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One port of the stand-in.

    Attributes:
        encryption: ``starttls``, ``tls`` or ``none``.
        port: Wanted port; any free one is taken where it is not free, or 0.
        is_exchange: Speaks as Exchange Online does, and wants the sender to be who signed in.
        mechanisms: Sign-in methods offered.
        offers_auth_without_tls: AUTH is offered on an unencrypted connection.
        requires_auth: MAIL is refused until signed in.
        address: Loopback address to listen on.
    """

    encryption: str
    port: int = 0
    is_exchange: bool = False
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2")
    offers_auth_without_tls: bool = False
    requires_auth: bool = False
    address: str = "127.0.0.1"


@dataclass
class StandInState:
    """What the connections of one stand-in share; fault and checks may change while it runs.

    Attributes:
        mailbox: Where mail lands.
        contexts: TLS contexts by name; "" is the good one.
        check_token: Judges bearer tokens.
        passwords: User names and their passwords.
        size_limit: Octets a message may have (SIZE).
        fault: The fault played, or None.
        connections: How many were accepted.
    """

    mailbox: Mailbox
    contexts: dict[str, ssl.SSLContext]
    check_token: TokenCheck
    passwords: dict[str, str]
    size_limit: int = 157286400
    fault: Fault | None = None
    connections: int = field(default=0)

    def context(self) -> ssl.SSLContext:
        """Return the TLS context for the next handshake: the good one, or the fault's."""
        if self.fault is not None and self.fault.behaviour is Behaviour.CERTIFICATE:
            return self.contexts[self.fault.reply]
        return self.contexts[""]


class _Hooks:
    """What the server says to MAIL, RCPT and DATA, and in EHLO (aiosmtpd finds them by their names)."""

    def __init__(self, state: StandInState, listener: Listener) -> None:
        self._state = state
        self._listener = listener

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: "SmtpProtocol", session: Session, _envelope: Envelope, name: str, _lines: list[str]
    ) -> list[str]:
        session.host_name = name
        host = f"{EXCHANGE_HOST} Hello [127.0.0.1]" if self._listener.is_exchange else "localhost"
        fault = self._state.fault
        offers = server.offers()
        if fault is not None and fault.behaviour is Behaviour.OMIT:
            left_out = tuple(fault.reply.split("/"))
            offers = [line for line in offers if not line.startswith(left_out)]
        lines = [host, *offers]
        return [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]

    async def handle_MAIL(  # noqa: N802
        self, server: "SmtpProtocol", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._listener.requires_auth and not session.authenticated:
            if self._listener.is_exchange:
                return server.worded("530 5.7.57 Client not authenticated to send mail. {suffix}")
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Sender OK" if self._listener.is_exchange else "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self,
        _server: "SmtpProtocol",
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient OK" if self._listener.is_exchange else "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802
        self, server: "SmtpProtocol", session: Session, envelope: Envelope
    ) -> str:
        if (fault := self._state.fault) is not None and fault.at is At.BODY:
            if fault.behaviour is Behaviour.REPLY:
                return server.worded(fault.reply)
            await server.strike(fault)
        user, sender = _signed_in(session), envelope.mail_from or ""
        if self._listener.is_exchange and sender.lower() != user.lower():
            return server.worded(
                f"554 5.2.252 SendAsDenied; {user} not allowed to send as {sender}; "
                "STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to "
                "process message due to a permanent exception with message Cannot submit message. {suffix}"
            )
        content = bytes(envelope.original_content or b"")
        self._state.mailbox.deliver(sender, tuple(envelope.rcpt_tos), content, user=user)
        number = secrets.token_hex(8)
        if self._listener.is_exchange:
            return f"250 2.0.0 OK <{number}@{EXCHANGE_HOST}> [Hostname={EXCHANGE_HOST}]"
        return f"250 2.0.0 Ok: queued as {number[:11].upper()}"


def _signed_in(session: Session) -> str:
    user: object = session.auth_data
    return user if isinstance(user, str) else ""


class SmtpProtocol(SMTP):
    """One connection."""

    line_length_limit = LONGEST_LINE
    command_size_limits: dict[str, int] = defaultdict(lambda: LONGEST_LINE)  # noqa: RUF012 - as aiosmtpd does

    def __init__(self, state: StandInState, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        self._state = state
        self._listener = listener
        self.below: asyncio.BaseTransport | None = None
        self._is_plain = listener.encryption != "tls"
        has_starttls = listener.encryption == "starttls"
        every = {"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"}
        super().__init__(
            _Hooks(state, listener),
            data_size_limit=state.size_limit,
            enable_SMTPUTF8=True,
            hostname=EXCHANGE_HOST if listener.is_exchange else "localhost",
            ident=self._banner(),
            tls_context=state.context() if has_starttls else None,
            auth_require_tls=self._is_plain and not listener.offers_auth_without_tls,
            auth_exclude_mechanism=every.difference(listener.mechanisms),
            loop=loop,
        )
        self._smtp_methods = {name: self._guarded(name, do) for name, do in self._smtp_methods.items()}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what the first words run on, so that it can be dropped at any moment."""
        self.below = self.below or transport
        super().connection_made(transport)

    def _banner(self) -> str:
        if self._listener.is_exchange:
            return f"Microsoft ESMTP MAIL Service ready at {format_datetime(datetime.now(UTC))}"
        return "ESMTP sandbox"

    def offers(self) -> list[str]:
        """Return the capabilities for EHLO on this connection as it is now."""
        is_open = self._is_plain and self._tls_protocol is None
        lines = [f"SIZE {self._state.size_limit}", "PIPELINING", "ENHANCEDSTATUSCODES"]
        if is_open and self._listener.encryption == "starttls":
            lines.append("STARTTLS")
        if not is_open or self._listener.offers_auth_without_tls:
            lines.append("AUTH " + " ".join(self._listener.mechanisms))
        lines.append("8BITMIME")
        if self._listener.is_exchange:
            lines += ["DSN", "BINARYMIME", "CHUNKING"]
        return [*lines, "SMTPUTF8"]

    def worded(self, reply: str) -> str:
        """Return a reply of the fault table with its placeholders filled."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        suffix = f"[{EXCHANGE_HOST} {now}Z {secrets.token_hex(8).upper()}]"
        return reply.replace("{suffix}", suffix).replace("{host}", self.hostname)

    async def push(self, status: "str | bytes") -> None:
        """Send one line; in the words of Exchange where it speaks like that."""
        if isinstance(status, str):
            if self._listener.is_exchange:
                status = _EXCHANGE_WORDS.get(status, status)
            status = status.encode("utf-8", "surrogateescape")
        await super().push(status)

    async def _handle_client(self) -> None:
        self._state.connections += 1
        if (fault := self._state.fault) is not None and fault.at is At.GREETING:
            await self.strike(fault)
        await super()._handle_client()

    def _guarded(self, name: str, do: "Callable[[str | None], Awaitable[None]]") -> Any:
        async def guarded(argument: "str | None") -> None:
            fault = self._state.fault
            if fault is None or not self._is_due(fault, name) or not await self.strike(fault):
                await do(argument)

        return guarded

    def _is_due(self, fault: Fault, command: str) -> bool:
        if fault.at is At.SECOND_RCPT:
            return command == "RCPT" and bool(self.envelope and self.envelope.rcpt_tos)
        return fault.at == command and fault.at is not At.AUTH

    async def strike(self, fault: Fault) -> bool:
        """Let a fault happen; False where the command goes on as usual, True where it is answered.

        Does not return where the fault ends the talk: the connection's end cancels it.
        """
        match fault.behaviour:
            case Behaviour.REPLY:
                await self.push(self.worded(fault.reply))
                return True
            case Behaviour.REPLY_AND_CLOSE:
                await self.push(self.worded(fault.reply))
                self._writer.close()
            case Behaviour.CLOSE:
                self._writer.close()
            case Behaviour.FLOOD:
                while True:
                    await self.push(fault.reply)
            case Behaviour.DRIP:
                await self._drip()
            case Behaviour.INJECT:
                self._writer.write(b"220 Ready to start TLS\r\n250 2.0.0 injected\r\n")
            case Behaviour.OMIT | Behaviour.CERTIFICATE | Behaviour.CHALLENGE:
                return False
        await asyncio.Event().wait()
        return True

    async def _drip(self) -> None:
        while True:
            self._writer.write(b"2")
            await self._writer.drain()
            await asyncio.sleep(1)

    async def smtp_STARTTLS(self, argument: "str | None") -> None:  # noqa: N802 - aiosmtpd's name
        """Start TLS with the context of the fault chosen now."""
        if self.tls_context is not None:
            self.tls_context = self._state.context()
        await super().smtp_STARTTLS(argument)

    async def auth_PLAIN(self, _server: SMTP, arguments: list[str]) -> AuthResult:  # noqa: N802
        """RFC 4616."""
        said = await self._first_answer(arguments, b"")
        parts = said.split(b"\0") if isinstance(said, bytes) else []
        if len(parts) != 3:  # authorization identity, user name, password
            return await self._malformed(said)
        return await self._judged_password(parts[1], parts[2])

    async def auth_LOGIN(self, _server: SMTP, arguments: list[str]) -> AuthResult:  # noqa: N802
        """The widely spoken LOGIN (draft-murchison-sasl-login)."""
        user = await self._first_answer(arguments, b"Username:")
        password = await self.challenge_auth("Password:") if isinstance(user, bytes) else MISSING
        if not isinstance(user, bytes) or not isinstance(password, bytes):
            return AuthResult(success=False)
        return await self._judged_password(user, password)

    async def auth_CRAM__MD5(self, _server: SMTP, _arguments: list[str]) -> AuthResult:  # noqa: N802
        """RFC 2195."""
        challenge = f"<{secrets.randbits(40)}.{secrets.randbits(20)}@localhost>".encode()
        said = await self.challenge_auth(challenge)
        if not isinstance(said, bytes):
            return AuthResult(success=False)
        user, _, digest = said.decode("utf-8", "replace").rpartition(" ")
        password = self._state.passwords.get(user)
        wanted = hmac.new((password or "").encode(), challenge, "md5").hexdigest()
        return await self._concluded(
            user, is_good=password is not None and hmac.compare_digest(wanted, digest)
        )

    async def auth_XOAUTH2(self, _server: SMTP, arguments: list[str]) -> AuthResult:  # noqa: N802
        """Google's XOAUTH2, with or without initial response."""
        said = await self._first_answer(arguments, b"")
        parts = said.decode("utf-8", "replace").split("\x01") if isinstance(said, bytes) else []
        if len(parts) != 4 or not parts[0].startswith("user=") or not parts[1].startswith("auth=Bearer "):
            return await self._malformed(said)
        user = parts[0].removeprefix("user=")
        verdict = self._state.check_token(user, parts[1].removeprefix("auth=Bearer "))
        return await self._concluded(user, verdict.reply, is_good=verdict.is_good, login="token")

    async def _first_answer(self, arguments: list[str], prompt: bytes) -> object:
        if len(arguments) == 1:
            return await self.challenge_auth(prompt)
        try:
            return base64.b64decode(arguments[1], validate=True)
        except binascii.Error:
            return b""

    async def _malformed(self, said: object) -> AuthResult:
        if isinstance(said, bytes):
            await self.push("501 5.5.2 Cannot decode the credentials")
        return AuthResult(success=False)

    async def _judged_password(self, user: bytes, password: bytes) -> AuthResult:
        name = user.decode("utf-8", "replace")
        wanted = self._state.passwords.get(name)
        is_good = wanted is not None and hmac.compare_digest(wanted.encode(), password)
        return await self._concluded(name, is_good=is_good)

    async def _concluded(
        self, user: str, reply: str = "", *, is_good: bool, login: str = "password"
    ) -> AuthResult:
        fault = self._state.fault
        if fault is not None and fault.at is At.AUTH and fault.login in ("", login):
            if fault.behaviour is Behaviour.CHALLENGE:
                await self.challenge_auth(fault.reply)
                return AuthResult(success=False, handled=False, message="535 5.7.8 Authentication failed")
            await self.strike(fault)
            return AuthResult(success=False)
        if is_good:
            return AuthResult(success=True, message=_GOOD, auth_data=user)
        usual = "535 5.7.3 Authentication unsuccessful {suffix}"
        if not self._listener.is_exchange:
            usual = "535 5.7.8 Error: authentication failed"
        return AuthResult(success=False, handled=False, message=self.worded(reply or usual))


class TlsProtocol(sslproto.SSLProtocol):
    """TLS from the first byte in front of an `SmtpProtocol`, with a context chosen per connection."""

    def __init__(
        self, protocol: SmtpProtocol, context: ssl.SSLContext, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(loop, protocol, context, loop.create_future(), server_side=True)
        self.below: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what TLS runs on, so that it can be dropped at any moment."""
        self.below = transport
        super().connection_made(transport)
