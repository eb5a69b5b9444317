"""The SMTP transport: one message on a connection of its own, or several on one."""

from types import TracebackType

from console.annotations import Self
from console.deadline import Deadline
from console.errors import CancelledError
from console.message_model import Message
from console.transcript import Recorder, Stage
from console.transports.smtp.auth import is_token_refused, sign_in
from console.transports.smtp.conversation import Conversation
from console.transports.smtp.model import Capabilities, Login, SmtpServer
from console.transports.smtp.opening import open_conversation
from console.transports.smtp.transaction import transact
from console.verdict import Sent, TransportError


class SmtpTransport:
    """Sends mail over SMTP (`console.transports.base.Transport`).

    Args:
        server: Where mail goes.
        login: Who signs in there; None for nobody.
    """

    def __init__(self, server: SmtpServer, login: Login | None = None) -> None:
        self.settings = server
        self.login = login

    @property
    def server(self) -> str:
        """``host:port``."""
        return self.settings.label

    def send(self, message: Message, recorder: Recorder, deadline: Deadline) -> Sent:
        """Send `message` on a connection of its own (see `console.transports.base.Transport.send`)."""
        with self.session() as session:
            return session.send(message, recorder, deadline)

    def session(self) -> "SmtpSession":
        """Return a session for several messages on one connection; a context manager."""
        return SmtpSession(self.settings, self.login)


class SmtpSession:
    """Several messages on one connection, opened with the first and opened anew when the server closed it."""

    def __init__(self, server: SmtpServer, login: Login | None) -> None:
        self._server = server
        self._login = login
        self._conversation: Conversation | None = None
        self._capabilities = Capabilities()
        self._is_clean = True

    @property
    def server(self) -> str:
        """``host:port``."""
        return self._server.label

    def send(self, message: Message, recorder: Recorder, deadline: Deadline) -> Sent:
        """Send `message` (see `console.transports.base.Transport.send`)."""
        try:
            if self._is_ready(recorder, deadline):
                return self._send_again(message, recorder, deadline)
            return self._transact(self._open(recorder, deadline), message)
        except CancelledError:
            self._drop()
            raise

    def _is_ready(self, recorder: Recorder, deadline: Deadline) -> bool:
        """Whether the connection of the last message can be used; takes it over if so."""
        conversation = self._conversation
        if conversation is None or not conversation.is_open or not conversation.stream.is_quiet():
            self._drop()
            return False
        conversation.recorder, conversation.deadline = recorder, deadline
        recorder.note(f"On the connection to {self._server.label} that is open already.")
        return True

    def _send_again(self, message: Message, recorder: Recorder, deadline: Deadline) -> Sent:
        """Send on the old connection; on a new one when the server had given the old one up."""
        conversation = self._conversation
        assert conversation is not None  # noqa: S101 - _is_ready was asked
        try:
            if not self._is_clean:
                with conversation.checks(Stage.SENDER):
                    conversation.demand(conversation.command("RSET"))
            return self._transact(conversation, message)
        except TransportError as error:
            # Once DATA has begun the message may have been taken: never sent twice by us.
            if conversation.is_open or error.failure.stage in (Stage.DATA, Stage.RECIPIENT):
                raise
            self._drop()
            recorder.note("The server had closed that connection; opening a new one.")
        return self._transact(self._open(recorder, deadline), message)

    def _transact(self, conversation: Conversation, message: Message) -> Sent:
        self._is_clean = False
        sent = transact(conversation, self._capabilities, message)
        self._is_clean = True
        return sent

    def _open(self, recorder: Recorder, deadline: Deadline) -> Conversation:
        try:
            return self._signed_in(recorder, deadline, renew=False)
        except TransportError as error:
            if not is_token_refused(error, self._login):
                raise
        recorder.note("The server refused the token; trying once more with a new one.")
        conversation = self._conversation
        if conversation is None or not conversation.is_open:
            return self._signed_in(recorder, deadline, renew=True)
        assert self._login is not None  # noqa: S101 - it was refused
        try:
            sign_in(conversation, self._login, self._capabilities, renew=True)
        except TransportError as error:
            if error.failure.kind != "smtp.closed":
                raise
            return self._signed_in(recorder, deadline, renew=False)  # the new token is there by now
        return conversation

    def _signed_in(self, recorder: Recorder, deadline: Deadline, *, renew: bool) -> Conversation:
        self._drop()
        needs_ehlo = self._login is not None
        conversation, self._capabilities = open_conversation(
            self._server, recorder, deadline, needs_ehlo=needs_ehlo
        )
        self._conversation = conversation
        if self._login is not None:
            sign_in(conversation, self._login, self._capabilities, renew=renew)
        return conversation

    def _drop(self) -> None:
        if self._conversation is not None:
            self._conversation.close()
        self._conversation = None
        self._is_clean = True

    def close(self) -> None:
        """Say goodbye and close; never fails."""
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            conversation.quit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def probe(server: SmtpServer, recorder: Recorder, deadline: Deadline) -> Capabilities:
    """Find out whether `server` can be reached and encrypted, and what it offers; sends no mail.

    Args:
        server: Whom to ask.
        recorder: Where to write it down.
        deadline: The time for all of it.

    Raises:
        TransportError: It failed at a stage.
        CancelledError: The operator stopped it.
    """
    conversation, capabilities = open_conversation(server, recorder, deadline, needs_ehlo=False)
    conversation.quit()
    return capabilities
