"""Codes and their clock: lifetime, interval, slow_down."""

import pytest

from console.errors import UsageError
from console.sandbox.device_codes import KEPT, Answer, DeviceCodes
from console.sandbox.directory import SENDER
from console.sandbox.phone import Phone


class Clock:
    """A clock one sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def codes(clock: Clock) -> DeviceCodes:
    return DeviceCodes(lifetime=900, interval=5, clock=clock)


def test_code_lapses_after_its_lifetime(codes: DeviceCodes, clock: Clock) -> None:
    code = codes.issue("app", "scope")
    clock.now += 899.9
    assert not codes.is_lapsed(code)
    clock.now += 0.1
    assert codes.is_lapsed(code)
    assert not codes.settle(code, Answer.APPROVED, SENDER)
    assert codes.waiting() == ()


def test_first_poll_may_come_at_once_the_next_after_the_interval(codes: DeviceCodes, clock: Clock) -> None:
    code = codes.issue("app", "scope")
    assert codes.note_poll(code)
    clock.now += 4.6
    assert codes.note_poll(code)
    clock.now += 4.4
    assert not codes.note_poll(code)


def test_every_early_poll_adds_five_seconds(codes: DeviceCodes, clock: Clock) -> None:
    code = codes.issue("app", "scope")
    codes.note_poll(code)
    assert [codes.note_poll(code), code.interval] == [False, 10]
    assert [codes.note_poll(code), code.interval] == [False, 15]
    clock.now += 14.6
    assert codes.note_poll(code)


def test_code_is_typed_as_people_type(codes: DeviceCodes) -> None:
    code = codes.issue("app", "scope")
    typed = f" {code.user_code[:4].lower()}-{code.user_code[4:]} "
    assert codes.of_user(typed) is code
    assert codes.of_user("") is None


def test_answer_is_given_once_and_redeemed_once(codes: DeviceCodes) -> None:
    code = codes.issue("app", "scope")
    assert not codes.redeem(code)
    assert codes.settle(code, Answer.APPROVED, SENDER)
    assert not codes.settle(code, Answer.DECLINED)
    assert codes.redeem(code)
    assert not codes.redeem(code)


def test_codes_are_bounded(codes: DeviceCodes) -> None:
    first = codes.issue("app", "scope")
    for _ in range(KEPT):
        codes.issue("app", "scope")
    assert codes.of_device(first.device_code) is None
    assert len(codes.waiting()) == KEPT


def test_phone_answers_the_newest(codes: DeviceCodes) -> None:
    older, newer = codes.issue("app", "scope"), codes.issue("app", "scope")
    phone = Phone(codes)
    assert phone.waiting() == (newer.user_code, older.user_code)
    assert phone.approve("REPORTS@contoso.com") == newer.user_code
    assert newer.account is not None and newer.account.address == "reports@contoso.com"
    assert phone.decline() == older.user_code
    with pytest.raises(UsageError, match="No code waits"):
        phone.approve()


def test_phone_knows_its_accounts(codes: DeviceCodes) -> None:
    codes.issue("app", "scope")
    with pytest.raises(UsageError, match="no account"):
        Phone(codes).approve("nobody@example.com")
