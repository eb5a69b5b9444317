"""Host name to addresses, without letting the resolver hold anything up.

``getaddrinfo`` cannot be interrupted and takes 10 s and more when the name servers are black holes. It runs
in a thread that is simply left behind when the deadline comes or the operator stops it.
"""

import socket
from _thread import start_new_thread
from contextlib import suppress
from itertools import zip_longest

from console.annotations import Final
from console.deadline import Deadline
from console.errors import DeadlineError
from console.hostnames import ascii_domain
from console.network import NetworkError, Remote, failed, out_of_time
from console.transcript import Recorder, Stage
from console.values import dataclass

ADDRESS_LIMIT: Final = 16
"""Addresses tried; a name with more is somebody's mistake."""

_NOT_FOUND: Final = (socket.EAI_NONAME, socket.EAI_NODATA)


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a server, ready for ``socket.connect``.

    Attributes:
        family: ``AF_INET`` or ``AF_INET6``.
        target: What ``connect`` takes.
    """

    family: int
    target: tuple[object, ...]

    @property
    def text(self) -> str:
        """The bare IP address."""
        return str(self.target[0])


class _LookUp:
    """One ``getaddrinfo`` in its own thread; waitable."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self.found: list[Address] = []
        self.error: OSError | None = None
        self._near, self._far = socket.socketpair()
        start_new_thread(self._run, ())

    def fileno(self) -> int:
        return self._near.fileno()

    def close(self) -> None:
        self._near.close()

    def _run(self) -> None:
        try:
            self.found = _addresses(self._host, self._port)
        except (OSError, UnicodeError) as error:
            self.error = error if isinstance(error, OSError) else OSError(str(error))
        finally:
            with suppress(OSError):  # nobody waits any more
                self._far.send(b"!")
            self._far.close()


def _addresses(host: str, port: int) -> list[Address]:
    # As octets: for text Python loads its own IDNA tables, which this name is through with.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [Address(family, target) for family, _, _, _, target in found]


def is_ip(host: str) -> bool:
    """Whether `host` is an IPv4 or IPv6 address (with or without zone) rather than a name."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError, ValueError):  # ValueError: a NUL or a surrogate in it
            socket.inet_pton(family, host.partition("%")[0])
            return True
    return False


def ascii_host(host: str) -> str:
    """Return `host` as it goes over the wire: a name in its ASCII form, an address without its zone.

    Raises:
        ValueError: It is neither; one plain sentence.
    """
    return host.partition("%")[0] if is_ip(host) else ascii_domain(host, underscores=True)


def in_turn(addresses: list[Address]) -> tuple[Address, ...]:
    """Return addresses without doubles, families in turn, the system's first choice first (RFC 8305 §4)."""
    unique = list(dict.fromkeys(addresses))
    first = [one for one in unique if one.family == unique[0].family]
    second = [one for one in unique if one.family != unique[0].family]
    mixed = [one for pair in zip_longest(first, second) for one in pair if one is not None]
    return tuple(mixed[:ADDRESS_LIMIT])


def resolve(remote: Remote, recorder: Recorder, deadline: Deadline) -> tuple[Address, ...]:
    """Return the addresses of `remote`, the one to try first in front; there is at least one.

    Raises:
        NetworkError: ``dns.not-found``, ``dns.timeout``, ``dns.failed``, ``deadline``.
        CancelledError: The operator stopped it.
    """
    if is_ip(remote.host):
        return _literal(remote)
    with recorder.step(Stage.DNS, remote.host) as step:
        found = _looked_up(remote, deadline)
        step.fact("addresses", ", ".join(one.text for one in found))
    return found


def _literal(remote: Remote) -> tuple[Address, ...]:
    try:
        return in_turn(_addresses(remote.host, remote.port))
    except OSError as error:  # the zone of an IPv6 address names no interface of ours
        text = error.strerror or str(error)
        raise failed(Stage.CONNECT, "connect.unreachable", text, remote.facts) from None


def _looked_up(remote: Remote, deadline: Deadline) -> tuple[Address, ...]:
    facts = {"host": remote.facts["host"]}
    try:
        name = ascii_domain(remote.host, underscores=True)
    except ValueError as error:
        raise failed(Stage.DNS, "dns.not-found", str(error), facts) from None
    look_up = _LookUp(name, remote.port)
    try:
        deadline.at_most(remote.timeouts.connect).wait_for(look_up)
    except DeadlineError:
        raise NetworkError(out_of_time(Stage.DNS, "dns.timeout", deadline, facts)) from None
    finally:
        look_up.close()
    if look_up.error is not None:
        kind = "dns.not-found" if look_up.error.errno in _NOT_FOUND else "dns.failed"
        raise failed(Stage.DNS, kind, look_up.error.strerror or str(look_up.error), facts)
    if not look_up.found:
        raise failed(Stage.DNS, "dns.not-found", "The name has no address.", facts)
    return in_turn(look_up.found)
