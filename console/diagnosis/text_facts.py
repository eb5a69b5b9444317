"""Facts that stand in pasted text beside what went wrong: server, port, addresses, sizes.

The words are those that mail programs write: Postfix, Exim, msmtp, sSMTP, PHPMailer, swaks, curl, smtplib,
nodemailer, Go, and the SMTP dialogue itself. Nothing of it is believed further than the words of a finding.
"""

import re
from typing import Final

_HOST: Final = r"(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z0-9-]{1,63}|localhost)"
_PORT: Final = r"(?P<port>\d{1,5})(?!\d)"
_IP: Final = r"\[[0-9A-Fa-f:.]{2,45}\]"
_USER: Final = r"[^\s<>()\[\]\"',;:=*@]{1,64}"
_MAIL: Final = _USER + r"@(?:[\w-]{1,63}\.){0,8}[\w-]{1,63}"

PATTERNS: Final = tuple(
    re.compile(
        pattern.replace("HOST", _HOST)
        .replace("PORT", _PORT)
        .replace("IP4", r"[^()]{2,45}")
        .replace("IP", _IP)
        .replace("MAIL", _MAIL)
    )
    for pattern in (
        # Postfix: relay=mx.b.c[1.2.3.4]:25, connect to mx.b.c[1.2.3.4]:25, host mx.b.c[1.2.3.4] said
        r"\brelay=HOSTIP:PORT",
        r"\bconnect to HOSTIP:PORT",
        r"\bhost HOSTIP(?::PORT)? (?:said|refused)",
        r"\b(?:connection|conversation) with HOSTIP",
        r"\bserver HOSTIP(?: said|:)",
        r"(?:verification failed for|not offered by host) HOSTIP(?::PORT)?",
        r"\bName service error for name=HOST",
        r"\bRemote-MTA: ?dns; ?HOST",
        # Exim: H=mx.b.c [1.2.3.4]:25
        r"\bH=HOST IP(?::PORT)?",
        # msmtp: cannot connect to smtp.x.de, port 587; host=smtp.x.de
        r"\bcannot (?:connect to|locate host) HOST(?:, port PORT)?",
        r"\bhost=HOST\b",
        r"\bdoes not match host ?name HOST",
        # sSMTP: Unable to connect to "smtp.x.de" port 587; curl, PHPMailer: Failed to connect to x.de:587
        r"(?:Unable to (?:connect to|locate)|[Ff]ailed to connect to) \"?HOST\"?(?:(?::| port )PORT)?",
        r"[Cc]ould not resolve host: HOST",
        r"\btarget host name '?HOST",
        # swaks, telnet, curl, PHPMailer
        r"(?:Trying|onnecting to|onnected to|onnection to|opening to) HOST(?: \(IP4\))?(?:(?::| port )PORT)?",
        r"SMTP host: HOST(?:, port: PORT)?",
        # Node, Go, PHP, Python
        r"\bgetaddrinfo (?:ENOTFOUND |EAI_AGAIN |for |failed for )HOST",
        r"\bE[A-Z]{5,13} HOST:PORT",
        r"\blookup HOST(?: on [^\s]{1,60})?: ",
        r"\bdial tcp HOST:PORT",
        r"not valid for '?HOST",
        r"`(?P<names>(?:[A-Za-z0-9*-]{1,63}\.){1,8}[A-Za-z0-9-]{1,63})' did not match expected CN=`HOST'",
        r"\bSMTP(?:_SSL)?\(['\"]HOST['\"](?:, PORT)?",
        # Who it was for, and who from
        r"\bto=<(?P<recipient>MAIL)>",
        r"(?i:rcpt to): ?<(?P<recipient>MAIL)>",
        r"<(?P<recipient>MAIL)>: (?:Recipient|Relay|[Uu]ser|[Mm]ailbox)",
        r"<(?P<recipient>MAIL)>(?:\.{3}| User| Quota| recipient)",
        r"recipients failed: (?P<recipient>MAIL)",
        r"\{'(?P<recipient>MAIL)': \([45]",
        r"\brecipients=(?P<recipient>MAIL)",
        r"(?:Final|Original)-Recipient: ?rfc822; ?(?P<recipient>MAIL)",
        r"(?:\*\*|==) (?P<recipient>MAIL)[ :]",
        r"recipient address (?P<recipient>MAIL) not",
        r"(?:[Yy]our message to|Recipient|relay for|##rfc822;) ?(?P<recipient>MAIL)\b",
        r"\bfrom=<?(?P<sender>MAIL)",
        r"(?i:mail from): ?<(?P<sender>MAIL)>",
        r"<(?P<sender>[^\s<>\[\]()]{1,128})>(?::|\.{3}) (?:Sender address|Domain of sender)",
        r"From address failed: (?P<sender>MAIL)",
        r"envelope-from address (?P<sender>MAIL) not",
        r"(?:sender address|disallowed as|to send as) <?(?P<sender>MAIL)",
        r"', '(?P<sender>MAIL)'\)",
        r"\b(?:sasl_username|user)=(?P<user>[^\s,;]{1,128})",
        # Octets
        r"(?i:maximum (?:message )?size|fixed limit|size limit)(?: of)?[:= (]{1,3}(?P<limit>\d{4,12})",
        r"\b250[- ]SIZE (?P<limit>\d{4,12})",
        r"(?i:mail from):[^\n]{1,140} SIZE=(?P<size>\d{1,12})",
    )
)
_LOG_LINE: Final = re.compile(r"\b(?:relay|status|exitcode|exit|dsn|T|H)=|postfix/|ssmtp\[")
_BEFORE: Final = 1500
_AFTER: Final = 500
_LINE: Final = 2000


def facts_near(text: str, at: int) -> dict[str, str]:
    """Return the facts that stand round `at`: those of its line, else of the lines before, else after it.

    A line of a log speaks for itself: there the neighbours are about other mails.
    """
    begin = max(text.rfind("\n", 0, at) + 1, at - _LINE)
    end = text.find("\n", at)
    end = min(len(text) if end < 0 else end, at + _LINE)
    facts = _facts(text[begin:end], at - begin)
    if _LOG_LINE.search(text[begin:end]):
        return facts
    before = text[max(begin - _BEFORE, 0) : begin]
    for more in (_facts(before, len(before)), _facts(text[end : end + _AFTER], 0)):
        facts = _joined(facts, more)
    return facts


def _facts(part: str, at: int) -> dict[str, str]:
    """Return the facts in `part`, of each name the one nearest to `at`; a port goes with its host."""
    found = [match for pattern in PATTERNS for match in pattern.finditer(part)]
    facts: dict[str, str] = {}
    for match in sorted(found, key=lambda one: abs(one.start() - at)):
        facts = _joined(facts, {name: value for name, value in match.groupdict().items() if value})
    return facts


def _joined(facts: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    if "host" in facts and more.get("host") != facts["host"]:
        more = {name: value for name, value in more.items() if name not in ("host", "port")}
    return {**more, **facts}
