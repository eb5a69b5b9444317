"""A secret shows itself nowhere, and is taken out of text in every coat protocols put round it."""

import base64
import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict, dataclass
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.secret import MASK, Redactor, Secret

CANARY = 'canary-Zwölf!%&"\\ 7'


@dataclass(frozen=True)
class Login:
    """Something that holds a secret."""

    user: str
    password: Secret


def test_it_shows_itself_as_stars_however_it_is_asked() -> None:
    secret = Secret(CANARY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>9}", f"{[secret]}", "%s" % secret]  # noqa: UP031
    shown += [repr(Login("u", secret)), repr({secret: 1}), repr(vars) + repr(dir(secret))]
    assert not any("canary" in one for one in shown)
    assert f"{secret:>6}" == "   ***"


def test_it_gets_into_no_json_no_pickle_no_copy_as_dict() -> None:
    secret = Secret(CANARY)
    with pytest.raises(TypeError):
        json.dumps({"password": secret})
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert "canary" not in json.dumps({"login": Login("u", secret)}, default=str)
    assert asdict(Login("u", secret))["password"] == secret
    assert copy.deepcopy(secret) == secret


def test_it_gets_into_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").warning("password %s, %r", Secret(CANARY), Login("u", Secret(CANARY)))
    assert MASK in caplog.text
    assert "canary" not in caplog.text


def test_it_gets_into_no_traceback_with_locals() -> None:
    def fail(password: Secret) -> None:
        login = Login("u", password)
        raise RuntimeError(f"no {login}")

    try:
        fail(Secret("canary-17"))
    except RuntimeError as error:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
        frames = [frame for frame in report.stack if frame.name == "fail"]
        assert "password" in str(frames[0].locals)
        assert "canary" not in "".join(map(str, (frame.locals for frame in frames)))
        assert "canary" not in str(error)


def test_equality_and_truth_follow_the_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
    assert not Secret("")
    assert Secret("a").reveal() == "a"


@pytest.mark.parametrize(
    "coat",
    [
        lambda value: value,
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
        lambda value: base64.b64encode(b"\0user@example.com\0" + value.encode()).decode(),
        lambda value: base64.b64encode(b"x" + value.encode() + b"\x01\x01").decode(),
        lambda value: base64.b64encode(b"xy" + value.encode() + b"yyy").decode(),
        lambda value: quote(value, safe=""),
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
    ],
    ids=["plain", "base64", "urlsafe", "auth-plain", "shift-1", "shift-2", "percent", "json", "json-utf8"],
)
@pytest.mark.parametrize("value", [CANARY, "correct-horse-battery", "ÄÖÜ-passwort-ß"])
def test_every_coat_is_taken_off(coat: "object", value: str) -> None:
    redactor = Redactor()
    redactor.add(Secret(value))
    wrapped = coat(value)  # type: ignore[operator]
    cleaned = redactor.redact(f"535 you sent {wrapped} indeed")
    assert MASK in cleaned
    assert value not in cleaned
    # What is left of a longer base64 tells less than four characters of the secret.
    core = wrapped.strip('"=')
    assert core[len(core) // 2 - 3 : len(core) // 2 + 3] not in cleaned


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("value", ["correct-h", "correct-ho", "correct-hor"])
def test_of_longer_base64_only_characters_that_mix_with_what_stands_beside_it_are_left(
    before: int, value: str
) -> None:
    redactor = Redactor()
    redactor.add(Secret(value))
    text = base64.b64encode(b"x" * before + value.encode() + b"yyyyyy").decode()
    start, end = -(-before * 8 // 6), (before + len(value)) * 8 // 6
    assert redactor.redact(text) == text[:start] + MASK + text[end:]


def test_each_line_of_a_key_is_taken_out() -> None:
    lines = ["-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEF", "AASCBKcwggSjAgEAAoIBAQ", ""]
    key = "\n".join(lines)
    redactor = Redactor()
    redactor.add(Secret(key))
    assert "MIIEvQIB" not in redactor.redact("said: MIIEvQIBADANBgkqhkiG9w0BAQEF")


def test_a_longer_secret_goes_before_its_part() -> None:
    redactor = Redactor()
    redactor.add(Secret("horse"))
    redactor.add(Secret("horse-battery"))
    assert redactor.redact("horse-battery") == MASK


def test_short_ones_do_not_tear_words() -> None:
    redactor = Redactor()
    redactor.add(Secret("abc"))
    assert redactor.redact("abcdef") == "abcdef"


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_never_survives(value: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.add(Secret(value))
    cleaned = redactor.redact(f"{before}{value}{after}")
    assert value not in cleaned.replace(MASK, "\0")
