"""Plain words are read as argparse reads them, and nothing that argparse would refuse is taken."""

import argparse

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.cli import send
from console.cli.parser import parser_for
from console.cli.plain import PlainArguments
from console.errors import UsageError

OPTIONS = ["--to", "--cc", "--bcc", "--reply-to", "-s", "--subject", "--text", "--html", "--attach"]
OPTIONS += ["--header", "--raw", "-t", "-v", "--verbose", "--json"]
STRANGE = [
    "--",
    "-",
    "",
    "-x",
    "--sub",
    "--to=a@b.c",
    "-sx",
    "-tv",
    "-1",
    "-a b",
    "--root",
    "--sandbox",
    "-h",
]
WORDS = st.lists(
    st.one_of(
        st.sampled_from(OPTIONS),
        st.sampled_from(["ops@contoso.com", "a@b.c", "-"]),
        st.sampled_from(STRANGE),
        st.text(max_size=3),
    ),
    max_size=6,
)


def by_argparse(words: list[str]) -> dict[str, object] | None:
    """Return what argparse makes of the words of ``send``; None: it refuses them, or prints its help."""
    parser = parser_for("send", "x")
    send.arguments(parser)
    try:
        return vars(parser.read(words))
    except (UsageError, argparse.ArgumentError, SystemExit):
        return None


def plainly(words: list[str]) -> dict[str, object] | None:
    """Return what is read of them without argparse; None: it gives up."""
    plain = PlainArguments()
    send.arguments(plain)  # type: ignore[arg-type]  # it takes the same declarations
    read = plain.read(words)
    return None if read is None else vars(read)


@given(WORDS)
@example(["a@b.c", "-s", "x", "d@e.f"])
@example(["-s", "-", "-"])
@example(["--to", "a@b.c", "--to", "d@e.f"])
def test_what_is_read_is_what_argparse_reads(words: list[str]) -> None:
    read = plainly(words)
    if read is not None:
        assert read == by_argparse(words)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["ops@contoso.com", "a@b.c"],
        ["-s", "a subject", "ops@contoso.com"],
        ["ops@contoso.com", "--subject", "a subject", "-v", "--json"],
        ["--to", "a@b.c", "--cc", "d@e.f", "--to", "g@h.i", "--text", "-", "--attach", "/etc/hostname"],
        ["--raw", "-t"],
        ["--header", "X-One: 1", "--reply-to", "", "a@b.c"],
        ["a@b.c", "-s", "a subject", "d@e.f", "-v", "g@h.i"],
    ],
)
def test_what_scripts_write_is_read(words: list[str]) -> None:
    assert plainly(words) == by_argparse(words) is not None


def test_recipients_stand_on_both_sides_of_options_but_none_is_read_behind_two_dashes() -> None:
    read = by_argparse(["a@b.c", "-s", "x", "d@e.f", "--header=X: y", "g@h.i"])
    assert read is not None
    assert read["recipients"] == ["a@b.c", "d@e.f", "g@h.i"]
    read = by_argparse(["-s", "x", "--", "-v", "--json"])
    assert read is not None
    assert (read["recipients"], read["json"]) == (["-v", "--json"], False)


@pytest.mark.parametrize(
    "words", [["-h"], ["--sub", "x"], ["-s"], ["-sx"], ["--to=a@b.c"], ["--", "a"], ["--root", "/"]]
)
def test_whatever_else_is_left_to_argparse(words: list[str]) -> None:
    assert plainly(words) is None


def test_defaults_are_not_shared() -> None:
    plain = PlainArguments()
    plain.add_argument("--to", action="append", default=[])
    for _ in range(2):
        read = plain.read(["--to", "a@b.c"])
        assert read is not None
        assert read.to == ["a@b.c"]


def test_only_the_simplest_kinds_have_a_place() -> None:
    plain = PlainArguments()
    with pytest.raises(ValueError, match="which is not plain"):
        plain.add_argument("which")
    with pytest.raises(ValueError, match="count is not plain"):
        plain.add_argument("-q", action="count")
    with pytest.raises(TypeError):
        plain.add_argument("--number", type=int)  # type: ignore[call-arg]
