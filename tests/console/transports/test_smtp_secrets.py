"""Secrets are nowhere: not in the transcript, whatever the server echoes, not in the frames of an error."""

import base64
import traceback
from types import TracebackType

import pytest

from console.deadline import Cancellation
from console.errors import CancelledError
from console.sandbox.smtp_server import TokenVerdict
from console.secret import Secret
from console.settings.model import AuthMechanism, Encryption
from console.transcript import Direction, Event, Line, Stage
from console.verdict import AttemptError
from tests.support.scripted_smtp import Peer, ScriptedSmtp
from tests.support.smtp_world import (
    Attempt,
    SmtpWorld,
    attempt,
    authority,
    bearer,
    password,
    plain_server,
    smtp_world,
)

__all__ = ["authority", "smtp_world"]

CANARY = "Canary-7f3a9c-Kanarienvogel/ü+="
FORMS = (
    "Canary-7f3a9c-Kanarienvogel",
    base64.b64encode(CANARY.encode()).decode().rstrip("="),
    base64.b64encode(b"x" + CANARY.encode()).decode()[4:-4],
    base64.b64encode(b"xx" + CANARY.encode()).decode()[4:-4],
)


def frames_of(error: BaseException | None) -> list[str]:
    """Return the variables of every frame of an error and of all it came from."""
    found: list[str] = []
    while error is not None:
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            if "/tests/" not in trace.tb_frame.f_code.co_filename:
                found += [repr(value) for value in trace.tb_frame.f_locals.values()]
            trace = trace.tb_next
        error = error.__context__ or error.__cause__
    return found


def assert_unseen(done: Attempt) -> None:
    facts = [value for step in done.transcript.steps for value in step.facts.values()]
    shown = [*done.said, *facts, *frames_of(done.error)]
    if isinstance(done.error, AttemptError):
        shown.append(repr(done.failure))
    if done.error is not None:
        shown += [*traceback.format_exception(done.error)]
    for text in shown:
        assert not [form for form in FORMS if form in text], text


def test_garbage_that_echoes_the_password_is_redacted() -> None:
    def script(peer: Peer) -> None:
        peer.greet("AUTH PLAIN")
        peer.say(b"what is " + base64.b64decode(peer.hear().split()[-1]))
        peer.hear()

    with ScriptedSmtp(script) as server:
        login = password(password=Secret(CANARY), allow_plaintext=True)
        done = attempt(plain_server(server.port), login)
    assert done.failure.kind == "smtp.garbage"
    assert_unseen(done)


def test_a_secret_at_the_cut_of_a_long_line_is_not_left_in_halves() -> None:
    def script(peer: Peer) -> None:
        peer.greet("AUTH PLAIN")
        plain = base64.b64decode(peer.hear().split()[-1]).split(b"\0")[-1]
        peer.say(b"535 " + b"x" * (1000 - 4 - len(plain) // 2) + plain + b"x" * 1000)
        peer.hear()

    with ScriptedSmtp(script) as server:
        login = password(password=Secret(CANARY), allow_plaintext=True)
        done = attempt(plain_server(server.port), login)
    assert done.failure.reply_code == 535
    assert not any("Canary" in line for line in [*done.said, done.failure.text])


def echoing(peer: Peer, mechanism: str) -> None:
    """Refuse everything with an echo of it, raw, decoded, and encoded once more at another offset."""
    peer.greet(f"AUTH {mechanism}")
    while line := peer.hear():
        coded = line.split(b" ")[-1]
        try:
            plain = base64.b64decode(coded, validate=True)
        except ValueError:
            plain = coded
        if line in (b"AUTH LOGIN", b"AUTH PLAIN", b"AUTH XOAUTH2", b"AUTH CRAM-MD5"):
            peer.say("334 PDEyMz4=")
            continue
        again = base64.b64encode(b"<" + plain + b">")
        peer.say(b"535-5.7.8 " + line, b"535-" + plain.replace(b"\n", b" "), b"535 " + again)


@pytest.mark.parametrize("mechanism", [AuthMechanism.PLAIN, AuthMechanism.LOGIN, AuthMechanism.CRAM_MD5])
def test_an_echoed_password_is_redacted(mechanism: AuthMechanism) -> None:
    with ScriptedSmtp(lambda peer: echoing(peer, mechanism.value.upper())) as server:
        login = password(mechanism, password=Secret(CANARY), allow_plaintext=True)
        done = attempt(plain_server(server.port, read_timeout=0.3), login)
    assert done.error is not None
    assert any("535" in line for line in done.said)
    assert_unseen(done)


def test_an_echoed_answer_to_a_challenge_is_redacted() -> None:
    """Whoever reads challenge and answer in a transcript can try passwords at home."""
    with ScriptedSmtp(lambda peer: echoing(peer, "CRAM-MD5")) as server:
        done = attempt(plain_server(server.port, read_timeout=0.3), password(allow_plaintext=True))
    answer = base64.b64decode(server.heard[2])
    digest = answer.split()[-1].decode()
    assert len(digest) == 32
    said = " ".join([*done.said, done.failure.text])
    assert "***" in done.failure.text
    assert digest not in said
    assert base64.b64encode(answer).decode() not in said
    assert base64.b64encode(b"<" + answer + b">").decode() not in said


def test_a_refused_password_and_token_stay_unseen(smtp_world: SmtpWorld) -> None:
    assert_unseen(attempt(smtp_world.server(), password(password=Secret(CANARY))))
    assert_unseen(attempt(smtp_world.server(), bearer(CANARY)))


def test_an_echoed_token_is_redacted(smtp_world: SmtpWorld) -> None:
    coded = base64.b64encode(f"user=alerts@contoso.com\x01auth=Bearer {CANARY}\x01\x01".encode()).decode()
    smtp_world.stand_in.state.check_token = lambda _user, token: TokenVerdict(
        is_good=False, reply=f"535 5.7.8 {token} {coded}"
    )
    done = attempt(smtp_world.server(), bearer(CANARY))
    assert done.failure.reply_code == 535
    assert "***" in done.failure.text
    assert_unseen(done)


@pytest.mark.parametrize("mechanism", [AuthMechanism.PLAIN, AuthMechanism.LOGIN])
def test_stopped_while_the_secret_is_sent_the_error_does_not_carry_it(
    smtp_world: SmtpWorld, mechanism: AuthMechanism
) -> None:
    cancellation = Cancellation()
    left = 2 if mechanism is AuthMechanism.LOGIN else 1  # LOGIN sends the user name before

    def stop_at_the_secret(event: Event) -> None:
        if isinstance(event, Line) and event.direction is Direction.SENT and "***" in event.text:
            nonlocal left
            left -= 1
            if left == 0:
                cancellation.cancel()

    done = attempt(
        smtp_world.server(Encryption.TLS),
        password(mechanism, password=Secret(CANARY)),
        cancellation=cancellation,
        subscriber=stop_at_the_secret,
    )
    assert isinstance(done.error, CancelledError)
    assert done.transcript.steps[-1].stage is Stage.AUTH
    assert_unseen(done)
