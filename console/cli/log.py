"""``mail-console log``: list, show, search and export past mails."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from console.cli.deliveries import JSON_VERSION, delivery_shape
from console.cli.exit_codes import ExitCode
from console.cli.output import put, put_json, say
from console.errors import UsageError
from console.text import one_line
from console.verdict import Delivery, Result

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.sendlog.log import Entry, SendLog

_RESULTS = {
    "accepted": Result.ACCEPTED,
    "partly": Result.PARTLY,
    "failed": Result.FAILED,
    "cancelled": Result.CANCELLED,
}

DEFAULT_ACTION: Final = "list"


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``log``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    listing = actions.add_parser("list", help="the newest mails (the default)")
    search = actions.add_parser("search", help="mails with TEXT anywhere, transcripts included")
    search.add_argument("text", metavar="TEXT", help="small letters (a-z) find any case")
    for one in (listing, search):
        one.add_argument("--limit", metavar="N", type=_limit, default=20, help="how many at most (20)")
        one.add_argument("--result", choices=tuple(_RESULTS), help="only mails that ended so")
        one.add_argument("--json", action="store_true", help="print the headlines as JSON")
    show = actions.add_parser("show", help="one mail with its whole transcript")
    show.add_argument("id", metavar="ID", help="from the list")
    show.add_argument("--json", action="store_true", help="print the delivery as JSON")
    export = actions.add_parser("export", help="one mail as a text to hand on, addresses masked")
    export.add_argument("id", metavar="ID", help="from the list")
    export.add_argument("--keep-addresses", action="store_true", help="do not mask mail addresses")
    parser.set_defaults(limit=20, result=None, json=False)


def run(options: Namespace, session: "Session") -> int:
    """Do what the action says; exit code 1 when nothing was found."""
    log = session.engine.log
    if options.action == "show":
        return _show(log, options)
    if options.action == "export":
        return _export(log, options)
    result = _RESULTS[options.result] if options.result else None
    text = options.text if options.action == "search" else ""
    entries = log.search(text, limit=options.limit, result=result).entries
    if options.json:
        put_json({"version": JSON_VERSION, "mails": [_entry_shape(one) for one in entries]})
    else:
        _list(entries)
    return ExitCode.OK if entries or options.action != "search" else ExitCode.NOTHING


def _show(log: "SendLog", options: Namespace) -> int:
    delivery = _found(log, options.id)
    if options.json:
        put_json(delivery_shape(delivery))
    else:
        from console.sendlog.export import export_text

        put(export_text(delivery).rstrip("\n"))
    return ExitCode.OK


def _export(log: "SendLog", options: Namespace) -> int:
    from console.sendlog.export import export_text

    delivery = _found(log, options.id)
    put(export_text(delivery, mask_addresses=not options.keep_addresses).rstrip("\n"))
    return ExitCode.OK


def _found(log: "SendLog", name: str) -> Delivery:
    delivery = log.find(name)
    if delivery is None:
        raise UsageError(
            f"there is no mail {one_line(name, 60)} in the send log.", "See: mail-console log list"
        )
    return delivery


def _list(entries: Iterable["Entry"]) -> None:
    is_empty = True
    for one in entries:
        is_empty = False
        at = one.at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
        to = ", ".join(one.recipients[:2]) + (
            f" +{len(one.recipients) - 2}" if len(one.recipients) > 2 else ""
        )
        why = f"  ({one.cause})" if one.cause else ""
        put(f"{one.id}  {at}  {one.result!s:<15}  {to}  {one.subject}{why}")
    if is_empty:
        say("No mails.")


def _entry_shape(entry: "Entry") -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(timespec="milliseconds"),
        "result": str(entry.result),
        "purpose": entry.purpose,
        "transport": entry.transport,
        "server": entry.server,
        "sender": entry.sender,
        "recipients": list(entry.recipients),
        "subject": entry.subject,
        "cause": entry.cause,
    }


def _limit(text: str) -> int:
    if not (text.isdecimal() and len(text) <= 6 and 1 <= int(text) <= 100_000):
        raise ArgumentTypeError(f"a number from 1 to 100000 is wanted, not {one_line(text, 40)}")
    return int(text)
