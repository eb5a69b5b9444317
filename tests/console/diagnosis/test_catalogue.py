"""The catalogue's own examples, and that every failure kind and every known number leads somewhere."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.diagnosis import catalogue, diagnose, explain
from console.diagnosis.entry import CatalogueEntry, without_suffix
from console.diagnosis.loading import FOLDER
from console.diagnosis.realms import REALMS, realm
from console.transcript import Stage
from console.verdict import Failure, Who

KINDS = [
    "dns.not-found",
    "dns.timeout",
    "dns.failed",
    "connect.refused",
    "connect.timeout",
    "connect.unreachable",
    "connect.reset",
    "connect.failed",
    "tls.not-offered",
    "tls.self-signed",
    "tls.untrusted",
    "tls.expired",
    "tls.not-yet-valid",
    "tls.wrong-name",
    "tls.version",
    "tls.fingerprint",
    "tls.plain-server",
    "tls.ca-file",
    "tls.handshake",
    "smtp.closed",
    "smtp.timeout",
    "smtp.garbage",
    "smtp.line-too-long",
    "smtp.tls-server",
    "auth.not-offered",
    "auth.no-common-mechanism",
    "auth.password-without-tls",
    "auth.no-password",
    "auth.bad-challenge",
    "message.too-large",
    "message.smtputf8-not-offered",
    "message.8bit-not-offered",
    "message.no-last-word",
    "deadline",
    "local.mail-off",
    "local.settings",
    "local.secret",
    "local.file",
    "local.no-host",
    "local.no-sender",
    "local.no-recipient",
    "local.log-not-written",
    "internal",
    "oauth.error",
    "oauth.unreachable",
    "oauth.captive-portal",
    "oauth.proxy",
    "oauth.tls",
    "oauth.tls-inspection",
    "oauth.clock",
    "oauth.not-signed-in",
    "oauth.wrong-account",
    "oauth.missing-scope",
    "oauth.wrong-audience",
    "oauth.no-roles",
    "oauth.lapsed",
    "oauth.declined",
    "oauth.cache-corrupt",
    "app.secret-empty",
    "app.secret-is-id",
    "app.certificate-missing",
    "app.certificate-mismatch",
    "app.certificate-expired",
    "app.certificate-not-yet-valid",
    "app.certificate-not-rsa",
    "app.certificate-pass-phrase",
    "graph.error",
    "graph.too-large",
    "graph.not-202",
]
STUMPS = [
    "(the error)",
    "(the limit)",
    "(too large)",
    "(the sign-in method)",
    "(none that fits)",
    "account the user",
    "address the From",
    "app the client ID",
    "mailbox the recipient",
    "named the mail server",
]
EXAMPLES = [
    pytest.param(entry, example, id=f"{name}-{entry.id}-{number}")
    for name in REALMS
    for entry in realm(name)
    for number, example in enumerate(entry.examples)
]


@pytest.mark.parametrize(("entry", "example"), EXAMPLES)
def test_every_example_leads_to_its_entry(entry: CatalogueEntry, example: str | Failure) -> None:
    findings = explain(example) if isinstance(example, str) else diagnose(example)
    assert findings[0].id == entry.id
    assert findings[0].cause
    assert findings[0].fix


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_failure_is_known(kind: str) -> None:
    assert diagnose(Failure(Stage.LOCAL, kind))[0].id != "unknown"


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("code", [421, 450, 451, 452, 500, 502, 530, 535, 550, 552, 554])
def test_every_reply_at_every_stage_is_known(stage: Stage, code: int) -> None:
    (finding,) = diagnose(Failure(stage, "smtp.reply", f"{code} no", code))
    assert finding.id != "unknown"
    assert finding.stage is stage


def test_all_files_are_loaded() -> None:
    assert {f"{name}.yaml" for name in REALMS} == {path.name for path in FOLDER.iterdir()}


def test_no_file_is_longer_than_can_be_read_at_a_sitting() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.read_text("utf-8").count("\n") > 400} == set()


def test_what_is_not_known_is_said_plainly() -> None:
    (finding,) = diagnose(Failure(Stage.DATA, "no.such-kind", "it said this"))
    assert finding.id == "unknown"
    assert finding.said == "it said this"
    assert finding.fix


def test_the_most_specific_entry_wins() -> None:
    def found(**more: object) -> str:
        return diagnose(Failure(Stage.AUTH, "smtp.reply", reply_code=535, **more))[0].id  # type: ignore[arg-type]

    disabled = "SmtpClientAuthentication is disabled for the Tenant."
    assert found() == "wrong-password"
    assert found(facts={"mechanism": "XOAUTH2"}) == "token-refused"
    assert found(enhanced_code="5.7.139") == "conditional-access"
    assert found(enhanced_code="5.7.139", text=f"535 5.7.139 …, {disabled}") == "smtp-auth-disabled-tenant"


def test_the_request_suffix_of_exchange_changes_nothing() -> None:
    suffix = " [FR0P281CA0123.DEUP281.PROD.OUTLOOK.COM 2026-11-20T10:00:00.000Z 08DE27F1]"
    assert (
        without_suffix("535 5.7.3 Authentication unsuccessful" + suffix)
        == "535 5.7.3 Authentication unsuccessful"
    )
    assert without_suffix("550 [192.0.2.1] is listed") == "550 [192.0.2.1] is listed"
    (finding,) = diagnose(Failure(Stage.AUTH, "smtp.reply", "535 5.7.3 no" + suffix, 535, "5.7.3"))
    assert finding.said.endswith("08DE27F1]")  # support wants it


def test_words_name_this_appliances_own_values() -> None:
    facts = {"mailbox": "alerts@contoso.com", "client_id": "6a9ff3c7"}
    failure = Failure(Stage.AUTH, "smtp.reply", "535 5.7.3 no", 535, "5.7.3", facts=facts)
    text = " ".join(diagnose(failure)[0].fix)
    assert "Set-CASMailbox -Identity 'alerts@contoso.com' -SmtpClientAuthenticationDisabled $false" in text
    assert "New-ServicePrincipal -AppId '6a9ff3c7'" in text


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.id)
def test_words_read_well_with_and_without_facts(entry: CatalogueEntry) -> None:
    from console.diagnosis.finding import finding_of
    from console.diagnosis.words import NEUTRAL

    for facts in ({}, dict.fromkeys(NEUTRAL, "VALUE")):
        finding = finding_of(entry, Failure(entry.stage, "x", facts=facts))
        for words in (finding.cause, *finding.fix):
            assert "{" not in words
            assert "  " not in words
            assert "the the " not in words.lower()
            assert "mailbox the mailbox" not in words.lower()
            assert words[0] == words[0].upper()
            assert words.isprintable()
        assert finding.cause.endswith(".")


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.id)
def test_what_is_not_known_leaves_no_stump(entry: CatalogueEntry) -> None:
    """Words in brackets say something, and a noun is not followed by its own neutral words."""
    from console.diagnosis.finding import finding_of

    finding = finding_of(entry, Failure(entry.stage, "x"))
    for words in (finding.cause, *finding.fix):
        assert [stump for stump in STUMPS if stump in words] == []


def test_everybody_named_exists() -> None:
    recorded_earlier = {Who.PROVIDER}  # in send logs that were written before nothing said it any more
    assert {entry.who for entry in catalogue()} == set(Who) - recorded_earlier


def test_knowing_nothing_loads_nothing() -> None:
    program = "import sys, console.diagnosis, console.delivery, console.sendlog; print('yaml' in sys.modules)"
    project = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=project)
    assert done.stdout == "False\n", done.stderr


@given(
    st.builds(
        Failure,
        stage=st.sampled_from(Stage),
        kind=st.one_of(st.sampled_from([*KINDS, "smtp.reply"]), st.text(max_size=30)),
        text=st.text(max_size=300),
        reply_code=st.one_of(st.none(), st.integers(0, 999)),
        enhanced_code=st.from_regex(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}|", fullmatch=True),
        error_codes=st.lists(st.text(max_size=12), max_size=3).map(tuple),
        facts=st.dictionaries(
            st.sampled_from(["host", "port", "mailbox", "mechanism"]), st.text(max_size=50)
        ),
    )
)
@settings(max_examples=200)
def test_every_failure_has_a_finding(failure: Failure) -> None:
    findings = diagnose(failure)
    assert findings
    for finding in findings:
        assert "\x1b" not in "".join([finding.cause, finding.said, *finding.fix])
