"""Authority, mail server stand-in and client settings for tests: fixtures to import, short ways to send."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.deadline import Cancellation, Deadline
from console.errors import ConsoleError
from console.message import Message
from console.sandbox.certificates import Authority
from console.sandbox.mailbox import Mailbox
from console.sandbox.smtp_server import PASSWORD, USER, Listener, SmtpStandIn, TokenVerdict
from console.secret import Secret
from console.settings.model import AuthMechanism, Encryption
from console.transcript import Event, Recorder, Transcript
from console.transports.smtp import BearerToken, Login, Password, SmtpServer, SmtpTransport
from console.verdict import AttemptError, Failure, Sent

GOOD_TOKEN = "good-" + "eyJ0eXAiOiJKV1QifQ" * 80
LISTENERS = (
    Listener("starttls", is_exchange=True, mechanisms=("LOGIN", "XOAUTH2"), requires_auth=True),
    Listener("tls"),
    Listener("none", offers_auth_without_tls=True),
)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"))


@dataclass
class SmtpWorld:
    """A running stand-in and how to reach it."""

    stand_in: SmtpStandIn
    mailbox: Mailbox
    authority: Authority

    def server(
        self, encryption: Encryption = Encryption.STARTTLS, read_timeout: float = 2.0, **more: object
    ) -> SmtpServer:
        values: dict[str, object] = {
            "host": "localhost",
            "port": self.stand_in.port(encryption.value),
            "encryption": encryption,
            "ca_file": str(self.authority.ca_file),
            "connect_timeout": 2.0,
            "read_timeout": read_timeout,
        }
        return SmtpServer(**(values | more))  # type: ignore[arg-type]


@pytest.fixture
def smtp_world(authority: Authority, tmp_path: Path) -> Iterator[SmtpWorld]:
    mailbox = Mailbox(tmp_path / "mails")
    stand_in = SmtpStandIn(
        authority,
        mailbox,
        listeners=LISTENERS,
        check_token=lambda _user, token: TokenVerdict(token == GOOD_TOKEN),
    )
    with stand_in:
        yield SmtpWorld(stand_in, mailbox, authority)


def password(mechanism: AuthMechanism = AuthMechanism.AUTO, **more: object) -> Password:
    values: dict[str, object] = {"user": USER, "password": Secret(PASSWORD), "mechanism": mechanism}
    return Password(**(values | more))  # type: ignore[arg-type]


def bearer(*tokens: str) -> BearerToken:
    """Return a login whose tokens are given out in turn; the last one again and again."""
    left = list(tokens or (GOOD_TOKEN,))
    return BearerToken(USER, lambda _renew, _deadline: Secret(left.pop(0) if len(left) > 1 else left[0]))


def mail(*recipients: str, content: bytes = b"Subject: hello\r\n\r\nHello.\r\n") -> Message:
    return Message(USER, recipients or ("admin@contoso.com",), content, "hello", "<1@contoso.com>")


@dataclass(frozen=True)
class Attempt:
    """What became of one attempt to send."""

    sent: Sent | None
    error: ConsoleError | None
    transcript: Transcript
    seconds: float

    @property
    def failure(self) -> Failure:
        assert isinstance(self.error, AttemptError), self.error or self.sent
        return self.error.failure

    @property
    def said(self) -> list[str]:
        """Every line with who said it."""
        return [f"{line.direction} {line.text}" for line in self.transcript.lines]


def attempt(
    server: SmtpServer,
    login: Login | None = None,
    message: Message | None = None,
    *,
    seconds: float = 10.0,
    cancellation: Cancellation | None = None,
    subscriber: Callable[[Event], None] | None = None,
) -> Attempt:
    """Send one message and return what became of it."""
    recorder = Recorder()
    if subscriber is not None:
        recorder.subscribe(subscriber)
    begun = time.monotonic()
    sent, error = None, None
    try:
        deadline = Deadline(seconds, cancellation)
        sent = SmtpTransport(server, login).send(message or mail(), recorder, deadline)
    except ConsoleError as raised:
        error = raised
    return Attempt(sent, error, recorder.transcript(), time.monotonic() - begun)


def plain_server(port: int, read_timeout: float = 2.0, **more: object) -> SmtpServer:
    """Return settings for an unencrypted server on 127.0.0.1."""
    values: dict[str, object] = {"host": "127.0.0.1", "port": port, "encryption": Encryption.NONE}
    values |= {"read_timeout": read_timeout, "connect_timeout": 2.0}
    return SmtpServer(**(values | more))  # type: ignore[arg-type]
