"""A port of the sandbox: taken once, kept while it refuses, given back at the end."""

import errno
import socket

import pytest

from console.sandbox.held_port import HeldPort


def is_free(port: int) -> bool:
    """Whether another program, as any server would, could listen on a port."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", port))
            other.listen()
        except OSError as error:
            assert error.errno == errno.EADDRINUSE
            return False
    return True


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def test_nobody_takes_a_port_that_refuses_and_it_listens_again() -> None:
    with HeldPort("127.0.0.1", 0) as held:
        for _ in range(3):
            with held.listener() as listener:
                listener.listen()
                assert not is_free(held.number)
                with connect(held.number), listener.accept()[0]:
                    pass  # closed by the server's side first: it lingers in TIME_WAIT
            held.refuse()
            with pytest.raises(ConnectionRefusedError):
                connect(held.number)
            assert not is_free(held.number)


def test_a_closed_one_is_free_again() -> None:
    held = HeldPort("127.0.0.1", 0)
    assert not is_free(held.number)
    held.close()
    assert is_free(held.number)


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with HeldPort("127.0.0.1", 0) as held, HeldPort("127.0.0.1", held.number) as other:
        assert other.number not in (0, held.number)


def test_asyncio_sees_a_tcp_socket_and_sends_small_answers_at_once() -> None:
    with HeldPort("127.0.0.1", 0) as held, held.listener() as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_both_families() -> None:
    with HeldPort("::1", 0) as held, held.listener() as listener:
        listener.listen()
        assert listener.family is socket.AF_INET6
