"""Microsoft Graph ``sendMail``: one request a mail, in MIME form (microsoft-graph-docs, user-sendmail).

Only ``202 Accepted`` is success, and it means accepted, not delivered: what happens to the mail afterwards
comes to the sender's Inbox. Every other answer, other 2xx too, is a failure with its body shown.
"""

import base64
import json
import uuid
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from console.deadline import Deadline
from console.errors import CancelledError, DeadlineError
from console.message import Message
from console.microsoft365.http import HTTPS_PORT, Answer, HttpsClient, Request, converse, https_client
from console.microsoft365.wire import HttpStream, WireError
from console.secret import Secret
from console.settings.model import APP, Settings
from console.text import one_line
from console.transcript import Recorder, Stage, StepRecorder
from console.transports.base import Token
from console.transports.graph_message import with_recipients
from console.verdict import NO_LAST_WORD, Failure, LateCancelError, RecipientResult, Sent, TransportError

if TYPE_CHECKING:
    from console.engine import Engine

REQUEST_LIMIT: Final = 4 * 1024 * 1024
"""Octets of one request (graph-docs, 413 above 4 MB); larger mails would need Mail.ReadWrite."""

BUSY: Final = frozenset({429, 503})
"""Statuses after which the same request is made again (graph-docs, throttling)."""

_TRIES: Final = 5
_FIRST_PAUSE: Final = 10.0
_BODY_LINES: Final = 12
_CODE_DEPTH: Final = 4


class GraphTransport:
    """Sends mail through Graph.

    Args:
        root: Address of Graph, without version.
        mailbox: Whose mailbox sends; None: the signed-in account's own.
        token: Gives the access token.
        http: How this appliance reaches web services.
        save_to_sent_items: Whether a copy is kept; False needs the JSON form of the call.
    """

    def __init__(
        self,
        root: str,
        mailbox: str | None,
        token: Token,
        http: HttpsClient,
        *,
        save_to_sent_items: bool = True,
    ) -> None:
        self._root = root.rstrip("/")
        self._mailbox = mailbox
        self._token = token
        self._http = http
        self._saves = save_to_sent_items

    @property
    def server(self) -> str:
        """The Graph root."""
        return self._root

    @property
    def url(self) -> str:
        """Where a mail is posted to."""
        user = "me" if self._mailbox is None else f"users/{quote(self._mailbox, safe='@')}"
        return f"{self._root}/v1.0/{user}/sendMail"

    def send(self, message: Message, recorder: Recorder, deadline: Deadline) -> Sent:
        """Send `message` (see `console.transports.base.Transport.send`)."""
        try:
            return self._send(message, recorder, deadline)
        except WireError as error:
            raise TransportError(error.failure, error.what) from error
        except DeadlineError as error:
            raise TransportError(Failure(Stage.GRAPH, "deadline", error.what, facts=self._facts())) from error

    def _send(self, message: Message, recorder: Recorder, deadline: Deadline) -> Sent:
        body, kind = self._body(message, recorder)
        answer = self._post(body, kind, recorder, deadline, force=False)
        if answer.status == 401:
            recorder.note("Graph refused the token; once more with a new one.")
            answer = self._post(body, kind, recorder, deadline, force=True)
        if answer.status != 202:
            raise TransportError(self._failure(answer))
        recorder.note("Accepted by Exchange Online, not delivered: what follows comes to the sender's Inbox.")
        reply = "202 Accepted (accepted, not delivered yet)"
        return Sent(
            reply, tuple(RecipientResult(to, accepted=True, reply=reply) for to in message.recipients)
        )

    def _body(self, message: Message, recorder: Recorder) -> tuple[bytes, str]:
        """Return the request's body and media type, small enough to be taken."""
        with recorder.step(Stage.LOCAL, "message size") as step:
            if self._saves:
                body, kind = base64.b64encode(with_recipients(message)), "text/plain"
            else:
                body, kind = _json_body(message, recorder), "application/json"
            step.fact("size", len(body))
            step.fact("limit", REQUEST_LIMIT)
            if len(body) > REQUEST_LIMIT:
                raise TransportError(_too_large(message, len(body), is_mime=self._saves))
        return body, kind

    def _post(self, body: bytes, kind: str, recorder: Recorder, deadline: Deadline, *, force: bool) -> Answer:
        token = self._token_now(recorder, deadline, force=force)
        pause = _FIRST_PAUSE
        for tries_left in reversed(range(_TRIES)):
            answer = self._try(body, kind, token, recorder, deadline)
            wait = answer.retry_after if answer.retry_after is not None else pause
            if answer.status not in BUSY or not tries_left or wait >= deadline.remaining():
                return answer
            recorder.note(f"Graph wants to be left alone for {wait:g} s; then once more.")
            deadline.sleep(wait)
            pause *= 2
        return answer

    def _token_now(self, recorder: Recorder, deadline: Deadline, *, force: bool) -> Secret:
        with recorder.step(Stage.SIGN_IN, "new access token" if force else "access token"):
            token = self._token(force, deadline)
        recorder.conceal(token)
        return token

    def _try(self, body: bytes, kind: str, token: Secret, recorder: Recorder, deadline: Deadline) -> Answer:
        own_id = str(uuid.uuid4())
        request = self._request(body, kind, token, own_id)
        path = urlsplit(self.url).path
        with (
            self._http.open(self.url, deadline, recorder) as stream,
            recorder.step(Stage.GRAPH, path) as step,
        ):
            step.fact("client-request-id", own_id)
            recorder.sent(f"POST {self.url}")
            recorder.sent("Authorization: Bearer ***")
            recorder.sent(f"Content-Type: {kind}; {len(body)} octets")
            answer = self._answer(stream, request)
            _record(answer, recorder, step)
        return answer

    def _answer(self, stream: HttpStream, request: Request) -> Answer:
        """Return Graph's answer; when none comes, nobody knows whether it took the message."""
        try:
            return converse(stream, request)
        except WireError as error:
            if error.failure.kind == "connect.failed":  # nothing of it was sent
                raise
            raise TransportError(self._no_answer(error.failure.text)) from None
        except DeadlineError as error:
            raise TransportError(self._no_answer(error.what)) from None
        except CancelledError as error:
            raise LateCancelError(self._no_answer(error.what)) from None

    def _no_answer(self, text: str) -> Failure:
        return Failure(Stage.GRAPH, NO_LAST_WORD, text, facts=self._facts())

    def _request(self, body: bytes, kind: str, token: Secret, own_id: str) -> Request:
        fields = {
            "Authorization": f"Bearer {token.reveal()}",
            "Content-Type": kind,
            "Accept": "application/json",
            "client-request-id": own_id,
            "return-client-request-id": "true",
        }
        return Request("POST", self.url, fields, body)

    def _failure(self, answer: Answer) -> Failure:
        codes, message = _read_error(answer)
        facts = {**self._facts(), **_ids(answer)}
        if answer.retry_after is not None:
            facts["retry_after"] = f"{answer.retry_after:g}"
        said = one_line(": ".join(part for part in (codes[0] if codes else "", message) if part))
        text = said or f"{answer.status} {answer.reason}"
        kind = "graph.not-202" if 200 <= answer.status < 300 else "graph.error"
        if answer.status in (401, 403) and answer.is_html:
            kind = "oauth.proxy"  # a page for people: Graph never answers with one
        return Failure(Stage.GRAPH, kind, text, answer.status, error_codes=codes, facts=facts)

    def _facts(self) -> dict[str, str]:
        root = urlsplit(self._root)
        facts = {"host": root.hostname or "", "port": str(root.port or HTTPS_PORT)}
        return facts | ({"mailbox": self._mailbox} if self._mailbox else {})


def graph_transport(engine: "Engine", settings: Settings) -> GraphTransport:
    """Return the transport that `settings` choose.

    Raises:
        SignInError: The settings cannot work (kind ``local.settings``).
        WireError, SecretError: The proxy cannot be used as it is set.
    """
    from console.microsoft365.clouds import resolve
    from console.microsoft365.tokens import token_source

    endpoints = resolve(settings)
    return GraphTransport(
        endpoints.graph_root,
        settings.mailbox if settings.mail.transport in APP else None,
        token_source(engine, settings),
        https_client(engine, settings),
        save_to_sent_items=settings.microsoft365.save_to_sent_items,
    )


def _json_body(message: Message, recorder: Recorder) -> bytes:
    from console.transports.graph_json import json_form

    form = json_form(message)
    recorder.note("JSON form, so that no copy is kept in Sent Items: " + "; ".join(form.left_out) + ".")
    return form.body


def _too_large(message: Message, size: int, *, is_mime: bool) -> Failure:
    """Return the failure with the size that would do: MIME in base64 makes four octets of three."""
    most = REQUEST_LIMIT * 3 // 4 if is_mime else REQUEST_LIMIT
    text = (
        f"The mail makes a request of {size} octets; Graph takes {REQUEST_LIMIT}, "
        f"a message of about {most // 1024} KiB with attachments of about {most * 73 // 100 // 1024} KiB."
    )
    facts = {"size": str(size), "limit": str(REQUEST_LIMIT), "message_size": str(len(message.content))}
    return Failure(Stage.LOCAL, "graph.too-large", text, facts=facts)


def _record(answer: Answer, recorder: Recorder, step: StepRecorder) -> None:
    recorder.received(f"{answer.status} {answer.reason}")
    for name, value in _ids(answer).items():
        step.fact(name.replace("_", "-"), value)
    if answer.fields.get("retry-after"):
        recorder.received(f"Retry-After: {one_line(answer.fields['retry-after'], 100)}")
    if answer.status != 202:
        for line in answer.text[:8000].splitlines()[:_BODY_LINES]:
            recorder.received(line)


def _ids(answer: Answer) -> dict[str, str]:
    """Return what Microsoft's support asks for."""
    names = ("request-id", "client-request-id", "x-ms-ags-diagnostic")
    return {
        name.replace("-", "_"): one_line(answer.fields[name], 200)
        for name in names
        if answer.fields.get(name)
    }


def _read_error(answer: Answer) -> tuple[tuple[str, ...], str]:
    """Return the codes, outermost first, and the message of ``{"error": {…}}``; not trusted to be one."""
    try:
        shape = json.loads(answer.body)
    except (ValueError, RecursionError):
        return (), one_line(answer.text.strip(), 300)
    error = shape.get("error") if isinstance(shape, dict) else None
    codes: list[str] = []
    message = ""
    for _ in range(_CODE_DEPTH):
        if not isinstance(error, dict):
            break
        code: Any = error.get("code")
        if isinstance(code, str) and code and code not in codes:
            codes.append(one_line(code, 100))
        if not message and isinstance(error.get("message"), str):
            message = one_line(error["message"], 500)
        error = error.get("innerError") or error.get("innererror")
    return tuple(codes), message
