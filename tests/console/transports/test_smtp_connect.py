"""Look-up, connection, cancellation: dead name servers, dead hosts, several addresses, Esc at every stage."""

import socket
import subprocess
import sys
import threading
import time

import pytest

from console.deadline import Cancellation
from console.errors import CancelledError
from console.network import resolve
from console.network.resolve import Address
from console.settings.model import Encryption
from console.transcript import Event, Line, Outcome, Stage, Step
from tests.support.dead_ends import black_hole, dead_resolver
from tests.support.scripted_smtp import Peer, ScriptedSmtp
from tests.support.smtp_world import SmtpWorld, attempt, authority, bearer, mail, plain_server, smtp_world

__all__ = ["authority", "black_hole", "dead_resolver", "smtp_world"]


AT_ONCE = 0.5
"""Seconds; it takes a few milliseconds, and 0.2 s on a machine that does much else."""


def test_a_refused_connection(unused_port: int) -> None:
    done = attempt(plain_server(unused_port))
    assert (done.failure.stage, done.failure.kind) == (Stage.CONNECT, "connect.refused")
    assert done.failure.facts["address"] == "127.0.0.1"
    assert done.failure.facts["port"] == str(unused_port)


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_black_hole_ends_in_the_connect_timeout(black_hole: int) -> None:
    done = attempt(plain_server(black_hole, connect_timeout=0.2))
    assert done.failure.kind == "connect.timeout"
    assert 0.15 < done.seconds < 0.6


def test_a_name_that_does_not_exist() -> None:
    done = attempt(plain_server(25, host="no-such-host.invalid", connect_timeout=5))
    assert done.failure.stage is Stage.DNS
    assert done.failure.kind in ("dns.not-found", "dns.failed")  # the latter where there is no name server
    assert done.failure.facts["host"] == "no-such-host.invalid"


@pytest.mark.parametrize("host", ["", "a..b", "with space", "x" * 70, "\udcff"])
def test_what_is_no_name_is_not_looked_up(host: str) -> None:
    assert attempt(plain_server(25, host=host)).failure.kind == "dns.not-found"


@pytest.mark.usefixtures("dead_resolver")
def test_a_dead_resolver_ends_in_time() -> None:
    done = attempt(plain_server(25, host="mail.example.com", connect_timeout=0.2))
    assert done.failure.kind == "dns.timeout"
    assert done.seconds < 0.6


def test_a_dead_resolver_does_not_hold_the_process() -> None:
    program = (
        "import socket, time\n"
        "socket.getaddrinfo = lambda *a, **k: time.sleep(30)\n"
        "from tests.support.smtp_world import attempt, plain_server\n"
        "print(attempt(plain_server(25, host='mail.example.com', connect_timeout=0.1)).failure.kind)\n"
    )
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20)
    assert (ended.stdout.strip(), ended.stderr) == ("dns.timeout", "")
    assert time.monotonic() - begun < 10


def test_international_names_are_looked_up_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def remember(host: str, _port: int) -> list[Address]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(resolve, "_addresses", remember)
    assert attempt(plain_server(25, host="post.bücher.example")).failure.kind == "dns.not-found"
    assert asked == ["post.xn--bcher-kva.example"]


def test_every_address_is_tried_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedSmtp(lambda peer: peer.say("421 later")) as server:
        dead = Address(socket.AF_INET6, ("::1", server.port, 0, 0))
        alive = Address(socket.AF_INET, ("127.0.0.1", server.port))
        monkeypatch.setattr(resolve, "_addresses", lambda _host, _port: [dead, alive])
        done = attempt(plain_server(server.port, host="mail.example.com"))
    assert done.failure.reply_code == 421
    steps = [
        (one.subject.split()[0], one.outcome) for one in done.transcript.steps if one.stage is Stage.CONNECT
    ]
    assert steps == [("::1", Outcome.FAILED), ("127.0.0.1", Outcome.OK)]
    assert done.transcript.steps[0].facts["addresses"] == "::1, 127.0.0.1"


def test_ipv6_is_spoken() -> None:
    with ScriptedSmtp(lambda peer: peer.greet(), "::1") as server:
        done = attempt(plain_server(server.port, host="::1"))
    assert server.heard[0] == b"EHLO [IPv6:::1]" or b"." in server.heard[0]
    assert done.failure.kind == "smtp.closed"


def test_an_ipv6_zone_that_is_not_ours() -> None:
    assert attempt(plain_server(25, host="fe80::1%nosuch0")).failure.kind == "connect.unreachable"


POINTS = {
    "hang-greeting": Stage.GREETING,
    "hang-ehlo": Stage.EHLO,
    "hang-starttls": Stage.TLS,
    "hang-auth": Stage.AUTH,
    "hang-mail": Stage.SENDER,
    "hang-rcpt": Stage.RECIPIENT,
    "hang-data": Stage.DATA,
    "hang-end-of-data": Stage.DATA,
}


def test_a_silent_server_is_waited_for_as_long_as_the_settings_say() -> None:
    with ScriptedSmtp(lambda peer: peer.wait_until_gone()) as server:
        done = attempt(plain_server(server.port, read_timeout=1.5))
    assert done.failure.kind == "smtp.timeout"
    assert done.seconds < 2.6  # it was twice as long: the look whether the server waits for TLS came on top


class Stopper:
    """Cancels 50 ms after a transcript has gone quiet at a stage, and remembers when."""

    def __init__(self, stage: Stage) -> None:
        self.cancellation = Cancellation()
        self.at = 0.0
        self._stage = stage
        self._timer: threading.Timer | None = None

    def __call__(self, event: Event) -> None:
        if self._timer is not None:
            self._timer.cancel()
        is_here = event.stage is self._stage
        if is_here and (isinstance(event, Line) or event.outcome is Outcome.RUNNING):
            self._timer = threading.Timer(0.05, self._stop)
            self._timer.start()

    def _stop(self) -> None:
        self.at = time.monotonic()
        self.cancellation.cancel()


def assert_stopped_at_once(server: object, stage: Stage) -> None:
    stopper = Stopper(stage)
    done = attempt(
        server,  # type: ignore[arg-type]
        bearer() if getattr(server, "encryption", None) is Encryption.STARTTLS else None,
        cancellation=stopper.cancellation,
        subscriber=stopper,
        seconds=5,
    )
    took = time.monotonic() - stopper.at
    assert isinstance(done.error, CancelledError)
    assert took < AT_ONCE
    last = done.transcript.steps[-1]
    assert (last.stage, last.outcome) == (stage, Outcome.CANCELLED)


@pytest.mark.parametrize("fault", POINTS)
def test_esc_stops_a_silent_server_at_once(smtp_world: SmtpWorld, fault: str) -> None:
    smtp_world.stand_in.set_fault(fault)
    assert_stopped_at_once(smtp_world.server(read_timeout=5), POINTS[fault])


def test_esc_stops_a_connection_that_does_not_come_about(black_hole: int) -> None:
    assert_stopped_at_once(plain_server(black_hole, connect_timeout=5), Stage.CONNECT)


@pytest.mark.usefixtures("dead_resolver")
def test_esc_stops_a_look_up() -> None:
    assert_stopped_at_once(plain_server(25, host="mail.example.com", connect_timeout=5), Stage.DNS)


def test_esc_stops_a_silent_handshake() -> None:
    with ScriptedSmtp(lambda peer: peer.wait_until_gone()) as server:
        assert_stopped_at_once(plain_server(server.port, encryption=Encryption.TLS), Stage.TLS)


def test_esc_stops_a_message_nobody_takes() -> None:
    gone = threading.Event()

    def script(peer: Peer) -> None:
        peer.greet()
        for answer in ("250 fine", "250 fine", "354 go on"):
            peer.hear()
            peer.say(answer)
        gone.wait(5)

    stopper = Stopper(Stage.DATA)
    with ScriptedSmtp(script) as server:
        done = attempt(
            plain_server(server.port, read_timeout=5),
            None,
            mail(content=b"x" * 20_000_000),
            cancellation=stopper.cancellation,
            subscriber=stopper,
        )
        took = time.monotonic() - stopper.at
        gone.set()
    assert isinstance(done.error, CancelledError)
    assert took < AT_ONCE


def test_stopped_before_it_began_nothing_is_tried() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with ScriptedSmtp(lambda peer: peer.greet()) as server:
        done = attempt(plain_server(server.port), cancellation=cancellation)
    assert isinstance(done.error, CancelledError)
    assert server.heard == []


def test_every_step_of_a_mail_is_in_the_transcript_with_its_time(smtp_world: SmtpWorld) -> None:
    seen: list[Event] = []
    done = attempt(smtp_world.server(), bearer(), subscriber=seen.append)
    stages = [step.stage for step in done.transcript.steps]
    assert stages == [
        Stage.DNS,
        Stage.CONNECT,
        Stage.GREETING,
        Stage.EHLO,
        Stage.TLS,
        Stage.TLS,
        Stage.EHLO,
        Stage.AUTH,
        Stage.SENDER,
        Stage.RECIPIENT,
        Stage.DATA,
    ]
    assert all(step.duration is not None and step.outcome is Outcome.OK for step in done.transcript.steps)
    assert [line for line in seen if isinstance(line, Line)] == list(done.transcript.lines)
    assert sum(isinstance(event, Step) for event in seen) > len(stages)
