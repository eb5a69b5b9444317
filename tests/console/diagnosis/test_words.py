"""Words filled with facts, which are not trusted."""

import pytest

from console.diagnosis import catalogue, settings_facts, with_settings
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


@pytest.mark.parametrize(
    "failure",
    [
        Failure(Stage.CONNECT, "oauth.proxy"),
        Failure(Stage.SIGN_IN, "deadline"),
        Failure(Stage.GRAPH, "graph.error"),
    ],
)
def test_the_mail_server_does_not_stand_in_for_the_sign_in_service(failure: Failure) -> None:
    known = Settings().with_values({"mail.transport": "microsoft365", "mail.sender": "alerts@contoso.com"})
    facts = with_settings(failure, known).facts
    assert "host" not in facts
    assert "port" not in facts
    assert facts["sender"] == "alerts@contoso.com"


def test_port_of_the_settings_is_not_put_to_another_host() -> None:
    known = Settings().with_values({"smtp.host": "mail.example.com", "smtp.port": 2525})
    assert with_settings(Failure(Stage.DATA, "smtp.reply"), known).facts["port"] == "2525"
    elsewhere = Failure(Stage.CONNECT, "connect.refused", facts={"host": "proxy.example.com"})
    assert "port" not in with_settings(elsewhere, known).facts


def test_no_word_names_a_port_of_https_that_the_failure_may_contradict() -> None:
    words = "\n".join(" ".join((entry.cause, *entry.fix)) for entry in catalogue())
    assert "{port:443}" in words
    assert "443" not in words.replace("port:443}", "").replace("'port':443}", "")
