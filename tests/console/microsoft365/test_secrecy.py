"""No token, secret, code or device_code in any log, error, transcript, repr or traceback: canaries look."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.deadline import Deadline
from console.microsoft365.sign_in import DeviceSignIn, SignedIn
from console.microsoft365.tokens import renew, token_source
from console.sandbox.https_server import Reply, Request
from console.secret import Secret
from console.verdict import SignInError
from tests.support.microsoft365 import Scripted, World, scripted_world, secrets_on_disk, with_locals

WAIT = 20.0
CANARIES = ("access-canary", "refresh-canary", "id-canary", "device-canary", "client-secret-canary")


@pytest.fixture(autouse=True)
def everything_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Listen to every logger at its most talkative; nothing of it may hold a canary."""
    caplog.set_level(logging.DEBUG)
    for name in ("msal", "msal.application", "msal.oauth2cli.oauth2", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield
    out, err = capfd.readouterr()
    must_be_clean(caplog.text + out + err)


def must_be_clean(text: str) -> None:
    for canary in CANARIES:
        assert canary not in text, text[max(0, text.index(canary) - 200) :][:400]


def echo(request: Request) -> Reply:
    """Refuse, and say back whatever was sent, as careless services do."""
    said = " ".join(f"{key}={value}" for key, value in request.form().items())
    shape = {"error": "invalid_grant", "error_description": f"AADSTS1: you sent {said}", "suberror": said}
    return Reply.json(400, shape)


def test_an_echoing_service(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra(device_code="device-canary")
    service.on("/token", echo)
    sign_in = DeviceSignIn(world.engine, world.settings, clock=world.clock)
    code = sign_in.start(world.deadline)
    assert code.user_code not in repr(code)
    must_be_clean(repr(code))
    state = sign_in.poll(world.deadline)
    must_be_clean(repr(state))
    assert "***" in repr(state)


def signed_in(service: Scripted, root: Path) -> World:
    world = scripted_world(service, root)
    service.is_entra(device_code="device-canary")
    tokens = {"access_token": "access-canary-1", "refresh_token": "refresh-canary-1", "expires_in": 3600}
    service.on("/token", Reply.json(200, {**tokens, "scope": "https://outlook.office.com/SMTP.Send"}))
    sign_in = world.begin()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, SignedIn)
    must_be_clean(repr(state))
    must_be_clean(repr(sign_in.keep(state.result)))
    return world


@pytest.mark.parametrize(
    "answer",
    [
        echo,
        lambda request: Reply(200, request.body, "text/plain"),
        lambda request: Reply.html(502, request.body.decode()),
        lambda request: Reply.html(200, f"<html><title>{request.body.decode()}</title></html>"),
        lambda request: Reply(200, b"[" * 100_000, "application/json"),
        lambda _request: Reply.json(200, {"access_token": 5, "refresh_token": ["refresh-canary"]}),
        lambda _request: Reply.json(200, {"access_token": "access-canary-2", "expires_in": "never"}),
        lambda _request: Reply.json(200, {"access_token": "access-canary-2", "id_token": "id-canary"}),
    ],
)
def test_renewals_that_go_wrong(service: Scripted, root: Path, answer: object) -> None:
    world = signed_in(service, root)
    service.on("/token", answer)  # type: ignore[arg-type]
    with pytest.raises(SignInError) as caught:
        renew(world.engine, world.settings, Deadline(WAIT))
    must_be_clean(f"{caught.value!r} {caught.value} {caught.value.failure} {caught.value.__cause__!r}")
    must_be_clean(with_locals(caught.value))


def test_an_apps_secret(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root, mail_transport="graph-app")
    world.engine.secrets.put("microsoft365.client_secret", Secret("client-secret-canary"))
    service.is_entra()
    service.on("/token", echo)
    with pytest.raises(SignInError) as caught:
        renew(world.engine, world.settings, Deadline(WAIT))
    must_be_clean(f"{caught.value!r} {caught.value.failure}")
    must_be_clean(with_locals(caught.value))
    assert "***" in caught.value.failure.text


def test_reprs_of_what_is_kept(service: Scripted, root: Path) -> None:
    world = signed_in(service, root)
    source = token_source(world.engine, world.settings)
    must_be_clean(repr(source()) + repr(source) + repr(world.engine))
    from console.microsoft365.record import read_record

    must_be_clean(repr(read_record(world.engine.secrets, "delegated")))


def test_only_the_files_that_may_hold_tokens_do(service: Scripted, root: Path) -> None:
    signed_in(service, root)
    holders = {name for name, text in secrets_on_disk(root).items() if any(one in text for one in CANARIES)}
    assert {Path(name).name for name in holders} == {"token-cache", "access-token", "token.json"}
    refresh = {name for name, text in secrets_on_disk(root).items() if "refresh-canary" in text}
    assert {Path(name).name for name in refresh} == {"token-cache"}
