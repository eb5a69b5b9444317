"""Free text read: an error message, a transcript, some lines of a log, a JSON body.

What is found becomes failures, in the order they appear, and these go through the catalogue like any other.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from console.diagnosis.finding import finding_of
from console.text import one_line, printable
from console.transcript import Stage
from console.values import dataclass, replace
from console.verdict import Failure, Finding

if TYPE_CHECKING:
    from console.diagnosis.entry import CatalogueEntry

TEXT_LIMIT: Final = 1 << 20
"""Characters read; the rest is left unread."""
_PER_READER: Final = 500
"""Matches of one kind looked at: a log repeats itself."""
_SAID_LIMIT: Final = 400

_ENHANCED: Final = r"[45]\.\d{1,3}\.\d{1,3}(?![\d.]\d)"
_REPLIES: Final = (
    # 535 5.7.3 …, 535-5.7.8 …, wherever it stands
    re.compile(rf"(?<![\w.])(?P<code>[45]\d\d)[ #-]{{1,2}}(?P<enhanced>{_ENHANCED})(?P<rest>[^\n]{{0,400}})"),
    # Python: (535, b'5.7.3 …')
    re.compile(
        rf"\((?P<code>[45]\d\d), ?b?['\"](?P<enhanced>{_ENHANCED})?(?P<rest>[^\n]{{0,400}})",
    ),
    # PHPMailer: SMTP code: 550 Additional SMTP info: 5.7.1; msmtp: smtpstatus=535; nodemailer
    re.compile(
        r"(?:SMTP code: |smtpstatus=|responseCode: )(?P<code>[45]\d\d)(?![\d.])"
        rf"(?:[^\n]{{0,20}}SMTP info: (?P<enhanced>{_ENHANCED}))?(?P<rest>[^\n]{{0,400}})"
    ),
    # 550 No such user, at the start of a line or after what log writers put before it
    re.compile(
        r"(?m)^(?:[^\n]{0,60}?<[*~-]{0,2} ?|[^\n]{0,30}?S: ?|"
        r"[^\n]{0,200}?(?:said|message|CLIENT|server|response|reply|error|login|>|returned)"
        r" ?[:'\"]{1,2} ?['\"]?)?"
        r"[ ]{0,4}(?P<code>[45]\d\d)[ -](?P<enhanced>(?!))?(?P<rest>(?=[^\n]{0,40}[a-z])[^\n]{2,400})"
    ),
)
_ENHANCED_ALONE: Final = re.compile(
    rf"(?<![\d.\w])(?P<enhanced>{_ENHANCED})(?=[\s,;:)]|$)(?P<rest>[^\n]{{0,400}})"
)
_COMMAND: Final = re.compile(
    r"(?m)^[^\n]{0,60}?(?:>|C:|SERVER:)[ \t]{0,2}(EHLO|HELO|STARTTLS|AUTH|MAIL FROM|RCPT TO|DATA)\b",
    re.IGNORECASE,
)
_COMMAND_STAGES: Final = {
    "EHLO": Stage.EHLO,
    "HELO": Stage.EHLO,
    "STARTTLS": Stage.TLS,
    "AUTH": Stage.AUTH,
    "MAIL FROM": Stage.SENDER,
    "RCPT TO": Stage.RECIPIENT,
    "DATA": Stage.DATA,
}
_NAMED_STAGES: Final = (
    (re.compile(r"AuthenticationError|Invalid login|Could not authenticate", re.IGNORECASE), Stage.AUTH),
    (re.compile(r"SenderRefused|MAIL FROM", re.IGNORECASE), Stage.SENDER),
    (re.compile(r"RecipientsRefused|RCPT TO|recipients failed", re.IGNORECASE), Stage.RECIPIENT),
    (re.compile(r"DataError|end of data|DATA command", re.IGNORECASE), Stage.DATA),
    (re.compile(r"HeloError", re.IGNORECASE), Stage.EHLO),
    (re.compile(r"SMTPConnectError", re.IGNORECASE), Stage.GREETING),
)
"""What names the stage on the same line, before the reply."""
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
    only_enhanced: bool = False


def explain(text: str, facts: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """Return what a text tells, in the order it tells it, each thing once; () when nothing is known.

    Understood are SMTP replies, enhanced codes, Entra's AADSTS codes, Graph's error codes, the words of
    Python, OpenSSL, the system, PHPMailer and others, and the console's own transcripts.

    Args:
        text: Anything; at most a mebibyte of it is read.
        facts: What is known about this appliance (`console.diagnosis.settings_facts`).
    """
    readable = printable(text[:TEXT_LIMIT])
    found = list(_own_words(readable)) or sorted(_everything(readable), key=lambda one: one.at)
    findings: dict[str, tuple[bool, Finding]] = {}
    for one in found:
        entry = one.entry or _entry(one)
        if entry is not None and entry.id not in findings:
            failure = replace(one.failure, facts={**(facts or {}), **one.failure.facts})
            findings[entry.id] = (entry.is_vague, finding_of(entry, failure))
    exact = tuple(finding for is_vague, finding in findings.values() if not is_vague)
    return exact or tuple(finding for _, finding in findings.values())


def _entry(found: _Found) -> "CatalogueEntry | None":
    from console.diagnosis.realms import best

    entry = best(found.failure)
    if entry is not None and found.only_enhanced:
        # Three numbers with dots can be anything: only what the catalogue knows by name counts.
        code = found.failure.enhanced_code
        is_known = any(code in condition.enhanced for condition in entry.conditions)
        return entry if is_known else None
    return entry


def _own_words(text: str) -> Iterator[_Found]:
    """Yield what this console itself once found, as its log and its commands print it."""
    from console.diagnosis.realms import catalogue

    entries = {entry.id: entry for entry in catalogue()}
    for match in _some(_OWN_ENTRY, text):
        if entry := entries.get(match[1]):
            said = _OWN_SAID.search(text, max(text.rfind("\nStage:", 0, match.start()), 0), match.start())
            failure = Failure(entry.stage, "text", one_line(said[1], _SAID_LIMIT) if said else "")
            yield _Found(match.start(), replace(failure, facts=_own_facts(text[: match.start()])), entry)


def _own_facts(text: str) -> dict[str, str]:
    """Return the server that the console's own words name."""
    servers = list(_some(_OWN_SERVER, text))
    return servers[-1].groupdict() if servers else {}


def _everything(text: str) -> Iterator[_Found]:
    replies: list[tuple[int, int]] = []
    yield from _replies(text, replies)
    yield from _entra(text)
    yield from _graph(text)
    yield from _phrases(text, replies)


def _replies(text: str, taken: list[tuple[int, int]]) -> Iterator[_Found]:
    """Yield what replies say; `taken` receives where they stand."""
    commands = [(match.end(), match[1].upper()) for match in _some(_COMMAND, text)]
    for pattern in _REPLIES:
        for match in _some(pattern, text):
            at = match.start("code")
            if not _is_taken(taken, at):
                taken.append((match.start(), match.end()))
                yield _Found(at, _reply(text, match, commands))
    for match in _some(_ENHANCED_ALONE, text):
        if not _is_taken(taken, match.start()):
            taken.append((match.start(), match.end()))
            yield _Found(match.start(), _reply(text, match, commands), only_enhanced=True)


def _is_taken(taken: list[tuple[int, int]], at: int) -> bool:
    return any(begin <= at < end for begin, end in taken)


def _reply(text: str, match: "re.Match[str]", commands: list[tuple[int, str]]) -> Failure:
    groups = match.groupdict()
    code = int(groups["code"]) if groups.get("code") else None
    enhanced = groups.get("enhanced") or ""
    said = one_line(" ".join(part for part in (groups.get("code"), enhanced, match["rest"].strip()) if part))
    at = match.start("code" if code else "enhanced")
    stage = _stage_of_line(text, at) or _stage_of_commands(commands, at) or _usual_stage(code, enhanced)
    return Failure(stage, "smtp.reply", said, code, enhanced)


def _stage_of_line(text: str, at: int) -> Stage | None:
    line = text[max(text.rfind("\n", 0, at), at - 300, 0) : at]
    return next((stage for pattern, stage in _NAMED_STAGES if pattern.search(line)), None)


def _stage_of_commands(commands: list[tuple[int, str]], at: int) -> Stage | None:
    before = [command for end, command in commands if end <= at]
    return _COMMAND_STAGES[before[-1]] if before else None


def _usual_stage(code: int | None, enhanced: str) -> Stage:
    """Return where a reply usually comes, by its codes (RFC 5321 §4.2.3, RFC 3463, RFC 4954)."""
    if code in (530, 534, 535, 538) or enhanced in ("5.7.3", "5.7.8", "5.7.9", "5.7.30", "5.7.139"):
        return Stage.AUTH
    if enhanced in ("5.1.7", "5.1.8", "4.1.8", "5.7.57", "5.7.60"):
        return Stage.SENDER
    if enhanced.startswith(("5.1.", "4.1.", "5.2.1")) or code in (550, 551, 553, 450):
        return Stage.RECIPIENT
    return Stage.GREETING if code == 421 else Stage.DATA


def _entra(text: str) -> Iterator[_Found]:
    for pattern in (_AADSTS, _ERROR_CODES):
        for match in _some(pattern, text):
            said = _said(text, match.start())
            yield _Found(match.start(), Failure(Stage.SIGN_IN, "oauth.error", said, error_codes=(match[1],)))
    for match in _some(_OAUTH_ERROR, text):
        failure = Failure(Stage.SIGN_IN, "oauth.error", _said(text, match.start()), facts={"error": match[1]})
        yield _Found(match.start(), failure)


def _graph(text: str) -> Iterator[_Found]:
    for match in _some(_graph_codes(), text):
        said = _said(text, match.start())
        yield _Found(match.start(), Failure(Stage.GRAPH, "graph.error", said, error_codes=(match[1],)))
    for match in _some(_HTTP, text):
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
        # "Connection refused" inside a reply is what the server met with, not this appliance.
        if entry.stage not in _OWN_STAGES or not _is_taken(replies, at):
            yield _Found(at, Failure(entry.stage, "text", _said(text, at)), entry)


def _said(text: str, at: int) -> str:
    """Return the line round `at`, from a little before it."""
    begin = max(text.rfind("\n", 0, at) + 1, at - 80)
    end = text.find("\n", at)
    return one_line(text[begin : len(text) if end < 0 else end][:_SAID_LIMIT].strip())


def _some(pattern: "re.Pattern[str]", text: str) -> Iterator["re.Match[str]"]:
    for count, match in enumerate(pattern.finditer(text)):
        if count >= _PER_READER:
            return
        yield match
