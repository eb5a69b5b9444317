"""``mail-console certificate``: make the key pair an app proves itself with, or show its certificate."""

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import ExitCode
from console.cli.microsoft365 import iso, put_lines, tell_refusal
from console.cli.output import put, put_json, say
from console.errors import UsageError
from console.verdict import SignInError

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.engine import Engine
    from console.microsoft365.certificates import Certificate


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``certificate``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    new = actions.add_parser("new", help="make a key pair; the private key stays here", allow_abbrev=False)
    new.add_argument("--bits", type=int, choices=(2048, 3072), default=3072, help="size of the key")
    new.add_argument("--replace", action="store_true", help="although there is one: the old one is gone then")
    new.add_argument("--json", action="store_true", help="print it as JSON")
    show = actions.add_parser("show", help="the certificate to upload, and how long it holds")
    show.add_argument("--json", action="store_true", help="print it as JSON")


def run(options: Namespace, session: "Session") -> int:
    """Do what the action says."""
    engine = session.engine
    try:
        if options.action == "new":
            certificate = _new(engine, options)
            say("Upload it: app registration > Certificates & secrets > Certificates > Upload certificate.")
        else:
            certificate = _shown(engine)
    except SignInError as error:
        return tell_refusal(error, engine.settings.load())
    _put(engine, certificate, as_json=options.json)
    return ExitCode.OK


def _new(engine: "Engine", options: Namespace) -> "Certificate":
    from console.microsoft365.own_certificate import new_own_certificate
    from console.secret import OWN_KEY

    if engine.secrets.has(OWN_KEY) and not options.replace:
        raise UsageError(
            "There is a key pair already; the app may be using it.",
            "Show it: mail-console certificate show. Make another in its place: add --replace.",
        )
    return new_own_certificate(engine, bits=options.bits)


def _shown(engine: "Engine") -> "Certificate":
    from console.microsoft365.app_credentials import find_certificate

    return find_certificate(engine, engine.settings.load())


def _put(engine: "Engine", certificate: "Certificate", *, as_json: bool) -> None:
    from console.microsoft365.own_certificate import file_to_upload

    days = (certificate.not_after - datetime.now(UTC)).days
    place = str(file_to_upload(engine, certificate) or "")
    if as_json:
        shape = {
            "subject": certificate.subject,
            "thumbprint": certificate.thumbprint,
            "sha256": certificate.fingerprint,
            "not_before": iso(certificate.not_before),
            "not_after": iso(certificate.not_after),
            "days_left": days,
            "bits": certificate.bits,
            "file": place,
            "pem": certificate.public_pem,
        }
        put_json({"version": JSON_VERSION, "certificate": shape})
        return
    put_lines(
        [
            ("Subject", certificate.subject),
            ("Thumbprint", certificate.thumbprint),
            ("Holds until", f"{certificate.not_after:%Y-%m-%d}, {days} days"),
            ("Key", f"RSA {certificate.bits}, stays on this appliance"),
            *([("File to upload", place)] if place else []),
        ]
    )
    put("")
    put(certificate.public_pem.rstrip("\n"))
