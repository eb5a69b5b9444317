"""The faults the SMTP stand-in can play, as one table by name."""

from typing import Final

from console.sandbox.smtp_fault import At, Behaviour, Fault
from console.sandbox.smtp_replies import EXCHANGE_REPLIES, ORDINARY_REPLIES

__all__ = ["SMTP_FAULTS", "At", "Behaviour", "Fault"]

_CHALLENGE = '{"status":"401","schemes":"bearer","scope":"https://mail.example.com/"}'

_TALK: Final = (
    Fault(
        "long-line",
        "A line of 100,000 characters",
        At.EHLO,
        Behaviour.REPLY,
        "smtp.reply 550",
        "550 " + "x" * 100_000,
    ),
    Fault(
        "escape-sequences",
        "Terminal control codes in a reply",
        At.MAIL,
        Behaviour.REPLY,
        "smtp.reply 550 5.7.1",
        "550 5.7.1 \x1b[2J\x1b]0;title\x07\x1b]52;c;aGk=\x07[red]no[/red]\x9b31m",
    ),
    Fault(
        "garbage",
        "No SMTP at all",
        At.GREETING,
        Behaviour.REPLY_AND_CLOSE,
        "smtp.garbage",
        "SSH-2.0-OpenSSH_9.2p1",
    ),
    Fault(
        "garbage-reply",
        "Garbage instead of a reply",
        At.MAIL,
        Behaviour.REPLY,
        "smtp.garbage",
        "\x00\xff what?",
    ),
    Fault(
        "endless-ehlo",
        "An answer to EHLO without end",
        At.EHLO,
        Behaviour.FLOOD,
        "smtp.garbage",
        "250-X-MORE",
    ),
    Fault("slow", "One byte a second", At.EHLO, Behaviour.DRIP, "smtp.timeout"),
    Fault(
        "starttls-missing", "STARTTLS is not offered", At.EHLO, Behaviour.OMIT, "tls.not-offered", "STARTTLS"
    ),
    Fault(
        "starttls-injected",
        "Plain text smuggled behind STARTTLS",
        At.STARTTLS,
        Behaviour.INJECT,
        "tls.handshake",
    ),
    Fault("auth-missing", "No sign-in is offered", At.EHLO, Behaviour.OMIT, "auth.not-offered", "AUTH"),
    Fault(
        "utf8-missing",
        "No international addresses",
        At.EHLO,
        Behaviour.OMIT,
        "message.smtputf8-not-offered",
        "SMTPUTF8",
    ),
    Fault(
        "8bit-missing",
        "No 8-bit content",
        At.EHLO,
        Behaviour.OMIT,
        "message.8bit-not-offered",
        "8BITMIME/SMTPUTF8",
    ),
    Fault(
        "token-challenge",
        "The token is refused with a challenge (Gmail, Dovecot)",
        At.AUTH,
        Behaviour.CHALLENGE,
        "smtp.reply 535 5.7.8",
        _CHALLENGE,
    ),
)

_CERTIFICATES: Final = tuple(
    Fault(f"tls-{name}", title, At.TLS, Behaviour.CERTIFICATE, f"tls.{kind}", name)
    for name, title, kind in (
        ("expired", "The certificate has expired", "expired"),
        ("not-yet-valid", "The certificate is not valid yet (or the clock is wrong)", "not-yet-valid"),
        ("wrong-name", "The certificate is for another name", "wrong-name"),
        ("self-signed", "The certificate signed itself", "self-signed"),
        ("unknown-ca", "An unknown authority signed the certificate", "untrusted"),
        ("old-version", "The server speaks TLS 1.1 at most", "version"),
    )
)


_ENDS: Final = {At.QUIT: ("", ""), At.BODY: ("message.no-last-word", "message.no-last-word")}
"""What silence and the connection's end mean where they mean something else than anywhere."""


def _stops() -> tuple[Fault, ...]:
    points = (At.GREETING, At.EHLO, At.STARTTLS, At.AUTH, At.MAIL, At.RCPT, At.DATA, At.BODY, At.QUIT)
    found = []
    for at in points:
        slug = at.value.lower().replace(" ", "-")
        silence, end = _ENDS.get(at, ("smtp.timeout", "smtp.closed"))
        found.append(Fault(f"hang-{slug}", f"Silence after {at}", at, Behaviour.HANG, silence))
        found.append(Fault(f"close-{slug}", f"Closed after {at}", at, Behaviour.CLOSE, end))
    return tuple(found)


SMTP_FAULTS: Final = {
    fault.name: fault for fault in (*EXCHANGE_REPLIES, *ORDINARY_REPLIES, *_TALK, *_CERTIFICATES, *_stops())
}
"""Every fault by its name."""
