"""A console beside a sandbox, with a clock that tests move; and web services that say what a test wants."""

import json
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.appliance import Profile
from console.deadline import Cancellation, Deadline
from console.engine import Engine, open_engine
from console.microsoft365.record import read_record, write_record
from console.microsoft365.sign_in import DeviceSignIn, SignedIn
from console.sandbox.box import Sandbox
from console.sandbox.certificates import Authority
from console.sandbox.https_server import HttpsServer, Reply, Request
from console.settings.model import Settings
from console.values import replace

SECONDS = 20.0


class Clock:
    """Monotonic seconds that pass only when somebody sleeps by `deadline`."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def deadline(self, cancellation: Cancellation | None = None) -> Deadline:
        """Return a deadline of an hour on this clock, whose sleeps take no time."""
        clock = self

        class Stepping(Deadline):
            def sleep(self, seconds: float) -> None:
                self.check()
                clock.slept.append(seconds)
                clock.now += seconds
                self.check()

        return Stepping(3600.0, cancellation, clock)


@dataclass
class World:
    """A console whose settings point at a sandbox."""

    box: Sandbox
    engine: Engine
    clock: Clock = field(default_factory=Clock)

    def set(self, **typed: str) -> Settings:
        """Change settings, ``mail_transport="graph"`` for ``mail.transport``, and return all."""
        return self.engine.settings.change({key.replace("_", ".", 1): text for key, text in typed.items()})

    @property
    def settings(self) -> Settings:
        """The settings as they are on disk."""
        return self.engine.settings.load()

    def begin(self) -> DeviceSignIn:
        """Return a sign-in with a code that was asked for already."""
        sign_in = DeviceSignIn(self.engine, self.settings, clock=self.clock)
        sign_in.start(self.deadline)
        return sign_in

    @property
    def deadline(self) -> Deadline:
        """A deadline on the world's clock."""
        return self.clock.deadline()

    def sign_in(self) -> None:
        """Sign in as the sender, all the way."""
        sign_in = self.begin()
        self.box.phone.approve()
        state = sign_in.poll(self.deadline)
        assert isinstance(state, SignedIn), state
        sign_in.keep(state.result)


@contextmanager
def running_box(folder: Path) -> Iterator[Sandbox]:
    """Yield a sandbox whose codes may be polled at any pace; it must not have crashed in the end."""
    with Sandbox.start(folder, interval=0) as box:
        yield box
        assert not box.https.crashes


def world_of(box: Sandbox, root: Path, transport: str = "microsoft365") -> World:
    """Return a fresh console beside a running sandbox, mail on."""
    box.set_fault(None)
    engine = open_engine(root, profile=box.profile, is_sandbox=True)
    world = World(box, engine)
    world.set(mail_enabled="true", mail_transport=transport)
    return world


def settings_typed(box: Sandbox) -> dict[str, str]:
    """Return what a person would type to point a console at the sandbox."""
    return {key: str(value) for key, value in box.profile.defaults.items()}


class Scripted:
    """An HTTPS service on loopback that answers as the test says, and keeps what it was asked.

    Attributes:
        asked: Every request, oldest first.
        base: ``https://localhost:PORT``.
    """

    def __init__(self, authority: Authority, names: tuple[str, ...] = ("localhost",), **flaws: bool) -> None:
        self.asked: list[Request] = []
        self._lock = threading.Lock()
        self._answers: dict[str, Callable[[Request], Reply]] = {}
        self.ca_file = authority.ca_file
        pair = authority.issue(names, **flaws)
        self._server = HttpsServer(self._answer, authority.server_context(pair))
        self.base = f"https://localhost:{self._server.port}"

    def on(self, ending: str, answer: Reply | Callable[[Request], Reply]) -> None:
        """Answer requests whose path ends so."""
        self._answers[ending] = answer if callable(answer) else lambda _request: answer

    def in_turn(self, ending: str, *answers: Reply) -> None:
        """Answer with one after the other, the last one for ever."""
        left = list(answers)
        self.on(ending, lambda _request: left.pop(0) if len(left) > 1 else left[0])

    def is_entra(self, **more: object) -> None:
        """Answer discovery as Entra ID does, and a code as told."""
        tenant = f"{self.base}/contoso.com"
        endpoints = {
            "issuer": f"{tenant}/v2.0",
            "authorization_endpoint": f"{tenant}/authorize",
            "token_endpoint": f"{tenant}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{tenant}/oauth2/v2.0/devicecode",
        }
        self.on("/openid-configuration", Reply.json(200, endpoints))
        code = {
            "user_code": "BMS4RWVV8",
            "device_code": "the-device-code-canary",
            "verification_uri": f"{self.base}/device",
            "expires_in": 900,
            "interval": 5,
            "message": "Open the page.",
        }
        self.on("/devicecode", Reply.json(200, {**code, **more}))

    def _answer(self, request: Request) -> Reply:
        with self._lock:
            self.asked.append(request)
        for ending, answer in self._answers.items():
            if request.path.endswith(ending):
                return answer(request)
        return Reply(404, b"nothing here", "text/plain")

    def count(self, ending: str) -> int:
        """Return how often such a path was asked for."""
        return sum(request.path.endswith(ending) for request in self.asked)

    def close(self) -> None:
        """Stop."""
        self._server.close()


def error(name: str, *codes: int, **more: Any) -> Reply:
    """Return Entra ID's error answer."""
    text = "".join(f"AADSTS{code}: Something. " for code in codes[:1]) + "Trace ID: 1 Correlation ID: 2"
    shape = {"error": name, "error_description": text, "error_codes": list(codes), "trace_id": "t-1", **more}
    return Reply.json(400, shape)


def scripted_world(service: Scripted, root: Path, **typed: str) -> World:
    """Return a console that takes the scripted service for its sign-in service."""
    defaults: Mapping[str, object] = {
        "mail.sender": "alerts@contoso.com",
        "mail.enabled": True,
        "mail.transport": "microsoft365",
        "microsoft365.tenant": "contoso.com",
        "microsoft365.client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
        "microsoft365.authority": service.base,
        "network.ca_file": str(service.ca_file),
    }
    engine = open_engine(root, profile=Profile(defaults=defaults))
    world = World(None, engine)  # type: ignore[arg-type]  # no sandbox: nobody plays a phone
    if typed:
        world.set(**typed)
    return world


def with_locals(error: BaseException) -> str:
    """Return what a crash report with local variables shows of an error, without the test's own frame."""
    begin = error.__traceback__.tb_next if error.__traceback__ else None
    return "".join(traceback.TracebackException(type(error), error, begin, capture_locals=True).format())


def secrets_on_disk(folder: Path) -> dict[str, str]:
    """Return every file below a folder as text, for canary searches."""
    return {
        str(path.relative_to(folder)): path.read_text("utf-8", "replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def cache_of(world: World) -> Any:
    """Return the token cache on disk, parsed."""
    kept = world.engine.secrets.get("token-cache")
    assert kept is not None
    return json.loads(kept.reveal())


def refresh_token_of(world: World) -> str:
    """Return the refresh token on disk."""
    tokens = list(cache_of(world)["RefreshToken"].values())
    assert len(tokens) == 1
    return str(tokens[0]["secret"])


def age(world: World, seconds: float) -> None:
    """Let the access token on disk end `seconds` from now."""
    record = read_record(world.engine.secrets, "delegated")
    assert record is not None
    end = time.time() + seconds
    write_record(world.engine.secrets, replace(record, renewed_at=end - 3600, expires_at=end))


def token_answer(token: str, **more: object) -> Reply:
    """Return a good token answer of a service without ID tokens."""
    scope = "https://outlook.office.com/SMTP.Send"
    shape = {
        "access_token": token,
        "refresh_token": f"refresh-of-{token}",
        "expires_in": 3600,
        "scope": scope,
    }
    return Reply.json(200, {"token_type": "Bearer", **shape, **more})


def finish(world: World) -> None:
    """Sign in at a service that says yes at once."""
    sign_in = world.begin()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, SignedIn), state
    sign_in.keep(state.result)
