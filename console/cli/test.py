"""``mail-console test``: send a test mail, watch it go, and read why it did not arrive."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli.deliveries import delivery_shape, exit_code_of_delivery, live, verdict_text
from console.cli.output import put, put_at_once, put_json
from console.cli.stopping import stoppable
from console.errors import UsageError

if TYPE_CHECKING:
    from console.cli.session import Session


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``test``."""
    parser.add_argument(
        "--to", metavar="ADDR", help="recipient; without it the administrator of the settings"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the delivery as JSON instead of its transcript"
    )


def run(options: Namespace, session: "Session") -> int:
    """Send the test mail; the transcript comes live, the verdict at its end."""
    from console.delivery import send_test

    engine = session.engine
    recipient = options.to or engine.settings.load().mail.administrator
    if not recipient:
        raise UsageError("no recipient.", "Use --to ADDR, or set mail.administrator.")
    with stoppable() as cancellation:
        subscriber = None if options.json else live(put_at_once)
        delivery = send_test(engine, recipient, subscriber=subscriber, cancellation=cancellation)
    if options.json:
        put_json(delivery_shape(delivery))
    else:
        put("\n" + verdict_text(delivery))
    return exit_code_of_delivery(delivery)
