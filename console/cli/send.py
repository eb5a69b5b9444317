"""``mail-console send``: one mail, composed from options or passed through whole, with what was set up."""

import sys
from pathlib import Path

from console.annotations import TYPE_CHECKING, Final
from console.cli.deliveries import delivery_shape, exit_code_of_delivery, live, verdict_text
from console.cli.output import put_json, say
from console.cli.reading import read_input, read_text
from console.cli.stopping import stoppable
from console.errors import UsageError
from console.values import replace

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from console.cli.session import Session
    from console.message_model import Message
    from console.settings.model import Settings

MESSAGE_LIMIT: Final = 150 << 20
"""Largest message read, in octets: what Exchange Online takes at most."""

IS_PLAIN: Final = True
"""Scripts send, often and with plain options: these need no argparse."""


def arguments(parser: "ArgumentParser") -> None:
    """Declare what may follow ``send``."""
    parser.add_argument("recipients", metavar="ADDR", nargs="*", help="recipients, as with --to")
    parser.add_argument(
        "--to", metavar="ADDR", action="append", default=[], help="recipient; may be repeated"
    )
    parser.add_argument("--cc", metavar="ADDR", action="append", default=[], help="recipient of a copy")
    parser.add_argument(
        "--bcc", metavar="ADDR", action="append", default=[], help="recipient nobody else sees"
    )
    parser.add_argument("--reply-to", metavar="ADDR", default="", help="where answers go")
    parser.add_argument("-s", "--subject", metavar="TEXT", default="", help="subject, one line")
    parser.add_argument("--text", metavar="FILE", default="-", help="body as text; - (the default) is stdin")
    parser.add_argument("--html", metavar="FILE", help="body as HTML beside the text")
    parser.add_argument(
        "--attach", metavar="FILE", action="append", default=[], help="attach a file; repeatable"
    )
    parser.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        default=[],
        help="one more header field; repeatable",
    )
    parser.add_argument(
        "--raw", action="store_true", help="stdin is a whole message (RFC 5322), sent as it is"
    )
    parser.add_argument(
        "-t",
        dest="from_header",
        action="store_true",
        help="with --raw, and implying it: recipients from To, Cc, Bcc",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="write the transcript to stderr as it goes"
    )
    parser.add_argument("--json", action="store_true", help="print the delivery as JSON")


def run(options: "Namespace", session: "Session") -> int:
    """Send the mail; silent when all went well."""
    from console.delivery import deliver

    engine = session.engine
    settings = engine.settings.load()
    if not settings.mail.enabled:
        from console.errors import MailOffError

        raise MailOffError
    is_raw = options.raw or options.from_header
    message = _raw_message(options, settings) if is_raw else _composed(options, settings)
    with stoppable() as cancellation:
        subscriber = live(say) if options.verbose else None
        delivery = deliver(engine, message, purpose="send", subscriber=subscriber, cancellation=cancellation)
    if options.json:
        put_json(delivery_shape(delivery))
    code = exit_code_of_delivery(delivery)
    if code or delivery.findings:  # sent, but not recorded: nobody would know
        say("mail-console: " + verdict_text(delivery))
    return code


def _raw_message(options: "Namespace", settings: "Settings") -> "Message":
    from console.message_pass import pass_through

    composing = ("subject", "html", "attach", "cc", "bcc", "reply_to", "header")
    misplaced = [name for name in composing if getattr(options, name)]
    if options.text != "-":  # the message comes from stdin alone: a file named here would be passed over
        misplaced.append("text")
    if misplaced:
        raise UsageError(
            f"--{misplaced[0].replace('_', '-')} and a whole message (--raw, -t) exclude each other."
        )
    recipients = [*options.recipients, *options.to]
    if not recipients and not options.from_header:
        raise UsageError("no recipient.", "Name one, or use -t to take them from the message's header.")
    raw = read_input(MESSAGE_LIMIT)
    return pass_through(raw, recipients, settings.mail.sender, from_header=options.from_header)


def _composed(options: "Namespace", settings: "Settings") -> "Message":
    from console.message_compose import compose
    from console.message_model import Draft

    to = (*options.recipients, *options.to)
    if not (to or options.cc or options.bcc):
        raise UsageError("no recipient.", "See: mail-console send --help")
    draft = Draft(
        to=to,
        cc=tuple(options.cc),
        bcc=tuple(options.bcc),
        subject=options.subject,
        html="" if options.html is None else read_text(_file("--html", options.html), MESSAGE_LIMIT),
        reply_to=options.reply_to,
        attachments=tuple(_file("--attach", one) for one in options.attach),
        headers=tuple(_header(one) for one in options.header),
    )
    if options.text == "-" and _is_typed():
        compose(draft, settings)  # what is wrong with it is told before anybody types a text
        say("Type the text; Ctrl+D on a line of its own ends it.")
    return compose(replace(draft, text=_body(options.text)), settings)


def _is_typed() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _body(name: str) -> str:
    return read_text(None if name == "-" else _file("--text", name), MESSAGE_LIMIT)


def _file(option: str, name: str) -> Path:
    if not name:  # an unset variable of a script
        raise UsageError(f"{option}: the file's name is empty.", "Name a file.")
    return Path(name)


def _header(field: str) -> tuple[str, str]:
    name, colon, value = field.partition(":")
    if not colon or not name.strip():
        raise UsageError(f"--header wants 'NAME: VALUE', not {field[:60]!r}.")
    return name.strip(), value.strip()
