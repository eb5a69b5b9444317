"""Every refusal of the sign-in service that the sandbox can play ends in a finding that knows it."""

import pytest

from console.deadline import Deadline
from console.diagnosis import diagnose, with_settings
from console.microsoft365.sign_in import Declined, Lapsed, Refused, SignedIn, Slowed, Unreachable, Waiting
from console.microsoft365.tokens import renew
from console.sandbox.directory import CLIENT_SECRET
from console.sandbox.scenarios import scenarios
from console.secret import Secret
from console.verdict import Failure, SignInError
from tests.support.microsoft365 import World

NUMBERED = sorted(name for name in scenarios() if name.startswith("aadsts-"))
GOES_ON = {"aadsts-70016"}
"""Pending: no refusal."""

_LAPSED = {"aadsts-70020", "aadsts-70019"}


def by_code(world: World, *, is_approved: bool = True) -> Failure | None:
    """Return what a sign-in with a code fails with; None when it goes on waiting for ever."""
    try:
        sign_in = world.begin()
        if is_approved:
            world.box.phone.approve()
        for _ in range(3):
            state = sign_in.poll(world.deadline)
            if not isinstance(state, Waiting | Slowed):
                break
    except SignInError as error:
        return error.failure
    if isinstance(state, Refused | Declined | Lapsed | Unreachable):
        return state.failure
    assert isinstance(state, Waiting), state
    return None


def by_renewal(world: World) -> Failure | None:
    """Return what a renewal fails with, None when it succeeds."""
    try:
        renew(world.engine, world.settings, Deadline(20))
    except SignInError as error:
        return error.failure
    return None


@pytest.mark.parametrize("name", [name for name in NUMBERED if name not in GOES_ON])
def test_every_number_has_its_finding(world: World, name: str) -> None:
    number = name.removeprefix("aadsts-")
    world.sign_in()
    world.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))
    world.box.set_fault(name)
    failures = [by_code(world), by_renewal(world)]
    world.set(mail_transport="graph-app")
    failures.append(by_renewal(world))
    told = [failure for failure in failures if failure is not None]
    numbers = {code for failure in told for code in failure.error_codes}
    assert number in numbers or name in _LAPSED
    for failure in told:
        if number in failure.error_codes:
            assert diagnose(with_settings(failure, world.settings))[0].id != "unknown"


@pytest.mark.parametrize(
    ("name", "finding"),
    [
        ("public-client-flows-off", "public-client-flows-off"),
        ("app-not-found", None),
        ("tenant-not-found", None),
        ("consent-missing", None),
        ("user-not-assigned", None),
        ("conditional-access", "conditional-access"),
        ("declined", "sign-in-declined"),
        ("captive-portal", None),
    ],
)
def test_named_scenarios_of_signing_in(world: World, name: str, finding: str | None) -> None:
    world.box.set_fault(name)
    failure = by_code(world, is_approved=name != "declined")
    assert failure is not None
    found = diagnose(with_settings(failure, world.settings))[0]
    assert found.id == finding if finding else found.id != "unknown"


@pytest.mark.parametrize(
    "name", ["mfa-on-refresh", "revoked", "inactive", "sign-in-frequency", "device-flow-blocked"]
)
def test_named_scenarios_of_renewing(world: World, name: str) -> None:
    world.sign_in()
    world.box.set_fault(name)
    failure = by_renewal(world)
    assert failure is not None
    found = diagnose(with_settings(failure, world.settings))[0]
    assert found.id != "unknown"
    assert any("ign in again" in step for step in found.fix)


def test_faults_of_polling_are_shown_and_the_wait_goes_on(world: World) -> None:
    for name, shown in (("slow-down", Slowed), ("polling-503", Unreachable)):
        world.box.set_fault(name)
        sign_in = world.begin()
        states = [sign_in.poll(world.deadline) for _ in range(3)]
        assert any(isinstance(state, shown) for state in states)
        assert all(isinstance(state, shown | Waiting) for state in states)
        world.box.set_fault(None)
        ended = world.begin()
        world.box.phone.approve()
        assert isinstance(ended.poll(world.deadline), SignedIn)
