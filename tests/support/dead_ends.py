"""Fixtures for what never answers: a port, and a name look-up."""

import socket
import threading
from collections.abc import Iterator

import pytest

from console.network import resolve
from console.network.resolve import Address


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port that answers no connection: its queue is full and nobody takes from it."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        yield port
        for one in waiting:
            one.close()


@pytest.fixture
def dead_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A name look-up that gets no answer."""
    ended = threading.Event()

    def wait(_host: str, _port: int) -> list[Address]:
        ended.wait(5)
        return []

    monkeypatch.setattr(resolve, "_addresses", wait)
    yield
    ended.set()
