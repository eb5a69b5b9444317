"""SMTP replies found in free text, whoever wrote them down: servers, libraries, logs, bounces."""

import re
from collections.abc import Iterator
from typing import Final

from console.text import one_line
from console.transcript import Stage
from console.values import dataclass
from console.verdict import Failure

PER_READER: Final = 500
"""Matches of one kind looked at: a log repeats itself."""

_ENHANCED: Final = r"[45]\.\d{1,3}\.\d{1,3}(?![\d.]\d)"
_CODE: Final = r"(?:403|42[16]|43[0-5]|45[0-5]|50[0-4]|52[1-5]|53[0-9]|54[12]|55[0-6]|571)"
"""Codes believed where no enhanced code stands beside them: ports and counts are three digits too."""
_REPLIES: Final = (
    # 535 5.7.3 …, 535-5.7.8 …, wherever it stands
    re.compile(
        rf"(?<![\w.])(?P<code>[45]\d\d)[ #-]{{1,2}}'?(?P<enhanced>{_ENHANCED})(?P<rest>[^\n]{{0,400}})"
    ),
    # Python: (535, b'5.7.3 …')
    re.compile(
        rf"\((?P<code>[45]\d\d), ?b?['\"](?P<enhanced>{_ENHANCED})?(?P<rest>[^\n]{{0,400}})",
    ),
    # PHPMailer: SMTP code: 550 Additional SMTP info: 5.7.1; msmtp: smtpstatus=535; nodemailer
    re.compile(
        r"(?:(?:Detail: (?P<detail>[^\n]{0,300}?) ?)?SMTP code: |smtpstatus=|responseCode: "
        r"|\b(?:MAIL|RCPT|DATA|AUTH) failed: )(?P<code>[45]\d\d)(?![\d.])"
        rf"(?:[^\n]{{0,20}}SMTP info: (?P<enhanced>{_ENHANCED}))?(?P<rest>[^\n]{{0,400}})"
    ),
    # 550 No such user, at the start of a line or after what log writers put before it
    re.compile(
        r"(?m)^(?:[^\n]{0,60}?<[*~-]{0,2} ?|[^\n]{0,30}?S: ?|"
        r"[^\n]{0,300}?(?:said|message|CLIENT|[Ss]erver|[Rr]esponse|responded|[Rr]eply|error|login|>|returned|replied"
        r"|failed|rejected|refused|Reason|to me|connection|smtp|SMTP|end of data|SIZE=\d{1,12}|Got)"
        r"(?: ?[:;'\"]{1,2} ?| \(|: b)['\"]?)?"
        rf"[ ]{{0,4}}(?P<code>{_CODE})[ -](?P<enhanced>(?!))?"
        r"(?P<rest>(?=[^\n]{0,60}[a-zA-Z])[^\n]{2,400})"
    ),
)
_ENHANCED_ALONE: Final = re.compile(
    r"(?<![\d.\w=])(?<!Status: )(?:(?<![\w)] )|(?<=rror )|(?<=ode )|(?<=NDR ))"  # not "Version 5.1.1"
    rf"(?P<enhanced>{_ENHANCED})(?=[\s,;:)]|$)(?P<rest>[^\n]{{0,400}})"
)
_FOLDED: Final = re.compile(r"\n {4,8}(?!at |from )(?P<rest>[A-Za-z(\[<;:/'\"][^\n]{0,200})")
"""A line of a bounce that Postfix folded; programs' tracebacks look alike and are left out."""
_MORE_LINES: Final = 20
_COMMAND: Final = re.compile(
    r"(?m)^[^\n]{0,60}?(?:>|C:|SERVER:|send: ')[ \t]{0,2}(EHLO|HELO|STARTTLS|AUTH|MAIL FROM|RCPT TO|DATA)\b",
    re.IGNORECASE,
)
_OF_AUTH: Final = ("5.7.3", "5.7.4", "5.7.8", "5.7.9", "5.7.30", "5.7.139")
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
    (
        re.compile(
            r"AuthenticationError|Invalid login|Could not authenticate|Authorization failed"
            r"|(?:Password|Username|AUTH) command failed|SASL authentication failed"
            r"|authentication failed \(method",
            re.IGNORECASE,
        ),
        Stage.AUTH,
    ),
    (
        re.compile(r"SenderRefused|MAIL FROM|\bMAIL (?:command )?failed|envelope-from", re.IGNORECASE),
        Stage.SENDER,
    ),
    (
        re.compile(r"RecipientsRefused|RCPT TO|\bRCPT failed|recipients failed", re.IGNORECASE),
        Stage.RECIPIENT,
    ),
    (re.compile(r"DataError|end of data|DATA (?:END )?command|after DATA", re.IGNORECASE), Stage.DATA),
    (re.compile(r"HeloError", re.IGNORECASE), Stage.EHLO),
    (re.compile(r"SMTPConnectError|initial connection|refused to talk to me", re.IGNORECASE), Stage.GREETING),
)
"""What names the stage on the same line, before the reply."""
_IN_REPLY_TO: Final = re.compile(
    r"in\s{1,9}reply\s{1,9}to\s{1,9}(?:end\s{1,9}of\s{1,9})?(EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA)\b"
)
"""What Postfix says after a reply."""


@dataclass(frozen=True, slots=True)
class FoundReply:
    """One reply, and how sure its stage is.

    Attributes:
        at: Where it stands.
        end: Where it ends, with all its lines.
        failure: What it says.
        is_guess: Whether the stage is only where such a reply usually comes.
        is_bare: Whether three numbers with dots are all there is: that can be anything.
    """

    at: int
    end: int
    failure: Failure
    is_guess: bool
    is_bare: bool = False


def replies_in(text: str) -> tuple[FoundReply, ...]:
    """Return the replies in `text`, each once: those with codes, then enhanced codes that stand alone."""
    commands = [(match.end(), match[1].upper()) for match in some(_COMMAND, text)]
    found: list[FoundReply] = []
    for pattern in (*_REPLIES, _ENHANCED_ALONE):
        taken = [(one.at, one.end) for one in found]
        last = -1
        for match in some(pattern, text):
            is_bare = pattern is _ENHANCED_ALONE
            at = match.start("enhanced" if is_bare else "code")
            if is_bare and any(at < begin < match.end() for begin, _ in taken):
                continue  # a reply with its code stands on the same line, and says it better
            if at >= last and not is_taken(taken, at):
                reply = _reply(text, match, commands, is_bare=is_bare)
                found.append(reply)
                last = reply.end
    return tuple(found)


def is_taken(taken: list[tuple[int, int]], at: int) -> bool:
    """Return whether `at` lies within one of the spans."""
    return any(begin <= at < end for begin, end in taken)


def some(pattern: "re.Pattern[str]", text: str) -> Iterator["re.Match[str]"]:
    """Yield the first `PER_READER` matches."""
    for count, match in enumerate(pattern.finditer(text)):
        if count >= PER_READER:
            return
        yield match


def _reply(
    text: str, match: "re.Match[str]", commands: list[tuple[int, str]], *, is_bare: bool
) -> FoundReply:
    groups = match.groupdict()
    code = "" if is_bare else match["code"]
    enhanced = groups.get("enhanced") or ""
    rest, end = _whole(text, match, code, enhanced)
    said = one_line(" ".join(part for part in (code, enhanced, groups.get("detail"), rest) if part))
    at = match.start("enhanced" if is_bare else "code")
    number = int(code) if code else None
    known = _stage_of_line(text, at, end) or _stage_of_commands(commands, at)
    if known is None and number == 535:  # RFC 4954 §6: an answer to AUTH and to nothing else
        known = Stage.AUTH
    failure = Failure(known or _usual_stage(number, enhanced), "smtp.reply", said, number, enhanced)
    return FoundReply(at, end, failure, is_guess=known is None, is_bare=is_bare)


def _whole(text: str, match: "re.Match[str]", code: str, enhanced: str) -> tuple[str, int]:
    """Return what a reply says in all its lines (RFC 5321 §4.2.1), and where it ends.

    Log writers put the lines into one, with the codes of each between them; those are taken out.
    """
    rest, end = match["rest"], match.end()
    has_more = bool(code) and text[match.end("code") : match.end("code") + 1] == "-"
    more = re.compile(rf"\n[^\n]{{0,60}}?(?<![\w.]){code or 'x'}(?P<mark>[ -])(?P<rest>[^\n]{{0,400}})")
    for _ in range(_MORE_LINES):
        line = more.match(text, end) if has_more else None
        if line is not None:
            has_more = line["mark"] == "-"
        else:
            line = _FOLDED.match(text, end)
        if line is None:
            break
        rest, end = f"{rest} {line['rest']}", line.end()
    if code and (has_more or end > match.end()):
        rest = re.sub(rf"(?<![\w.]){code}[- ](?={re.escape(enhanced) or '.'})", "", rest)
        rest = rest.replace(enhanced + " ", " ") if enhanced else rest
    return re.sub(" {2,}", " ", rest).strip(), end


def _stage_of_line(text: str, at: int, end: int) -> Stage | None:
    line = text[max(text.rfind("\n", 0, at), at - 300, 0) : at]
    named = next((stage for pattern, stage in _NAMED_STAGES if pattern.search(line)), None)
    if named is None and (match := _IN_REPLY_TO.search(text, at, end)):
        return next(stage for command, stage in _COMMAND_STAGES.items() if command.startswith(match[1]))
    return named


def _stage_of_commands(commands: list[tuple[int, str]], at: int) -> Stage | None:
    before = [command for end, command in commands if end <= at]
    return _COMMAND_STAGES[before[-1]] if before else None


def _usual_stage(code: int | None, enhanced: str) -> Stage:
    """Return where a reply usually comes, by its codes (RFC 5321 §4.2.3, RFC 3463, RFC 4954)."""
    if code in (432, 435, 530, 534, 535, 538) or (enhanced in _OF_AUTH and code not in (550, 552, 554)):
        return Stage.AUTH
    if enhanced in ("5.1.7", "5.1.8", "4.1.8", "5.7.57", "5.7.60"):
        return Stage.SENDER
    if enhanced.startswith(("5.1.", "4.1.", "5.2.1")) or code in (550, 551, 553, 450):
        return Stage.RECIPIENT
    return Stage.GREETING if code == 421 else Stage.DATA
