"""Graph over real HTTPS: 202 alone is success, and everything else is told as it was said."""

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.deadline import Cancellation, Deadline
from console.delivery import deliver
from console.errors import CancelledError
from console.message import Draft, Message, compose
from console.microsoft365.http import HttpsClient
from console.sandbox.box import Sandbox
from console.sandbox.certificates import Authority
from console.sandbox.directory import CLIENT_SECRET
from console.sandbox.https_server import Reply
from console.secret import Secret
from console.transcript import Outcome, Recorder, Stage
from console.transports.graph import REQUEST_LIMIT, GraphTransport, graph_transport
from console.verdict import Result, TransportError
from tests.support.children import run_python
from tests.support.microsoft365 import Scripted, World, running_box, settings_typed, with_locals, world_of

WAIT = 20.0
CONTENT = b"From: alerts@contoso.com\r\nTo: you@example.com\r\nSubject: s\r\n\r\nBody\r\n"
TOKEN = "graph-token-canary"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a running sandbox."""
    with running_box(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def world(box: Sandbox, root: Path) -> World:
    """Return a console signed in for Graph."""
    world = world_of(box, root, "graph")
    world.sign_in()
    return world


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return a CA of our own."""
    return Authority.create(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def service(authority: Authority) -> Iterator[Scripted]:
    """Return a web service that answers as the test says."""
    scripted = Scripted(authority)
    yield scripted
    scripted.close()


class Tokens:
    """Gives tokens in turn; keeps how it was asked."""

    def __init__(self) -> None:
        self.forced: list[bool] = []

    def __call__(self, force: bool = False, deadline: Deadline | None = None) -> Secret:
        self.forced.append(force)
        return Secret(f"{TOKEN}-{len(self.forced)}")


def transport(
    service: Scripted, tokens: Tokens, mailbox: str | None = None, *, saves: bool = True
) -> GraphTransport:
    http = HttpsClient(ca_file=str(service.ca_file))
    return GraphTransport(service.base + "/", mailbox, tokens, http, save_to_sent_items=saves)


def mail(*recipients: str) -> Message:
    return Message("alerts@contoso.com", recipients or ("you@example.com",), CONTENT, "s", "<1@x>")


def failed(sending: GraphTransport, message: Message | None = None, seconds: float = WAIT) -> TransportError:
    recorder = Recorder()
    with pytest.raises(TransportError) as caught:
        sending.send(message or mail(), recorder, Deadline(seconds))
    assert TOKEN not in repr(recorder.transcript()) + repr(caught.value.failure)
    assert TOKEN not in with_locals(caught.value)
    return caught.value


def test_mail_arrives_as_it_was_composed(world: World, tmp_path: Path) -> None:
    attached = tmp_path / "bericht.bin"
    attached.write_bytes(bytes(range(256)) * 40)
    draft = Draft(
        to=("Jürgen <you@example.com>",),
        cc=("c@example.com",),
        bcc=("hidden@example.com",),
        subject="Grüße ☃",
        text="Zeile\n.\nFrom hier\n" + "ü" * 2000,
        attachments=(attached,),
    )
    composed = compose(draft, world.settings)
    delivery = deliver(world.engine, composed, purpose="test")
    assert delivery.result is Result.ACCEPTED
    assert "not delivered" in delivery.reply
    assert all(one.accepted for one in delivery.recipients)
    arrived = world.box.mailbox.mails()[-1]
    assert set(arrived.recipients) == {"you@example.com", "c@example.com", "hidden@example.com"}
    assert arrived.content == composed.content, "Bcc went out of it again, not an octet else changed"


def test_transcript_tells_every_stage_and_no_token(world: World) -> None:
    delivery = deliver(world.engine, compose(Draft(to=("you@example.com",)), world.settings), purpose="test")
    stages = [step.stage for step in delivery.transcript.steps]
    assert stages == [Stage.LOCAL, Stage.SIGN_IN, Stage.DNS, Stage.CONNECT, Stage.TLS, Stage.GRAPH]
    assert {step.outcome for step in delivery.transcript.steps} == {Outcome.OK}
    facts = delivery.transcript.steps[-1].facts
    assert len(facts["request-id"]) == len(facts["client-request-id"]) == 36
    said = [line.text for line in delivery.transcript.lines]
    assert "Authorization: Bearer ***" in said
    assert any("accepted" in text.lower() and "not delivered" in text for text in said)
    from console.microsoft365.tokens import token_source

    token = token_source(world.engine, world.settings)().reveal()
    assert token not in repr(delivery)


def test_an_app_posts_to_the_mailbox(world: World) -> None:
    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    world.set(mail_transport="graph-app")
    sending = graph_transport(world.engine, world.settings)
    assert sending.url.endswith("/v1.0/users/alerts@contoso.com/sendMail")
    delivery = deliver(world.engine, compose(Draft(to=("you@example.com",)), world.settings), purpose="send")
    assert delivery.result is Result.ACCEPTED
    assert world.box.mailbox.mails()[-1].user == "alerts@contoso.com"


def test_mailbox_names_cannot_leave_their_place(service: Scripted) -> None:
    assert transport(service, Tokens(), "a/../b?c#d@x.y").url.endswith(
        "/users/a%2F..%2Fb%3Fc%23d@x.y/sendMail"
    )


@pytest.mark.parametrize("status", [200, 201, 204])
def test_other_success_is_failure(service: Scripted, status: int) -> None:
    """A message above the limit has been answered with 200 and was lost."""
    service.on("/sendMail", Reply(status, b""))
    failure = failed(transport(service, Tokens())).failure
    assert (failure.kind, failure.reply_code) == ("graph.not-202", status)


def test_401_renews_the_token_and_tries_once_more(service: Scripted) -> None:
    refused = Reply.json(401, {"error": {"code": "InvalidAuthenticationToken", "message": "expired"}})
    service.in_turn("/sendMail", refused, Reply(202))
    tokens = Tokens()
    transport(service, tokens).send(mail(), Recorder(), Deadline(WAIT))
    assert tokens.forced == [False, True]
    assert [request.headers["authorization"][-1] for request in service.asked] == ["1", "2"]
    service.on("/sendMail", refused)
    failure = failed(transport(service, Tokens())).failure
    assert (failure.reply_code, failure.error_codes) == (401, ("InvalidAuthenticationToken",))


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(service: Scripted, status: int) -> None:
    busy = Reply.json(status, {"error": {"code": "ApplicationThrottled"}}, [("Retry-After", "1")])
    service.in_turn("/sendMail", busy, Reply(202))
    recorder = Recorder()
    began = time.monotonic()
    transport(service, Tokens()).send(mail(), recorder, Deadline(WAIT))
    assert time.monotonic() - began >= 1.0
    assert len(service.asked) == 2
    assert any("1 s" in line.text for line in recorder.transcript().lines)


def test_retry_after_longer_than_the_time_allowed_fails_at_once(service: Scripted) -> None:
    busy = Reply.json(429, {"error": {"code": "ApplicationThrottled"}}, [("Retry-After", "300")])
    service.on("/sendMail", busy)
    began = time.monotonic()
    failure = failed(transport(service, Tokens())).failure
    assert time.monotonic() - began < 5
    assert (failure.reply_code, failure.facts["retry_after"]) == (429, "300")
    assert len(service.asked) == 1


def test_a_gateway_timeout_is_not_sent_twice(service: Scripted) -> None:
    service.on("/sendMail", Reply.json(504, {"error": {"code": "GatewayTimeout"}}))
    assert failed(transport(service, Tokens())).failure.reply_code == 504
    assert len(service.asked) == 1


def test_cancel_while_waiting(service: Scripted) -> None:
    cancellation = Cancellation()

    def busy(_request: object) -> Reply:
        cancellation.cancel()
        return Reply.json(429, {}, [("Retry-After", "9")])

    service.on("/sendMail", busy)
    with pytest.raises(CancelledError):
        transport(service, Tokens()).send(mail(), Recorder(), Deadline(WAIT, cancellation))


def test_size_is_checked_before_anything_is_asked(service: Scripted) -> None:
    tokens = Tokens()
    fits = mail()
    most = REQUEST_LIMIT * 3 // 4
    big = Message(fits.sender, fits.recipients, CONTENT + b"a" * (most - len(CONTENT) + 1), "s", "<1@x>")
    error = failed(transport(service, tokens), big)
    assert error.failure.kind == "graph.too-large"
    assert error.failure.facts["limit"] == str(REQUEST_LIMIT)
    assert "3072 KiB" in error.failure.text
    assert (service.asked, tokens.forced) == ([], [])
    service.on("/sendMail", Reply(202))
    just = Message(fits.sender, fits.recipients, CONTENT + b"a" * (most - len(CONTENT)), "s", "<1@x>")
    transport(service, Tokens()).send(just, Recorder(), Deadline(WAIT))
    assert len(base64.b64decode(service.asked[0].body)) == most


def test_error_body_is_read_and_bounded(service: Scripted) -> None:
    inner = {"code": "MailboxFull", "innerError": {"code": "Deepest", "request-id": "r"}}
    shape = {
        "error": {"code": "ErrorQuotaExceeded", "message": "Full.\x1b[2J" + "x" * 9000, "innerError": inner}
    }
    service.on("/sendMail", Reply.json(507, shape, [("request-id", "abc"), ("client-request-id", "def")]))
    recorder = Recorder()
    with pytest.raises(TransportError) as caught:
        transport(service, Tokens()).send(mail(), recorder, Deadline(WAIT))
    failure = caught.value.failure
    assert failure.kind == "graph.error"
    assert failure.error_codes == ("ErrorQuotaExceeded", "MailboxFull", "Deepest")
    assert failure.facts["request_id"] == "abc"
    assert "\x1b" not in repr(recorder.transcript())
    assert len(failure.text) < 2000
    assert "ErrorQuotaExceeded" in "".join(line.text for line in recorder.transcript().lines)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>no</html>",
        b"[]",
        b'{"error": "text"}',
        b'{"error": {"code": 5}}',
        b"\xff\xfe",
        b"[" * 99999,
    ],
)
def test_bodies_that_are_no_graph_error(service: Scripted, body: bytes) -> None:
    service.on("/sendMail", Reply(400, body, "application/json"))
    assert failed(transport(service, Tokens())).failure.reply_code == 400


def test_a_page_in_graphs_place_is_the_proxys(service: Scripted) -> None:
    service.on("/sendMail", Reply.html(403, "<html><title>Blocked by policy</title></html>"))
    assert failed(transport(service, Tokens())).failure.kind == "oauth.proxy"


def test_a_connection_that_breaks_tells_no_token(authority: Authority) -> None:
    import socket
    import threading

    context = authority.server_context(authority.issue(("localhost",)))
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            connection, _ = listening.accept()
            with context.wrap_socket(connection, server_side=True) as encrypted:
                encrypted.recv(10)

        thread = threading.Thread(target=hang_up)
        thread.start()
        base = f"https://localhost:{listening.getsockname()[1]}"
        sending = GraphTransport(base, None, Tokens(), HttpsClient(ca_file=str(authority.ca_file)))
        assert failed(sending).failure.kind == "message.no-last-word"
        thread.join(10)


def test_unreachable_and_out_of_time(authority: Authority) -> None:
    service = Scripted(authority)
    sending = transport(service, Tokens())
    service.close()
    assert failed(sending).failure.kind == "connect.refused"
    assert failed(sending, seconds=0.0).failure.kind == "deadline"


def test_without_a_copy_in_sent_items_the_json_form_is_used(service: Scripted) -> None:
    service.on("/sendMail", Reply(202))
    recorder = Recorder()
    transport(service, Tokens(), saves=False).send(mail(), recorder, Deadline(WAIT))
    request = service.asked[0]
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body)["saveToSentItems"] is False
    assert any("Sent Items" in line.text for line in recorder.transcript().lines)


@pytest.mark.parametrize(
    ("fault", "code", "entry"),
    [
        ("graph-send-as-denied", "ErrorSendAsDenied", "graph-send-as-denied"),
        ("graph-access-denied", "ErrorAccessDenied", None),
        ("graph-mailbox-not-enabled", "MailboxNotEnabledForRESTAPI", None),
        ("graph-invalid-user", "ErrorInvalidUser", None),
        ("graph-throttled", "ApplicationThrottled", None),
        ("graph-too-large", "RequestEntityTooLarge", None),
    ],
)
def test_each_fault_has_its_finding(world: World, fault: str, code: str, entry: str | None) -> None:
    world.box.set_fault(fault)
    delivery = deliver(world.engine, compose(Draft(to=("you@example.com",)), world.settings), purpose="test")
    assert delivery.result is Result.FAILED
    assert code in delivery.reply
    assert delivery.findings[0].id != "unknown"


def test_sending_with_a_live_token_imports_little(world: World, tmp_path: Path) -> None:
    world.engine.settings.change(settings_typed(world.box))
    program = (
        "import sys; from pathlib import Path\n"
        "from console.engine import open_engine; from console.delivery import deliver\n"
        "from console.message import Draft, compose\n"
        "engine = open_engine(Path(sys.argv[1])); settings = engine.settings.load()\n"
        "delivery = deliver(engine, compose(Draft(to=('you@example.com',)), settings), purpose='send')\n"
        "heavy = {'msal', 'requests', 'urllib3', 'cryptography', 'yaml', 'qrcode', 'jwt', 'textual'}\n"
        "print(delivery.result.value, sorted(heavy & set(sys.modules)))"
    )
    root = str(world.engine.paths.settings.parents[2])
    assert run_python(program, root).strip() == "accepted []"
