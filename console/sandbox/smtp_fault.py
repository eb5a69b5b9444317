"""What a fault of the SMTP stand-in is: at which point it strikes, what happens then, what a client must make
of it."""

from dataclasses import dataclass
from enum import StrEnum


class At(StrEnum):
    """When a fault strikes."""

    GREETING = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    TLS = "TLS"
    AUTH = "AUTH"
    """After the credentials were sent."""
    MAIL = "MAIL"
    RCPT = "RCPT"
    SECOND_RCPT = "second RCPT"
    DATA = "DATA"
    BODY = "end of DATA"
    QUIT = "QUIT"


class Behaviour(StrEnum):
    """What the stand-in does when a fault strikes."""

    REPLY = "reply"
    """Says `Fault.reply`, then goes on."""
    REPLY_AND_CLOSE = "reply and close"
    HANG = "hang"
    """Says nothing any more, keeps the connection."""
    CLOSE = "close"
    DRIP = "drip"
    """Says one byte a second, never a whole line."""
    FLOOD = "flood"
    """Says `Fault.reply` again and again, without end."""
    OMIT = "omit"
    """Leaves the capability lines that begin with `Fault.reply` out of EHLO (`/` separates several)."""
    INJECT = "inject"
    """Appends plain text to its 220 to STARTTLS (CVE-2011-0411)."""
    CHALLENGE = "challenge"
    """Sends `Fault.reply` as a 334 challenge, then 535 once it is answered."""
    CERTIFICATE = "certificate"
    """Shows the certificate, or speaks the TLS, that `Fault.reply` names."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        name: What it is chosen by; stable.
        title: What it plays, for people.
        at: When it strikes.
        behaviour: What happens then.
        expects: The failure kind a client should report, with reply and enhanced code where there are any;
            "" where it should report none.
        reply: Text for the behaviours that say something.
        login: ``password`` or ``token``: strikes only at such a sign-in; "" at every one.
    """

    name: str
    title: str
    at: At
    behaviour: Behaviour
    expects: str
    reply: str = ""
    login: str = ""

    @property
    def needs_8bit(self) -> bool:
        """Whether only a message that is not plain ASCII shows it."""
        return self.expects in ("message.smtputf8-not-offered", "message.8bit-not-offered")


def said(name: str, title: str, at: At, reply: str, *, close: bool = False) -> Fault:
    """Return the fault of a reply; `close`: after which the server closes."""
    behaviour = Behaviour.REPLY_AND_CLOSE if close else Behaviour.REPLY
    code, _, rest = reply.partition(" ")
    enhanced = rest.partition(" ")[0]
    expects = (
        f"smtp.reply {code} {enhanced}"
        if enhanced[:1] == code[:1] and "." in enhanced
        else f"smtp.reply {code}"
    )
    return Fault(name, title, at, behaviour, expects, reply)
