"""Connections: which address, why not, and what each client makes of the same failure."""

import errno
import fcntl
import os
import resource
import socket
import threading

import pytest

from console.deadline import Deadline, HasFileno
from console.errors import DeadlineError
from console.microsoft365 import wire
from console.network import NetworkError, Remote, Timeouts, resolve
from console.network.dial import Stream, dial
from console.network.resolve import Address
from console.transcript import Outcome, Recorder, Stage
from tests.support.dead_ends import black_hole
from tests.support.plain_server import plain_server
from tests.support.smtp_world import attempt
from tests.support.smtp_world import plain_server as smtp_settings

__all__ = ["black_hole"]

WAIT = 5.0


@pytest.fixture
def dead_port() -> int:
    """A port that nobody listens on."""
    with plain_server(lambda _: None) as port:
        return port


def test_the_connection_and_its_address_are_returned() -> None:
    with plain_server(lambda it: it.sendall(b"hello")) as port:
        stream, address = dial(Remote("localhost", port), Recorder(), Deadline(WAIT))
        assert address.text == "127.0.0.1"
        assert stream.receive(Deadline(WAIT), 2) == b"he"
        assert stream.receive(Deadline(WAIT)) == b"llo"
        assert stream.receive(Deadline(WAIT)) == b""
        stream.close()
        stream.close()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EHOSTUNREACH])
def test_a_firewall_that_refuses_makes_a_server_unreachable(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("console.network.dial.open_stream", refuse)
    with pytest.raises(NetworkError) as caught:
        dial(Remote("127.0.0.1", 25), Recorder(), Deadline(WAIT))
    assert caught.value.failure.kind == "connect.unreachable"


@pytest.mark.parametrize(("seconds", "kind"), [(WAIT, "connect.timeout"), (0.05, "deadline")])
def test_the_time_of_an_address_and_of_the_whole_are_told_apart(
    black_hole: int, seconds: float, kind: str
) -> None:
    remote = Remote("127.0.0.1", black_hole, Timeouts(connect=0.1))
    with pytest.raises(NetworkError) as caught:
        dial(remote, Recorder(), Deadline(seconds))
    failure = caught.value.failure
    assert (failure.stage, failure.kind) == (Stage.CONNECT, kind)
    assert failure.facts == {
        "host": "127.0.0.1",
        "port": str(black_hole),
        "address": "127.0.0.1",
        "limit": "0.1 s",
    }


def test_the_address_that_told_most_is_the_failure(dead_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Address(socket.AF_INET, ("255.255.255.255", dead_port))  # no way there for TCP
    nobody = Address(socket.AF_INET, ("127.0.0.1", dead_port))
    monkeypatch.setattr(resolve, "_addresses", lambda _host, _port: [nowhere, nobody])
    recorder = Recorder()
    with pytest.raises(NetworkError) as caught:
        dial(Remote("mail.example.com", dead_port), recorder, Deadline(WAIT))
    assert caught.value.failure.kind == "connect.refused"
    assert [step.outcome for step in recorder.transcript().steps] == [
        Outcome.OK,
        Outcome.FAILED,
        Outcome.FAILED,
    ]


def test_each_client_makes_its_own_error_of_the_same_failure(dead_port: int) -> None:
    remote = Remote("127.0.0.1", dead_port)
    with pytest.raises(NetworkError) as below:
        dial(remote, Recorder(), Deadline(WAIT))
    with pytest.raises(wire.WireError) as https:
        wire.dial(remote, Recorder(), Deadline(WAIT))
    smtp = attempt(smtp_settings(dead_port))
    assert below.value.failure == https.value.failure == smtp.failure
    assert smtp.error is not None
    assert (below.value.code, https.value.code, smtp.error.code) == ("network", "wire", "transport")


def test_the_end_of_all_time_is_each_clients_own(black_hole: int) -> None:
    remote = Remote("127.0.0.1", black_hole)
    with pytest.raises(DeadlineError):
        wire.dial(remote, Recorder(), Deadline(0.05))
    assert attempt(smtp_settings(black_hole), seconds=0.05).failure.kind == "deadline"


class CountedDeadline(Deadline):
    """A deadline that counts how often somebody went to sleep on it."""

    sleeps = 0

    def wait_for(self, waitable: HasFileno, *, write: bool = False) -> None:
        self.sleeps += 1
        super().wait_for(waitable, write=write)


@pytest.mark.parametrize(("at_once", "sleeps"), [(WAIT, 1), (0.0, 3)])
def test_one_goes_to_sleep_only_where_the_last_answer_did_not_come_at_once(
    monkeypatch: pytest.MonkeyPatch, at_once: float, sleeps: int
) -> None:
    monkeypatch.setattr("console.network.dial._AT_ONCE", at_once)
    asked = threading.Semaphore(0)

    def answer(connection: socket.socket) -> None:
        for _ in range(3):
            asked.acquire()
            connection.sendall(b"!")

    deadline = CountedDeadline(WAIT)
    with plain_server(answer) as port:
        stream, _ = dial(Remote("127.0.0.1", port), Recorder(), Deadline(WAIT))
        for _ in range(3):
            assert stream.receive(deadline, meanwhile=asked.release) == b"!"
        stream.close()
    assert deadline.sleeps == sleeps


def test_a_server_that_stops_answering_at_once_is_waited_for_to_the_deadline() -> None:
    done = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"!")
        done.wait(WAIT)

    with plain_server(answer) as port:
        stream, _ = dial(Remote("127.0.0.1", port), Recorder(), Deadline(WAIT))
        assert stream.receive(Deadline(WAIT)) == b"!"
        with pytest.raises(DeadlineError):
            stream.receive(Deadline(0.05))
        done.set()
        stream.close()


def test_a_connection_with_a_high_descriptor_can_be_asked() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, limits[1]))
    near, far = socket.socketpair()
    try:
        stream = Stream(socket.socket(fileno=fcntl.fcntl(near.fileno(), fcntl.F_DUPFD_CLOEXEC, 1100)))
        assert stream.is_quiet()
        far.send(b"220 late")
        assert not stream.is_quiet()
        stream.close()
    finally:
        near.close()
        far.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
