"""Lines as people paste them, of mail programs' logs and outputs: cause, stage, and facts in the words."""

import time
from pathlib import Path

import pytest

from console.diagnosis import explain
from console.diagnosis.text_facts import PATTERNS, facts_near

TABLE = Path(__file__).with_name("pasted_lines.txt")
ROWS = [
    row.split(" | ", 3) for row in TABLE.read_text("utf-8").splitlines() if row and not row.startswith("#")
]
POSTFIX = "Nov 20 10:00:00 acme postfix/smtp[123]: 4ABC: to=<amdin@example.com>, "


@pytest.mark.parametrize(("entry", "stage", "words", "text"), ROWS)
def test_a_pasted_line_is_understood_with_its_facts(entry: str, stage: str, words: str, text: str) -> None:
    (found,) = explain(text.replace("\\n", "\n").replace("\\t", "\t"))
    assert (found.id, str(found.stage)) == (entry, stage)
    assert words in found.cause


def test_the_table_is_read() -> None:
    assert len(ROWS) > 40


def test_a_line_of_a_log_takes_no_facts_of_another_mail() -> None:
    other = POSTFIX + "relay=other.example.net[192.0.2.9]:26, status=sent (250 2.0.0 Ok)\n"
    (found,) = explain(
        other + "Nov 20 10:00:01 acme postfix/smtp[5]: status=deferred (Connection refused)\n" + other
    )
    assert "other.example.net" not in found.cause


def test_a_port_goes_with_its_own_host() -> None:
    text = "=== Trying other.example.net:26...\ncannot connect to smtp.example.com: Connection refused"
    facts = facts_near(text, text.index("Connection refused"))
    assert facts["host"] == "smtp.example.com"
    assert "port" not in facts


def test_the_nearest_of_two_is_meant() -> None:
    text = "> RCPT TO:<one@example.com>\n< 250 ok\n> RCPT TO:<two@example.com>\n< 550 5.1.1 no such user"
    assert "two@example.com" in explain(text)[0].cause


def test_what_stands_nowhere_is_not_made_up() -> None:
    assert facts_near("550 5.1.1 User unknown", 0) == {}


@pytest.mark.parametrize("piece", ["a", "a.", "<a", "-", "to=<", "MAIL FROM:", " ", "(", "x@", "Trying a."])
def test_no_pattern_is_slow_on_hostile_text(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    begun = time.process_time()
    for pattern in PATTERNS:
        list(pattern.finditer(text))
    assert time.process_time() - begun < 4


def test_a_text_full_of_replies_is_read_in_time() -> None:
    text = "550-5.1.1 <a@b.example>: Recipient address rejected: User unknown\n" * 15_000
    begun = time.process_time()
    explain(text)
    assert time.process_time() - begun < 8


def test_a_folded_line_keeps_its_hyphens_when_there_is_no_code() -> None:
    (found,) = explain("5.7.57 Client not authenticated\n    to send mail - really")
    assert found.said == "5.7.57 Client not authenticated to send mail - really"
