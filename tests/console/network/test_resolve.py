"""Names and addresses: what is looked up, in which order addresses are tried, what it may cost."""

import socket

import pytest

from console.deadline import Deadline
from console.network import NetworkError, Remote, Timeouts, resolve
from console.network.resolve import ADDRESS_LIMIT, Address, ascii_host, in_turn
from console.transcript import Recorder, Stage
from tests.support.dead_ends import dead_resolver

__all__ = ["dead_resolver"]


def test_families_take_turns_and_doubles_go() -> None:
    six = [Address(socket.AF_INET6, (f"::{number}", 25, 0, 0)) for number in range(3)]
    four = [Address(socket.AF_INET, (f"10.0.0.{number}", 25)) for number in range(2)]
    assert in_turn([*six, *four, six[0]]) == (six[0], four[0], six[1], four[1], six[2])
    assert in_turn([]) == ()


def test_only_so_many_addresses_are_tried() -> None:
    many = [Address(socket.AF_INET, (f"10.0.0.{number}", 25)) for number in range(100)]
    assert in_turn(many) == tuple(many[:ADDRESS_LIMIT])


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Mail.Example.com.", "mail.example.com"),
        ("post.bücher.example", "post.xn--bcher-kva.example"),
        ("mail_1.example.com", "mail_1.example.com"),
        ("192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_a_host_as_certificates_name_it(host: str, name: str) -> None:
    assert ascii_host(host) == name


@pytest.mark.parametrize("host", ["", "a..b", "with space", "10.0.0", "\x00", "\udcff"])
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(ValueError, match=r".+\."):
        ascii_host(host)


def test_an_address_is_not_looked_up() -> None:
    recorder = Recorder()
    (found,) = resolve.resolve(Remote("127.0.0.1", 25), recorder, Deadline(5))
    assert (found.text, found.target) == ("127.0.0.1", ("127.0.0.1", 25))
    assert recorder.transcript().steps == ()


@pytest.mark.usefixtures("dead_resolver")
@pytest.mark.parametrize(("seconds", "kind"), [(5.0, "dns.timeout"), (0.05, "deadline")])
def test_the_time_of_a_look_up_and_of_the_whole_are_told_apart(seconds: float, kind: str) -> None:
    remote = Remote("mail.example.com", 25, Timeouts(connect=0.1))
    with pytest.raises(NetworkError) as caught:
        resolve.resolve(remote, Recorder(), Deadline(seconds))
    failure = caught.value.failure
    assert (failure.stage, failure.kind) == (Stage.DNS, kind)
    assert failure.facts == {"host": "mail.example.com"}


@pytest.mark.usefixtures("dead_resolver")
def test_the_total_time_is_named_as_it_was_given() -> None:
    with pytest.raises(NetworkError) as caught:
        resolve.resolve(Remote("mail.example.com", 25), Recorder(), Deadline(0.05))
    assert caught.value.failure.text == "The time allowed (0.05 s) is used up."
