"""A sandbox that finds its ports taken runs at others, and what was signed in still holds."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from console.__main__ import FrontOptions
from console.cli.session import Session
from console.engine import Engine
from console.microsoft365.record import KEYS
from console.microsoft365.tokens import renew, sign_in_status
from console.sandbox.box import _PORTS, Sandbox
from console.sandbox.directory import CLIENT_SECRET
from console.sandbox.held_port import HeldPort
from console.sandbox.kept import Kept
from console.sandbox.moved import take_along
from console.secret import Secret
from console.secret_store import SecretStore
from tests.support.cli import run_cli
from tests.support.microsoft365 import World, running_box, world_of


def keep_free_ports(folder: Path) -> set[int]:
    """Let a sandbox in `folder` run at ports that no other test's sandbox asks for."""
    folder.mkdir()
    with ExitStack() as stack:
        free = {name: stack.enter_context(HeldPort("127.0.0.1", 0)).number for name in _PORTS}
    Kept(folder / "kept.json").put("ports", free)
    return set(free.values())


@contextmanager
def signed_in_elsewhere(root: Path, transport: str) -> Iterator[str]:
    """Sign in below `root`, stop, take the ports; yield where the sign-in service was."""
    ports = keep_free_ports(root / "sandbox")
    with running_box(root / "sandbox") as box:
        world = world_of(box, root, transport)
        if transport == "microsoft365":
            world.sign_in()
        else:
            world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
            renew(world.engine, world.settings, world.deadline)
        assert set(box._ports.values()) == ports
        authority = box.addresses.authority
    with ExitStack() as stack:
        assert {stack.enter_context(HeldPort("127.0.0.1", port)).number for port in ports} == ports
        yield authority


def session_below(root: Path) -> Session:
    front = FrontOptions()
    front.root, front.is_sandbox = str(root), True
    return Session(front)


def status_of(engine: Engine) -> tuple[bool, tuple[str, ...]]:
    status = sign_in_status(engine, engine.settings.load())
    return status.is_signed_in, status.warnings


@pytest.mark.parametrize("transport", ["microsoft365", "graph-app"])
def test_a_sign_in_holds_at_other_ports_and_can_be_renewed_there(root: Path, transport: str) -> None:
    with signed_in_elsewhere(root, transport) as before, session_below(root) as session:
        assert session.engine is not None
        assert isinstance(session.sandbox, Sandbox)
        assert session.sandbox.addresses.authority != before
        assert status_of(session.engine) == (True, ())
        world = World(session.sandbox, session.engine)
        assert renew(world.engine, world.settings, world.deadline).was_renewed
        assert status_of(session.engine) == (True, ())


def test_a_mail_goes_out_at_other_ports(root: Path) -> None:
    with signed_in_elsewhere(root, "microsoft365"):
        ended = run_cli("--sandbox", "--root", root, "test", "--to", "admin@contoso.com")
    assert (ended.code, ended.err) == (0, ""), ended


def test_nothing_is_written_where_nothing_moved(root: Path) -> None:
    store = SecretStore(root / "secrets")
    key = KEYS["delegated"]
    store.put(key, Secret('{"authority": "https://localhost:2443/contoso.com"}'))
    before = store.path(key).stat().st_mtime_ns, store.path(key).stat().st_ino
    take_along(store, "https://localhost:2443")
    assert (store.path(key).stat().st_mtime_ns, store.path(key).stat().st_ino) == before


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"not JSON"])
def test_a_damaged_store_is_left_to_the_console(root: Path, content: bytes) -> None:
    store = SecretStore(root / "secrets")
    store.path("token-cache").parent.mkdir()
    store.path("token-cache").write_bytes(content)
    take_along(store, "https://localhost:2443")
    assert store.path("token-cache").read_bytes() == content
