"""Deadline and cancellation: waits end when they must, at once when told."""

import os
import socket
import threading
import time

import pytest

from console.deadline import Cancellation, Deadline
from console.errors import CancelledError, DeadlineError


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_remaining_counts_down_and_stops_at_zero() -> None:
    clock = Clock()
    deadline = Deadline(10, clock=clock)
    clock.now += 4
    assert deadline.remaining() == pytest.approx(6)
    clock.now += 40
    assert deadline.remaining() == 0.0


def test_a_used_up_deadline_says_how_long_it_was() -> None:
    clock = Clock()
    deadline = Deadline(2.5, clock=clock)
    clock.now += 3
    with pytest.raises(DeadlineError, match=r"2\.5 s"):
        deadline.check()


def test_what_is_left_of_a_longer_one_is_said_as_people_say_it() -> None:
    clock = Clock()
    whole = Deadline(10, clock=clock)
    clock.now += 4.56789
    part = whole.at_most(60)
    clock.now += 60
    with pytest.raises(DeadlineError, match=r"\(5\.43 s\)"):
        part.check()


def test_a_part_never_ends_after_the_whole() -> None:
    clock = Clock()
    whole = Deadline(10, clock=clock)
    clock.now += 8
    assert whole.at_most(30).remaining() == pytest.approx(2)
    assert whole.at_most(1).remaining() == pytest.approx(1)


def test_no_limit_never_ends() -> None:
    assert Deadline(None).remaining() > 86400


def test_cancel_wakes_a_waiting_socket_at_once() -> None:
    cancellation = Cancellation()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        timer = threading.Timer(0.05, cancellation.cancel)
        timer.start()
        began = time.monotonic()
        with pytest.raises(CancelledError):
            Deadline(30, cancellation).wait_for(ours)
        assert time.monotonic() - began < 5
        timer.join()


def test_cancel_wakes_a_sleep_at_once() -> None:
    cancellation = Cancellation()
    timer = threading.Timer(0.05, cancellation.cancel)
    timer.start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        Deadline(30, cancellation).sleep(20)
    assert time.monotonic() - began < 5
    timer.join()


def test_a_readable_socket_ends_the_wait() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"x")
        Deadline(5).wait_for(ours)
        Deadline(5).wait_for(ours, write=True)
        assert ours.recv(1) == b"x"


def test_a_silent_socket_ends_with_the_deadline() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(DeadlineError):
        Deadline(0.03).wait_for(ours)


def test_a_sleep_longer_than_the_deadline_ends_with_it() -> None:
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        Deadline(0.03).sleep(20)
    assert time.monotonic() - began < 5


def test_cancelling_twice_is_once_and_files_are_closed() -> None:
    cancellation = Cancellation()
    read_end = cancellation.fileno()
    cancellation.cancel()
    cancellation.cancel()
    assert cancellation.is_cancelled
    assert os.read(read_end, 10) == b"!"
    del cancellation
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(read_end)
