"""What real servers say leads to its cause; the table is `words_of_servers.txt`, by source."""

from pathlib import Path

import pytest

from console.diagnosis import catalogue, diagnose, explain
from console.diagnosis.text_replies import replies_in
from console.transcript import Stage
from console.values import replace
from console.verdict import Who

TABLE = Path(__file__).with_name("words_of_servers.txt")
ROWS = [
    row.split(" | ", 2) for row in TABLE.read_text("utf-8").splitlines() if row and not row.startswith("#")
]
WHO = {
    "account-may-not-send": Who.ACCOUNT_OWNER,
    "address-blocked": Who.NETWORK,
    "address-incomplete": Who.OPERATOR,
    "address-not-registered": Who.ACCOUNT_OWNER,
    "attachment-refused": Who.OPERATOR,
    "block-list-misused": Who.MAIL_ADMIN,
    "client-not-allowed": Who.MAIL_ADMIN,
    "connector-not-recognised": Who.MICROSOFT365_ADMIN,
    "ehlo-name-refused": Who.OPERATOR,
    "encryption-needed": Who.OPERATOR,
    "greylisting": Who.NOBODY,
    "mail-loop": Who.MAIL_ADMIN,
    "message-expired": Who.MAIL_ADMIN,
    "message-malformed": Who.OPERATOR,
    "recipient-domain-unknown": Who.OPERATOR,
    "recipient-later": Who.NOBODY,
    "recipient-mailbox-full": Who.RECIPIENT,
    "recipient-restricted": Who.MAIL_ADMIN,
    "recipient-switched-off": Who.RECIPIENT,
    "recipient-unknown": Who.OPERATOR,
    "relay-denied": Who.MAIL_ADMIN,
    "sender-not-verified": Who.ACCOUNT_OWNER,
    "sending-limit": Who.ACCOUNT_OWNER,
    "server-at-fault": Who.MAIL_ADMIN,
    "server-busy": Who.NOBODY,
    "server-gave-up-waiting": Who.NETWORK,
    "sign-in-service-at-fault": Who.MAIL_ADMIN,
    "spoofing-refused": Who.MAIL_ADMIN,
    "test-account-only": Who.ACCOUNT_OWNER,
    "too-many-sign-ins": Who.OPERATOR,
    "traffic-put-off": Who.NETWORK,
    "web-sign-in-needed": Who.ACCOUNT_OWNER,
    "wrong-password": Who.OPERATOR,
}


def test_the_table_is_read() -> None:
    assert len(ROWS) > 200
    assert {entry for entry, _, _ in ROWS} <= {entry.id for entry in catalogue()}


@pytest.mark.parametrize(("entry", "stage", "line"), ROWS)
def test_a_line_has_its_cause_and_stage(entry: str, stage: str, line: str) -> None:
    findings = explain(line.replace("\\n", "\n"))
    assert [(one.id, str(one.stage)) for one in findings] == [(entry, stage)]


@pytest.mark.parametrize(("entry", "stage", "line"), ROWS)
def test_the_same_words_have_the_same_cause_when_this_appliance_meets_them(
    entry: str, stage: str, line: str
) -> None:
    """What a transport hands over is one reply with its codes; the words decide there too."""
    (reply,) = replies_in(line.replace("\\n", "\n"))
    (finding,) = diagnose(reply.failure)
    vague = {one.id for one in catalogue() if one.is_vague}
    assert finding.id == entry or (entry in vague and finding.id in vague), stage


@pytest.mark.parametrize("entry", sorted(WHO))
def test_who_can_mend_it(entry: str) -> None:
    assert {one.who for one in catalogue() if one.id == entry} == {WHO[entry]}


@pytest.mark.parametrize("stage", [Stage.SENDER, Stage.RECIPIENT, Stage.DATA])
@pytest.mark.parametrize(("entry", "_stage", "line"), ROWS)
def test_what_is_said_late_means_the_same(entry: str, _stage: str, line: str, stage: Stage) -> None:
    """Servers put a refusal off until the recipient, or the end of the mail (smtpd_delay_reject)."""
    (reply,) = replies_in(line.replace("\\n", "\n"))
    if reply.failure.reply_code in (435, 534, 535) or entry.startswith("refused-"):
        return  # an answer to AUTH, or words that say nothing
    (finding,) = diagnose(replace(reply.failure, stage=stage))
    assert (finding.id, finding.stage) == (entry, stage)
