"""The YAML reader: whatever the file holds, a tree or a sentence with its line, soon and in little memory."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.settings.problems import SettingsError
from console.settings.yaml_read import Scalar, Section, read_yaml


def refused(raw: bytes) -> tuple[int | None, str]:
    with pytest.raises(SettingsError) as caught:
        read_yaml(raw, "x.yaml")
    (problem,) = caught.value.problems
    assert problem.file == "x.yaml"
    return problem.line, problem.what


def test_a_tree_knows_its_lines() -> None:
    root = read_yaml(b"version: 1\nsmtp:\n  # note\n  port: 25\n  host: 'a'\n", "x").root
    smtp = root.entries[1].tree
    assert isinstance(smtp, Section)
    assert [(one.key, one.line, one.tree) for one in smtp.entries] == [
        ("port", 4, Scalar("25", "number", 4, 25)),
        ("host", 5, Scalar("a", "text", 5, "a")),
    ]


@pytest.mark.parametrize("raw", [b"", b"# only a comment\n", b"---\n", b"~\n", b"\xef\xbb\xbf"])
def test_nothing_in_it_is_no_error(raw: bytes) -> None:
    assert read_yaml(raw, "x").root.entries == ()


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        (b"a: 1\nb: \xff\n", 2, "not UTF-8"),
        (b"a: 1\n\tb: 2\n", 2, "tab"),
        (b"a: \x00\n", 1, "control character"),
        (b"a: 1\nb: \x1b[2J\n", 2, "control character"),
        (b"a: &x 1\nb: *x\n", 2, "Aliases"),
        (b"a: 1\n---\nb: 2\n", 2, "more than one document"),
        (b"a: 'open\n", 2, "not YAML"),
        (b"a: [1, 2\n", 2, "not YAML"),
        (b"- a\n- b\n", 1, "key: value"),
        (b"just text\n", 1, "key: value"),
        (b"a:\n  b:\n    c:\n      d:\n        e: 1\n", 5, "too deep"),
        (b"%YAML 9.9\n---\na: 1\n", 1, "not YAML"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(raw: bytes, line: int, what: str) -> None:
    found, said = refused(raw)
    assert what in said
    assert found == line


def test_a_billion_laughs_costs_nothing() -> None:
    bomb = b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    for name in "bcdefghi":
        bomb += f"{name}: &{name} [{','.join(['*' + chr(ord(name) - 1)] * 9)}]\n".encode()
    began = time.monotonic()
    assert "Aliases" in refused(bomb)[1]
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "raw", [b"[" * 200_000, b"a: " * 50_000, b"- " * 100_000, b"{a: " * 60_000, b"? " * 90_000]
)
def test_deep_nesting_ends_soon(raw: bytes) -> None:
    began = time.monotonic()
    refused(raw)
    assert time.monotonic() - began < 5


def test_keys_that_stand_twice_and_tags_are_all_told() -> None:
    document = read_yaml(b"a: 1\nb: !!python/object/apply:os.system [id]\na: 2\n[x]: 3\n", "x")
    assert [(one.line, one.key) for one in document.problems] == [(2, ""), (3, "a"), (4, "")]
    assert "first in line 1" in document.problems[1].what


def test_a_key_that_stands_twice_is_named_with_its_section() -> None:
    (problem,) = read_yaml(b"mail:\n  sender: a\n  sender: b\n", "x").problems
    assert problem.key == "mail.sender"


@pytest.mark.parametrize(
    ("raw", "notes"),
    [
        (b"a: # why\n  b: 1\n", ((1, "# why"),)),
        (b"a: {b: 1} # why\n", ((1, "# why"),)),
        (b"a:\n  b: [1] # why \nc: x#y\n", ((2, "# why"),)),
        (b'a: "x # text\n  more" # why\n', ((2, "# why"),)),
        (b"a: #: ours\n  b: 1\n", ()),
    ],
)
def test_a_comment_behind_a_sections_name_or_a_bracket_is_kept(
    raw: bytes, notes: tuple[tuple[int, str], ...]
) -> None:
    assert read_yaml(raw, "x").notes == notes


def test_an_operators_comments_are_found_and_no_others() -> None:
    raw = b'# top\n#: ours\na: "x # no comment" # behind\nb: |\n  # inside\n  text\n#last\n'
    assert read_yaml(raw, "x").notes == ((1, "# top"), (3, "# behind"), (7, "#last"))


@given(st.binary(max_size=200))
@example(b"a: 2001-99-99")
@example(b"a: !!int x")
@example(b"a: !!bool maybe")
@example(b"? a\n: b")
@example(b"a: 0b")
@example(b"a: 1:99:99")
@example("a: \x85b".encode())
@example(b"!!map [a]")
@example(b"!!str {a: b}")
@settings(max_examples=300)
def test_any_octets_end_in_a_tree_or_in_problems(raw: bytes) -> None:
    try:
        read_yaml(raw, "x")
    except SettingsError as error:
        assert error.problems
        assert "\x1b" not in str(error)


@given(st.text("abz:-[]{}#&*!|>'\"%@`?,~ \n\t019", max_size=120))
@settings(max_examples=300)
def test_any_yaml_like_text_ends_in_a_tree_or_in_problems(text: str) -> None:
    try:
        read_yaml(text.encode(), "x")
    except SettingsError as error:
        assert error.problems
