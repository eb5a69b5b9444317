"""``mail-console signout``: forget the sign-in at Microsoft 365."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from console.cli.exit_codes import ExitCode
from console.cli.output import put

if TYPE_CHECKING:
    from console.cli.session import Session


def arguments(_parser: ArgumentParser) -> None:
    """Nothing may follow ``signout``."""


def run(_options: Namespace, session: "Session") -> int:
    """Forget every token on disk; the app's secret or key stays, it is a setting."""
    from console.microsoft365.tokens import sign_out

    sign_out(session.engine)
    put("Signed out: token cache, access token and token file are gone from this appliance.")
    put("Tokens given out before hold until they end; an administrator ends them with 'Revoke sessions'.")
    return ExitCode.OK
