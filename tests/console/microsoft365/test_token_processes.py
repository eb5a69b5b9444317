"""The token store under other processes: twenty at once, killed, a full disk, a hostile environment."""

import json
import os
import time
from pathlib import Path

import pytest

from console.deadline import Deadline
from console.microsoft365.tokens import renew, token_source
from console.sandbox.https_server import Reply, Request
from tests.support.children import run_python, start_python
from tests.support.microsoft365 import World, age, refresh_token_of, settings_typed

WAIT = 20.0

PROGRAM = """
import sys
from pathlib import Path
from console.deadline import Deadline
from console.engine import open_engine
from console.microsoft365.tokens import renew, token_source
engine = open_engine(Path(sys.argv[1]))
settings = engine.settings.load()
"""


@pytest.fixture
def on_disk(world: World) -> World:
    """Return a world whose settings are all in the file, so that other processes find them."""
    world.engine.settings.change(settings_typed(world.box))
    world.sign_in()
    return world


def root_of(world: World) -> str:
    return str(world.engine.paths.settings.parents[2])


@pytest.mark.parametrize("number", [2, 20])
def test_many_processes_make_one_request_and_get_the_same_token(on_disk: World, number: int) -> None:
    age(on_disk, 10)
    asked: list[str] = []
    answer = on_disk.box.entra.answer

    def counted(request: Request) -> Reply | None:
        if request.path.endswith("/token"):
            asked.append(request.form().get("refresh_token", ""))
        return answer(request)

    on_disk.box.entra.answer = counted  # type: ignore[method-assign]
    try:
        program = PROGRAM + "print(token_source(engine, settings)().reveal())"
        children = [start_python(program, root_of(on_disk)) for _ in range(number)]
        given = {child.communicate(timeout=60)[0].decode().strip() for child in children}
    finally:
        on_disk.box.entra.answer = answer  # type: ignore[method-assign]
    assert len(given) == 1
    assert len(asked) == 1
    assert given == {token_source(on_disk.engine, on_disk.settings)().reveal()}


def test_many_processes_that_must_renew_lose_nothing(on_disk: World) -> None:
    children = [
        start_python(PROGRAM + "renew(engine, settings, Deadline(50)); print('ok')", root_of(on_disk))
        for _ in range(6)
    ]
    assert [child.communicate(timeout=60)[0].strip() for child in children] == [b"ok"] * 6
    assert renew(on_disk.engine, on_disk.settings, Deadline(WAIT)).was_renewed


def test_killed_at_any_instant_the_sign_in_is_whole(on_disk: World) -> None:
    """A loop of renewals is killed again and again; what is on disk can always be renewed."""
    program = PROGRAM + "print('on', flush=True)\nwhile True: renew(engine, settings, Deadline(50))"
    for pause in (0.0, 0.013, 0.041, 0.087, 0.13, 0.21):
        child = start_python(program, root_of(on_disk))
        assert child.stdout is not None
        assert child.stdout.readline() == b"on\n"
        time.sleep(pause)  # the instant of the kill is the point, not a wait
        child.kill()
        child.communicate()
        assert renew(on_disk.engine, on_disk.settings, Deadline(WAIT)).was_renewed
        json.loads(on_disk.engine.paths.token_file.read_text())
    left = {path.name for path in on_disk.engine.paths.secrets.iterdir()}
    assert left == {"token-cache", "access-token", ".token-lock"}


def test_full_disk_loses_nothing_and_says_so(on_disk: World) -> None:
    before, refresh = token_source(on_disk.engine, on_disk.settings)(), refresh_token_of(on_disk)
    asked: list[str] = []
    answer = on_disk.box.entra.answer

    def counted(request: Request) -> Reply | None:
        asked.append(request.path)
        return answer(request)

    on_disk.box.entra.answer = counted  # type: ignore[method-assign]
    program = PROGRAM + (
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from console.errors import FileError\n"
        "try: renew(engine, settings, Deadline(50))\n"
        "except FileError as error: print(error.code)"
    )
    try:
        code = run_python(program, root_of(on_disk), limit=4096).strip()
    finally:
        on_disk.box.entra.answer = answer  # type: ignore[method-assign]
    assert code.startswith("local.")
    assert not [path for path in asked if path.endswith("/token")], "the refresh token was not even redeemed"
    assert refresh_token_of(on_disk) == refresh
    assert token_source(on_disk.engine, on_disk.settings)() == before
    assert renew(on_disk.engine, on_disk.settings, Deadline(WAIT)).was_renewed


def test_a_live_token_needs_no_msal(on_disk: World) -> None:
    program = PROGRAM + (
        "token_source(engine, settings)()\n"
        "from console.microsoft365.tokens import sign_in_status; sign_in_status(engine, settings)\n"
        "heavy = {'msal', 'requests', 'urllib3', 'cryptography', 'yaml', 'qrcode', 'jwt', 'textual'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert run_python(program, root_of(on_disk)).strip() == "[]"


def test_environment_cannot_change_whom_is_trusted(on_disk: World, tmp_path: Path) -> None:
    """REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE override a requests session's CA; ours they do not."""
    hostile = {
        name: str(tmp_path / "missing.pem")
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
    }
    proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")
    program = (
        f"import os; os.environ.update({ {**hostile, **proxies, 'MSAL_FORCE_REGION': 'westus'}!r})\n"
        + PROGRAM
        + "print(renew(engine, settings, Deadline(50)).was_renewed)"
    )
    assert run_python(program, root_of(on_disk)).strip() == "True"
    assert "REQUESTS_CA_BUNDLE" not in os.environ
