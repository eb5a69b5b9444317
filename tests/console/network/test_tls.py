"""Whom a context trusts: the system's folder, a file of one's own, and the environment only where it may."""

import gc
import socket
import ssl
import struct
import threading
from pathlib import Path

import pytest

from console.deadline import Deadline
from console.network import NetworkError, Remote, tls
from console.network.dial import Stream, dial
from console.network.tls import CA_FILE_LIMIT, Environment, trusting_context, unverified_context
from console.sandbox.certificates import Authority
from console.transcript import Recorder, Stage
from tests.support.plain_server import plain_server
from tests.support.smtp_world import authority

__all__ = ["authority"]


def trusts(context: ssl.SSLContext) -> bool:
    """Whether `context` holds the sandbox's authority."""
    return any("Mail console sandbox CA" in str(one["subject"]) for one in context.get_ca_certs())


@pytest.fixture
def said(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says that the sandbox's authority is to be trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))


@pytest.fixture
def bare_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's directory has no hashed links."""
    (tmp_path / "ca-certificates.crt").touch()
    monkeypatch.setattr(tls, "SYSTEM_DIRECTORY", tmp_path)


@pytest.fixture
def hashed_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's directory has hashed links."""
    (tmp_path / "0123abcd.0").touch()
    monkeypatch.setattr(tls, "SYSTEM_DIRECTORY", tmp_path)


@pytest.mark.usefixtures("said", "hashed_directory")
@pytest.mark.parametrize("environment", Environment)
def test_beside_hashed_links_the_environment_counts_only_when_it_comes_first(
    environment: Environment,
) -> None:
    assert trusts(trusting_context(environment=environment)) is (environment is Environment.FIRST)


@pytest.mark.usefixtures("said", "bare_directory")
@pytest.mark.parametrize("environment", Environment)
def test_without_hashed_links_it_still_counts_only_where_it_may(environment: Environment) -> None:
    assert trusts(trusting_context(environment=environment)) is (environment is not Environment.NEVER)


@pytest.mark.usefixtures("said")
def test_by_itself_the_environment_says_nothing() -> None:
    assert not trusts(trusting_context())


def test_a_file_of_ones_own_is_trusted_besides(authority: Authority) -> None:
    context = trusting_context(str(authority.ca_file))
    assert trusts(context)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert not context.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN


@pytest.mark.parametrize("make", [trusting_context, unverified_context])
def test_old_versions_are_never_spoken(make: type) -> None:
    assert make().minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_ca_file_beyond_all_size_is_not_read(authority: Authority, tmp_path: Path) -> None:
    large = tmp_path / "large.pem"
    large.write_bytes(authority.ca_file.read_bytes() + b"#" * CA_FILE_LIMIT)
    with pytest.raises(NetworkError) as caught:
        trusting_context(str(large))
    assert (caught.value.failure.stage, caught.value.failure.kind) == (Stage.TLS, "tls.ca-file")
    assert caught.value.failure.facts == {"file": str(large)}


def test_a_host_that_is_no_name_is_a_failed_handshake() -> None:
    """A proxy may have connected to anything; a certificate has a proper name."""
    with plain_server(lambda it: it.sendall(b"220 hello")) as port:
        stream, _ = dial(Remote("127.0.0.1", port), Recorder(), Deadline(5))
        recorder = Recorder()
        with pytest.raises(NetworkError) as caught, recorder.step(Stage.TLS) as step:
            tls.secure(stream, Remote("a..b", port), unverified_context(), step, Deadline(5))
        stream.close()
    assert caught.value.failure.kind == "tls.handshake"
    assert caught.value.failure.facts["host"] == "a..b"


def test_a_server_that_cuts_the_connection_is_a_failed_handshake() -> None:
    is_dialled = threading.Event()

    def cut(connection: socket.socket) -> None:
        is_dialled.wait(5)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST, not FIN
        connection.close()

    with plain_server(cut) as port:
        remote, deadline = Remote("127.0.0.1", port), Deadline(5)
        stream, _ = dial(remote, Recorder(), deadline)
        is_dialled.set()
        deadline.wait_for(stream)
        with pytest.raises(NetworkError) as caught, Recorder().step(Stage.TLS) as step:
            tls.secure(stream, remote, trusting_context(), step, deadline)
        stream.close()
    assert caught.value.failure.kind == "tls.handshake"
    del caught
    gc.collect()  # warns, which is an error here, when anything was left open


def test_an_answer_of_which_a_piece_is_taken_already_is_not_called_plain_text(authority: Authority) -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    far.settimeout(5)
    context = authority.server_context(authority.issue(("localhost",)))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)

    def answer() -> None:
        incoming.write(far.recv(65536))
        with pytest.raises(ssl.SSLWantReadError):
            server.do_handshake()
        far.sendall(outgoing.read()[1:])

    far.sendall(b"\x16")  # with which the answer begins: OpenSSL takes it before the rest is there
    thread = threading.Thread(target=answer)
    thread.start()
    stream = Stream(near)
    stream.wrap(unverified_context(), "localhost")
    stream.shake_hands(Deadline(5))
    thread.join()
    stream.close()
    far.close()
