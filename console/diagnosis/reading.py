"""Free text read: an error message, a transcript, some lines of a log, a JSON body.

What is found becomes failures, in the order they appear, and these go through the catalogue like any other.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final

from console.diagnosis.finding import finding_of
from console.diagnosis.text_replies import FoundReply, is_taken, replies_in, some
from console.text import one_line, printable
from console.transcript import Stage
from console.values import dataclass, replace
from console.verdict import Failure, Finding

if TYPE_CHECKING:
    from console.diagnosis.entry import CatalogueEntry

TEXT_LIMIT: Final = 1 << 20
"""Characters read; the rest is left unread."""
_SAID_LIMIT: Final = 400
_PHRASE: Final = "phrase"
"""The kind of a failure that was found by its words."""

_OWN_STAGES: Final = (Stage.LOCAL, Stage.DNS, Stage.CONNECT)
"""Stages of which a server's reply says nothing."""
_AADSTS: Final = re.compile(r"\bAADSTS(\d{3,9})\b")
_ERROR_CODES: Final = re.compile(r"\"error_codes\"\s{0,4}:\s{0,4}\[\s{0,4}(\d{3,9})")
_OAUTH_ERROR: Final = re.compile(r"(?:\"error\"\s{0,4}:\s{0,4}\"|\berror=)([a-z_]{3,40})\b")
_HTTP: Final = re.compile(r"\bHTTP(?:/[\d.]{1,3}| Error| status| code)?:? ?([45]\d\d)\b", re.IGNORECASE)

_OWN_ENTRY: Final = re.compile(r"(?m)^Entry:     ([a-z0-9-]{3,60})$")
_OWN_SAID: Final = re.compile(r"(?m)^Said:      (.{1,400})")
_OWN_SERVER: Final = re.compile(
    r"(?m)^(?:Transport: [a-z0-9-]{1,20}, |Failed at )(?P<host>\S{1,253}):(?P<port>\d{1,5})\b"
)


@dataclass(frozen=True, slots=True)
class _Found:
    """One thing found in the text: a failure, or the entry one of whose phrases stood there."""

    at: int
    failure: Failure
    entry: "CatalogueEntry | None" = None
    reply: "FoundReply | None" = None


def explain(text: str) -> tuple[Finding, ...]:
    """Return what a text tells, in the order it tells it, each thing once; () when nothing is known.

    Understood are SMTP replies, enhanced codes, Entra's AADSTS codes, Graph's error codes, the words of
    Python, OpenSSL, the system, PHPMailer and others, and the console's own transcripts.

    Args:
        text: Anything; at most a mebibyte of it is read.
    """
    from console.diagnosis.text_facts import facts_near

    readable = printable(text[:TEXT_LIMIT])
    found = list(_own_words(readable)) or sorted(_everything(readable), key=lambda one: one.at)
    findings: dict[str, tuple[bool, Finding]] = {}
    for one in found:
        entry = one.entry or _entry(one)
        if entry is not None and entry.id not in findings:
            named = {**facts_near(readable, one.at), **one.failure.facts}
            stage = entry.stage if one.reply is not None and one.reply.is_guess else one.failure.stage
            failure = replace(one.failure, stage=stage, facts=named)
            entry = _with_port(entry, failure)
            findings[entry.id] = entry.is_vague, finding_of(entry, failure)
    exact = tuple(finding for is_vague, finding in findings.values() if not is_vague)
    return exact or tuple(finding for _, finding in findings.values())


def _with_port(entry: "CatalogueEntry", failure: Failure) -> "CatalogueEntry":
    """Return what host and port make of a failed connection: silence at port 25 is a cause apart."""
    from console.diagnosis.realms import best

    kinds = [kind for condition in entry.conditions for kind in condition.kinds if "*" not in kind]
    if entry.stage is not Stage.CONNECT or not kinds or failure.kind != _PHRASE:
        return entry
    return best(replace(failure, kind=kinds[0])) or entry


def _entry(found: _Found) -> "CatalogueEntry | None":
    from console.diagnosis.realms import best

    entry = best(found.failure)
    reply = found.reply
    if entry is None or reply is None:
        return entry
    if reply.is_bare:
        # Three numbers with dots can be anything: only what the catalogue knows by name counts.
        code = found.failure.enhanced_code
        is_known = any(code in condition.enhanced for condition in entry.conditions)
        return entry if is_known else None
    if entry.is_vague and reply.is_guess:
        # Nothing but the guessed stage spoke for it; what is true of every stage is said instead.
        return best(replace(found.failure, stage=Stage.LOCAL))
    return entry


def _own_words(text: str) -> Iterator[_Found]:
    """Yield what this console itself once found, as its log and its commands print it."""
    from console.diagnosis.realms import catalogue

    entries = {entry.id: entry for entry in catalogue()}
    servers = list(some(_OWN_SERVER, text))
    for match in some(_OWN_ENTRY, text):
        if entry := entries.pop(match[1], None):  # each once: a log repeats itself
            said = _OWN_SAID.search(text, max(text.rfind("\nStage:", 0, match.start()), 0), match.start())
            before = [one for one in servers if one.end() <= match.start()]
            facts = before[-1].groupdict() if before else {}
            words = one_line(said[1], _SAID_LIMIT) if said else ""
            yield _Found(match.start(), Failure(entry.stage, "text", words, facts=facts), entry)


def _everything(text: str) -> Iterator[_Found]:
    replies = replies_in(text)
    yield from (_Found(one.at, one.failure, reply=one) for one in replies)
    yield from _entra(text)
    yield from _graph(text)
    yield from _phrases(text, [(one.at, one.end) for one in replies])


def _entra(text: str) -> Iterator[_Found]:
    for pattern in (_AADSTS, _ERROR_CODES):
        for match in some(pattern, text):
            said = _said(text, match.start())
            yield _Found(match.start(), Failure(Stage.SIGN_IN, "oauth.error", said, error_codes=(match[1],)))
    for match in some(_OAUTH_ERROR, text):
        failure = Failure(Stage.SIGN_IN, "oauth.error", _said(text, match.start()), facts={"error": match[1]})
        yield _Found(match.start(), failure)


def _graph(text: str) -> Iterator[_Found]:
    for match in some(_graph_codes(), text):
        said = _said(text, match.start())
        yield _Found(match.start(), Failure(Stage.GRAPH, "graph.error", said, error_codes=(match[1],)))
    for match in some(_HTTP, text):
        said = _said(text, match.start())
        yield _Found(match.start(), Failure(Stage.GRAPH, "graph.error", said, int(match[1])))


@cache
def _graph_codes() -> "re.Pattern[str]":
    from console.diagnosis.realms import realm

    codes = {code for entry in realm("graph") for condition in entry.conditions for code in condition.codes}
    return re.compile(rf"\b({'|'.join(sorted(codes))})\b")


def _phrases(text: str, replies: list[tuple[int, int]]) -> Iterator[_Found]:
    from console.diagnosis.realms import catalogue

    small = text.lower()
    if len(small) != len(text):  # letters that grow when made small: places would no longer agree
        small = ""
    for entry in catalogue():
        starts = [at for phrase in entry.phrases if (at := phrase.find(text, small)) >= 0]
        if not starts:
            continue
        at = min(starts)
        if entry.stage in _OWN_STAGES:
            # "Connection refused" inside a reply is what the server met with, not this appliance.
            is_said_better = is_taken(replies, at)
        else:
            # "SMTPSenderRefused: (530, …" is a name for what the reply behind it explains.
            end = text.find("\n", at)
            is_said_better = any(at < begin and (begin < end or end < 0) for begin, _ in replies)
        if not is_said_better:
            yield _Found(at, Failure(entry.stage, _PHRASE, _said(text, at)), entry)


def _said(text: str, at: int) -> str:
    """Return the line round `at`, from a little before it."""
    begin = text.rfind("\n", 0, at) + 1
    if begin < at - 80:  # from the beginning of a word
        begin = text.find(" ", at - 80, at) + 1 or at - 80
    end = text.find("\n", at)
    return one_line(text[begin : len(text) if end < 0 else end][:_SAID_LIMIT].strip())
