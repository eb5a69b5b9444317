"""``explain``: what is known is explained, what is not is said plainly."""

from tests.support.cli import FINDING, run_cli


def test_a_known_error_is_explained() -> None:
    ended = run_cli(
        "explain", stdin="535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled"
    )
    assert ended.code == 0
    assert "Cause:" in ended.out
    assert "Fix, by the" in ended.out
    shape = run_cli("explain", "--json", stdin="535 5.7.139 SmtpClientAuthentication is disabled")
    assert list(shape.json["findings"][0]) == FINDING


def test_an_unknown_text_is_said_to_be_unknown() -> None:
    ended = run_cli("explain", stdin="the cat sat on the mat")
    assert (ended.code, ended.out.startswith("Unknown:")) == (1, True)
    shape = run_cli("explain", "--json", stdin="the cat sat on the mat")
    assert (shape.code, shape.json["findings"]) == (1, [])


def test_hostile_text_is_no_harm() -> None:
    ended = run_cli("explain", stdin=b"535 \x1b]52;c;aGk=\x07 \xff\xfe 5.7.3 [red]boo" * 1000)
    assert "\x1b" not in ended.out
    assert "Traceback" not in ended.err


def test_more_than_is_sensible_is_wrong_data_not_a_missing_file() -> None:
    ended = run_cli("explain", stdin=b"x" * ((4 << 20) + 1))
    assert ended.code == 65
    assert "longer than 4 MiB" in ended.err
    assert "tail -n 1000" in ended.err
