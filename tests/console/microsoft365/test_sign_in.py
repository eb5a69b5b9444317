"""Signing in with a code, over real HTTPS: against the sandbox, and against a service that misbehaves."""

import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from console.deadline import Cancellation, Deadline
from console.errors import CancelledError
from console.microsoft365.sign_in import (
    Decision,
    Declined,
    DeviceSignIn,
    Lapsed,
    Refused,
    SignedIn,
    Slowed,
    Unreachable,
    Waiting,
)
from console.microsoft365.tokens import sign_in_status
from console.sandbox.box import Sandbox
from console.sandbox.certificates import Authority
from console.sandbox.https_server import Reply, Request
from console.verdict import SignInError
from tests.support.microsoft365 import Scripted, World, error, scripted_world

PENDING = error("authorization_pending", 70016)


def test_sign_in_to_the_end(world: World) -> None:
    sign_in = DeviceSignIn(world.engine, world.settings, clock=world.clock)
    code = sign_in.start(world.deadline)
    assert code.verification_uri == world.box.addresses.device_page
    assert code.picture == code.verification_uri
    assert sign_in.seconds_left() == pytest.approx(900)
    assert isinstance(sign_in.poll(world.deadline), Waiting)
    world.box.phone.approve()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, SignedIn)
    assert state.result.grant.account == "alerts@contoso.com"
    assert state.result.grant.audience == "https://outlook.office.com"
    assert state.result.fit.is_good
    assert not sign_in_status(world.engine, world.settings).is_signed_in, "nothing is stored before keep"
    renewal = sign_in.keep(state.result)
    assert renewal.token_file_problem is None
    assert sign_in_status(world.engine, world.settings).account == "alerts@contoso.com"


def test_plain_openid_connect_issuer(world: World) -> None:
    world.set(microsoft365_authority=world.box.addresses.issuer + "/", microsoft365_oidc="true")
    world.sign_in()
    assert sign_in_status(world.engine, world.settings).is_signed_in


def test_first_poll_comes_at_once_then_one_an_interval(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra(interval=7)
    service.on("/token", PENDING)
    sign_in = world.begin()
    assert isinstance(sign_in.poll(world.deadline), Waiting)
    assert world.clock.slept == [], "a misconfigured app is found before anybody walks to a phone"
    for _ in range(3):
        sign_in.poll(world.deadline)
    assert world.clock.slept == [pytest.approx(7)] * 3
    assert service.count("/token") == 4


@pytest.mark.parametrize(("interval", "seconds"), [(0, 1), (-5, 1), (3600, 60), ("8", 8)])
def test_interval_is_clamped(service: Scripted, root: Path, interval: object, seconds: float) -> None:
    world = scripted_world(service, root)
    service.is_entra(interval=interval)
    service.on("/token", PENDING)
    sign_in = world.begin()
    sign_in.poll(world.deadline)
    sign_in.poll(world.deadline)
    assert world.clock.slept == [pytest.approx(seconds)]


def test_slow_down_adds_five_seconds_each_time_for_good(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.in_turn("/token", error("slow_down"), error("slow_down"), PENDING)
    sign_in = world.begin()
    states = [sign_in.poll(world.deadline) for _ in range(4)]
    assert [type(state) for state in states] == [Slowed, Slowed, Waiting, Waiting]
    assert world.clock.slept == [pytest.approx(10), pytest.approx(15), pytest.approx(15)]


def test_retry_after_on_a_pending_answer_is_honoured_and_not_cached(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    asked = Reply.json(400, {"error": "authorization_pending"}, [("Retry-After", "30")])
    service.in_turn("/token", asked, error("authorization_declined"))
    sign_in = world.begin()
    assert isinstance(sign_in.poll(world.deadline), Slowed)
    assert isinstance(sign_in.poll(world.deadline), Declined), "MSAL would answer from its own cache"
    assert world.clock.slept == [pytest.approx(30)]


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (Reply.json(503, {}, [("Retry-After", "12")]), "oauth.unreachable", 12),
        (Reply(502, b"<html>Bad gateway</html>", "text/html"), "oauth.unreachable", 5),
        (Reply.json(429, {"error": "temporarily_unavailable"}), "oauth.error", 5),
        (Reply.html(200, "<html><title>Hotel</title></html>"), "oauth.captive-portal", 5),
        (Reply(302, b"", "", (("Location", "http://portal.test/login"),)), "oauth.captive-portal", 5),
        (Reply.html(403, "<html><title>Blocked</title></html>"), "oauth.proxy", 5),
    ],
)
def test_faults_between_polls_are_survived(
    service: Scripted, root: Path, answer: Reply, kind: str, wait: float
) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.in_turn("/token", answer, PENDING)
    sign_in = world.begin()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, Unreachable)
    assert state.failure.kind == kind
    assert isinstance(sign_in.poll(world.deadline), Waiting)
    assert world.clock.slept == [pytest.approx(wait)]


def test_service_that_goes_away_and_comes_back(authority: Authority, root: Path) -> None:
    service = Scripted(authority)
    world = scripted_world(service, root)
    service.is_entra()
    sign_in = world.begin()
    service.close()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, Unreachable)
    assert state.failure.facts["cause"] == "connect.refused"


def test_code_lapses_by_our_clock_and_a_new_one_is_asked_for(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra(expires_in=60, interval=25)
    service.on("/token", PENDING)
    sign_in = world.begin()
    states = [sign_in.poll(world.deadline) for _ in range(4)]
    assert [type(state) for state in states] == [Waiting, Waiting, Waiting, Lapsed]
    assert sum(world.clock.slept) == pytest.approx(60), "the last wait ends with the code"
    with pytest.raises(SignInError):
        sign_in.poll(world.deadline)
    sign_in.start(world.deadline)
    assert isinstance(sign_in.poll(world.deadline), Waiting)


@pytest.mark.parametrize("answer", [error("expired_token", 70019), error("invalid_grant", 70020)])
def test_lapsed_by_the_servers_clock(service: Scripted, root: Path, answer: Reply) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.on("/token", answer)
    assert isinstance(world.begin().poll(world.deadline), Lapsed)


@pytest.mark.parametrize(
    ("error_name", "codes", "ending", "finding"),
    [
        ("authorization_declined", (), Declined, "sign-in-declined"),
        ("access_denied", (), Declined, "sign-in-declined"),
        ("invalid_grant", (65004,), Declined, "sign-in-declined"),
        ("invalid_client", (7000218,), Refused, "public-client-flows-off"),
        ("invalid_grant", (53003,), Refused, "conditional-access"),
        ("access_denied", (53003,), Refused, "conditional-access"),
        ("bad_verification_code", (70018,), Refused, None),
        ("never_heard_of", (), Refused, None),
    ],
)
def test_endings_carry_their_finding(
    service: Scripted, root: Path, error_name: str, codes: tuple[int, ...], ending: type, finding: str | None
) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.on("/token", error(error_name, *codes))
    state = world.begin().poll(world.deadline)
    assert isinstance(state, ending)
    assert isinstance(state, Declined | Refused)
    assert state.failure.error_codes == tuple(map(str, codes))
    assert state.failure.facts["trace_id"] == "t-1"
    if finding:
        assert state.findings[0].id == finding
    assert state.findings


def test_a_fix_in_the_portal_shows_at_once(service: Scripted, root: Path) -> None:
    """MSAL answers a 400 from its own cache for 60 s; the second attempt must reach the service."""
    world = scripted_world(service, root)
    service.is_entra()
    good = service._answers["/devicecode"]
    service.on("/devicecode", error("unauthorized_client", 700016))
    sign_in = DeviceSignIn(world.engine, world.settings, clock=world.clock)
    with pytest.raises(SignInError) as caught:
        sign_in.start(world.deadline)
    assert caught.value.failure.error_codes == ("700016",)
    service.on("/devicecode", good)
    assert sign_in.start(world.deadline).user_code == "BMS4RWVV8"


@pytest.mark.parametrize(
    "flaw",
    [
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "https://a.test/\x1b[2J"},
        {"verification_uri": None},
        {"user_code": ""},
        {"device_code": None},
        {"expires_in": "soon"},
    ],
)
def test_unusable_code_is_a_finding(service: Scripted, root: Path, flaw: dict[str, object]) -> None:
    world = scripted_world(service, root)
    service.is_entra(**flaw)
    with pytest.raises(SignInError) as caught:
        world.begin()
    assert caught.value.failure.kind == "oauth.error"


def test_what_is_shown_is_printable(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra(user_code="A\x1b]52;c;ZXZpbA\x07B", message="\x1b[31m" + "m" * 5000)
    sign_in = DeviceSignIn(world.engine, world.settings, clock=world.clock)
    code = sign_in.start(world.deadline)
    assert "\x1b" not in code.user_code + code.message
    assert len(code.message) < 500


def test_wrong_account_is_never_stored_silently(world: World) -> None:
    sign_in = world.begin()
    world.box.phone.wrong_account()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, SignedIn)
    assert state.result.fit.is_wrong_account
    with pytest.raises(SignInError) as caught:
        sign_in.keep(state.result)
    assert caught.value.failure.kind == "oauth.wrong-account"
    assert not world.engine.secrets.has("token-cache")
    sign_in.keep(state.result, Decision.SEND_AS)
    assert world.settings.mailbox == "admin@contoso.com"
    assert world.settings.mail.sender == "alerts@contoso.com"
    assert sign_in_status(world.engine, world.settings).is_signed_in


def test_account_can_become_the_sender(world: World) -> None:
    sign_in = world.begin()
    world.box.phone.wrong_account()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, SignedIn)
    sign_in.keep(state.result, Decision.USE_ACCOUNT)
    assert world.settings.mail.sender == world.settings.mailbox == "admin@contoso.com"


def test_empty_sender_is_filled_from_the_account(world: World) -> None:
    world.set(mail_sender="")
    world.sign_in()
    assert world.settings.mail.sender == "alerts@contoso.com"


def test_dropped_scope_stops_whatever_is_decided(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.on("/token", Reply.json(200, {"access_token": "opaque", "scope": "openid", "expires_in": 60}))
    sign_in = world.begin()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, SignedIn)
    for decision in Decision:
        with pytest.raises(SignInError) as caught:
            sign_in.keep(state.result, decision)
        assert caught.value.failure.kind == "oauth.missing-scope"


def test_forgetting_leaves_nothing(world: World) -> None:
    sign_in = world.begin()
    world.box.phone.approve()
    state = sign_in.poll(world.deadline)
    assert isinstance(state, SignedIn)
    sign_in.forget()
    with pytest.raises(SignInError):
        sign_in.keep(state.result)
    assert not world.engine.secrets.has("token-cache")


def test_an_app_transport_has_no_code(world: World) -> None:
    settings = world.set(mail_transport="graph-app")
    with pytest.raises(SignInError, match="without a code"):
        DeviceSignIn(world.engine, settings)


def test_cancel_ends_a_wait_at_once(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra(interval=60)
    service.on("/token", PENDING)
    sign_in = DeviceSignIn(world.engine, world.settings)
    cancellation = Cancellation()
    deadline = Deadline(60, cancellation)
    sign_in.start(deadline)
    sign_in.poll(deadline)
    threading.Timer(0.1, cancellation.cancel).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        sign_in.poll(deadline)
    assert time.monotonic() - began < 2.0


def test_cancel_ends_a_request_under_way_at_once(service: Scripted, root: Path) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    is_asked, may_end = threading.Event(), threading.Event()

    def hang(_request: object) -> Reply:
        is_asked.set()
        may_end.wait(10)
        return PENDING

    service.on("/token", hang)
    cancellation = Cancellation()
    sign_in = DeviceSignIn(world.engine, world.settings)
    deadline = Deadline(60, cancellation)
    sign_in.start(deadline)

    def stop() -> None:
        is_asked.wait(10)
        cancellation.cancel()

    threading.Thread(target=stop).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        sign_in.poll(deadline)
    assert time.monotonic() - began < 5.0
    may_end.set()


def test_approval_is_seen_within_interval_and_a_second(tmp_path: Path, root: Path) -> None:
    """By the real clock, measured at the server: never early, never late."""
    from tests.support.microsoft365 import world_of

    with Sandbox.start(tmp_path / "box", interval=2) as box:
        world = world_of(box, root)
        polls: list[float] = []
        answer = box.entra.answer

        def timed(request: Request) -> Reply | None:
            if request.path.endswith("/token"):
                polls.append(time.monotonic())
            return answer(request)

        box.entra.answer = timed  # type: ignore[method-assign]
        sign_in = DeviceSignIn(world.engine, world.settings)
        deadline = Deadline(30)
        sign_in.start(deadline)
        assert isinstance(sign_in.poll(deadline), Waiting)
        assert isinstance(sign_in.poll(deadline), Waiting)
        box.phone.approve()
        approved = time.monotonic()
        assert isinstance(sign_in.poll(deadline), SignedIn)
        assert time.monotonic() - approved < 2 + 1
        gaps = [later - earlier for earlier, later in pairwise(polls)]
        assert len(gaps) == 2
        assert min(gaps) >= 2.0


def test_a_wrong_clock_is_a_warning_after_the_sign_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from console.microsoft365 import http

    sign_in = world.begin()
    world.box.phone.approve()
    monkeypatch.setattr(http, "_clock_offset", lambda _date: -3 * 86400.0)
    state = sign_in.poll(world.deadline)
    assert isinstance(state, SignedIn)
    assert state.result.fit.is_good
    (warning,) = state.result.fit.warnings
    assert (warning.kind, warning.text) == ("oauth.clock", "This appliance's clock is about 3 days ahead.")
    assert state.result.fit.findings()[0].id != "unknown"


def test_setting_the_wall_clock_changes_nothing(
    service: Scripted, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = scripted_world(service, root)
    service.is_entra()
    service.on("/token", PENDING)
    sign_in = world.begin()
    real = time.time
    for year in (365 * 86400, -365 * 86400):
        monkeypatch.setattr(time, "time", lambda year=year: real() + year)
        assert isinstance(sign_in.poll(world.deadline), Waiting)
    assert sign_in.seconds_left() > 0
