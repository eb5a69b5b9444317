"""A loopback port that stays a sandbox's own, also while connections to it are refused.

Settings name the port. Were it free while it refuses, any other program could take it, and the mail server
would come back elsewhere.
"""

import socket
from typing import Self


class HeldPort:
    """A port that is listened on, refused and listened on again; connections wait to be accepted.

    Args:
        address: Loopback address.
        port: Port wanted; any free one when it is taken or 0.

    Attributes:
        number: The port held.
    """

    def __init__(self, address: str, port: int) -> None:
        try:
            self._socket = _bound(address, port) if port else _free(address)
        except OSError:  # the port is taken
            self._socket = _free(address)
        self.number: int = self._socket.getsockname()[1]

    def listener(self) -> socket.socket:
        """Return a socket to listen on; closing it ends no more than the listening."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return self._socket.dup()

    def refuse(self) -> None:
        """Refuse connections, those included that wait to be accepted.

        Linux keeps the port of a listener that was shut down if it was bound by its number; without
        SO_REUSEADDR nobody else may bind it.
        """
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _free(address: str) -> socket.socket:
    """Return a socket bound by its number to a port that was free."""
    with _reusable(address) as finder:
        finder.bind((address, 0))
        return _bound(address, finder.getsockname()[1])


def _bound(address: str, port: int) -> socket.socket:
    one = _reusable(address)
    try:
        one.bind((address, port))
        one.listen()  # only this tells two that start at once which of them has it
    except OSError:
        one.close()
        raise
    return one


def _reusable(address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else asyncio sets no TCP_NODELAY
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the last run may linger
    return one
