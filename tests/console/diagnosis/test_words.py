"""Words filled with facts, which are not trusted."""

import pytest

from console.diagnosis import settings_facts, with_settings
from console.diagnosis.words import filled, unknown_names
from console.settings.model import Settings
from console.transcript import Stage
from console.verdict import Failure


@pytest.mark.parametrize(
    ("words", "facts", "expected"),
    [
        ("{host} said no.", {"host": "mx.example.com"}, "mx.example.com said no."),
        (
            "{host} went. {host} came; {host}.",
            {},
            "The mail server went. The mail server came; the mail server.",
        ),
        ("Ask {host:SERVER}.", {}, "Ask SERVER."),
        ("Ask {host:SERVER}.", {"host": "x"}, "Ask x."),
        ("-Identity {'mailbox':MAILBOX}", {}, "-Identity 'MAILBOX'"),
        ("-Identity {'mailbox':MAILBOX}", {"mailbox": "a'; rm -rf /; '@b"}, "-Identity 'a; rm -rf /; @b'"),
        ("-Identity {'mailbox'}", {"mailbox": "a\u2019b$(x)"}, "-Identity 'ab$(x)'"),
        ("{host}", {"host": "\x1b[2J\nx"}, "\\x1b[2J\\nx"),
        ("{host}", {"host": "{port}"}, "{port}"),
        ("{nothing}", {}, "Nothing"),
    ],
)
def test_words_are_filled(words: str, facts: dict[str, str], expected: str) -> None:
    assert filled(words, facts) == expected


def test_a_long_fact_is_cut() -> None:
    assert len(filled("{host}", {"host": "x" * 5000})) < 300


def test_unknown_names_are_told() -> None:
    assert unknown_names("{host} {hsot} {'mailbox':X}") == ("hsot",)
    assert unknown_names("a { b") != ()


def test_settings_lend_their_values_to_a_failure() -> None:
    settings = Settings().with_values(
        {"mail.transport": "graph", "mail.sender": "alerts@contoso.com", "microsoft365.tenant": "contoso.com"}
    )
    failure = with_settings(Failure(Stage.GRAPH, "graph.error", facts={"tenant": "other"}), settings)
    assert failure.facts["mailbox"] == "alerts@contoso.com"
    assert failure.facts["tenant"] == "other"
    assert "client_id" not in failure.facts
    assert "mailbox" not in settings_facts(Settings().with_values({"mail.sender": "a@b.c"}))
