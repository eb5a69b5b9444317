"""Words filled with facts, which are not trusted."""

from pathlib import Path

import pytest

from console.diagnosis import catalogue, diagnose, with_settings
from console.diagnosis.facts import settings_facts
from console.diagnosis.words import filled, unknown_names
from console.microsoft365 import clouds
from console.settings.model import Settings
from console.transcript import Stage
from console.verdict import Failure, Who


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


def test_octets_are_said_as_people_say_them() -> None:
    facts = {"size": "5592405", "limit": "4194304"}
    assert filled("{size} of {limit}", facts) == "5.3 MiB of 4.0 MiB"
    assert filled("{size} of {limit}", {"size": "1536", "limit": "12"}) == "1.5 KiB of 12 octets"
    assert filled("{size}, {limit}, {port}", {"size": "9" * 200, "limit": "30 s", "port": "2048"}) == (
        "9" * 200 + ", 30 s, 2048"
    )


def test_portals_are_those_of_the_clouds() -> None:
    from console.diagnosis.facts import PORTALS
    from console.microsoft365.clouds import CLOUDS

    for name, cloud in CLOUDS.items():
        expected = cloud.portal.removeprefix("https://")
        assert PORTALS.get(name, "entra.microsoft.com") == (expected or "entra.microsoft.com")


def test_a_fix_names_the_portal_of_the_cloud_chosen() -> None:
    typed = {"mail.transport": "microsoft365", "microsoft365.cloud": "china"}
    known = Settings().with_values(typed)
    failure = with_settings(Failure(Stage.SIGN_IN, "oauth.error", error_codes=("7000112",)), known)
    (finding,) = diagnose(failure)
    assert finding.fix[0].startswith("Go to entra.microsoftonline.cn > Enterprise applications")
    assert not [entry.id for entry in catalogue() if " entra.microsoft.com" in " ".join(entry.fix)]


def test_the_last_day_of_the_secret_is_not_that_of_a_certificate() -> None:
    typed = {"mail.transport": "office365-app", "microsoft365.client_secret_expires": "2028-05-31"}
    known = Settings().with_values(typed)
    (finding,) = diagnose(with_settings(Failure(Stage.TLS, "tls.expired"), known))
    assert "2028" not in finding.cause


@pytest.mark.parametrize(
    ("failure", "entry"),
    [
        (Failure(Stage.DNS, "dns.timeout"), "graph-unreachable"),
        (Failure(Stage.CONNECT, "connect.timeout"), "graph-unreachable"),
        (Failure(Stage.TLS, "tls.expired"), "graph-tls-failed"),
        (Failure(Stage.TLS, "tls.ca-file"), "ca-file-unusable"),
        (Failure(Stage.CONNECT, "oauth.proxy"), "proxy-refuses"),
    ],
)
def test_graph_that_cannot_be_reached_is_no_mail_server(failure: Failure, entry: str) -> None:
    for transport in ("graph", "graph-app"):
        known = Settings().with_values({"mail.transport": transport})
        (finding,) = diagnose(with_settings(failure, known))
        assert finding.id == entry
        assert "587" not in " ".join(finding.fix)
        assert "mail server" not in finding.cause


def test_a_filter_that_refuses_is_not_called_a_proxy_that_is_set() -> None:
    (finding,) = diagnose(Failure(Stage.SIGN_IN, "oauth.proxy", facts={"host": "login.example.com"}))
    assert finding.cause.startswith("The web proxy or a filter on the way cannot be reached")


def test_a_sign_in_for_another_tenant_is_not_nobodys() -> None:
    said = "The sign-in is for another tenant, app or cloud."
    (finding,) = diagnose(Failure(Stage.SIGN_IN, "oauth.not-signed-in", said))
    assert finding.id == "sign-in-is-for-another"
    assert said[:-1] in (Path(clouds.__file__).parent / "tokens.py").read_text("utf-8")


def test_who_mends_a_fault_of_the_console_is_no_mail_provider() -> None:
    assert {entry.who for entry in catalogue() if entry.id in ("internal", "graph-mime-refused")} == {
        Who.OPERATOR
    }


def test_the_log_that_cannot_be_written_is_named_where_it_lies() -> None:
    for said in ("The disk is full: /srv/acme/log/mail.log.jsonl.", "/srv/acme/log cannot be opened: No."):
        (finding,) = diagnose(Failure(Stage.LOCAL, "local.log-not-written", said))
        assert "ls -la '/srv/acme/log'" in finding.fix[1]
    (finding,) = diagnose(Failure(Stage.LOCAL, "local.log-not-written", "no room"))
    assert "/var/log" not in " ".join(finding.fix)
