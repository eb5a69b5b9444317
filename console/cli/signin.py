"""``mail-console signin``: sign in with a code on any phone or computer, or as an app."""

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any, Final

from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import ExitCode
from console.cli.microsoft365 import (
    exit_code_of_refusal,
    findings_of,
    needs_microsoft,
    put_lines,
    status_lines,
    status_shape,
    tell_findings,
    tell_refusal,
)
from console.cli.output import put, put_json, say
from console.delivery_json import finding_values
from console.errors import UsageError
from console.settings.model import APP, Settings
from console.verdict import Finding, SignInError

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.deadline import Deadline
    from console.engine import Engine
    from console.microsoft365.sign_in import Code, Decision, DeviceSignIn, SignInResult, State

_APP_SECONDS: Final = 60.0
_ROWS_OF_TEXT: Final = 7
"""Rows of a terminal that address, code, account, life and state take, the cursor's among them."""


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``signin``."""
    parser.add_argument("--app", action="store_true", help="the app signs in as itself, without a code")
    account = parser.add_mutually_exclusive_group()
    account.add_argument(
        "--send-as",
        action="store_true",
        help="keep the sign-in of another account: it authenticates, the From address stays",
    )
    account.add_argument(
        "--use-account",
        action="store_true",
        help="make the account that signs in the From address",
    )
    parser.add_argument("--no-qr", action="store_true", help="no QR picture: plain text for screen readers")
    parser.add_argument(
        "--codes",
        type=int,
        default=3,
        metavar="N",
        help="ask for at most N codes when they lapse (default 3)",
    )
    parser.add_argument("--json", action="store_true", help="print each event as a line of JSON")


def run(options: Namespace, session: "Session") -> int:
    """Sign in and store it; the exit code is 0 when the sign-in is stored and fits."""
    engine = session.engine
    settings = engine.settings.load()
    if not needs_microsoft(settings):
        return ExitCode.CONFIGURATION
    is_app = settings.mail.transport in APP
    if options.app and not is_app:
        raise UsageError(
            f"The transport {settings.mail.transport} signs in with a code.",
            "Leave out --app, or choose an app transport: mail-console settings set mail.transport=graph-app",
        )
    teller = _Teller(settings, as_json=options.json, with_picture=not options.no_qr)
    try:
        if is_app:
            return _sign_in_app(engine, settings, teller)
        return _sign_in_account(engine, settings, options, teller)
    except SignInError as error:
        if not options.json:
            return tell_refusal(error, settings)
        teller.refused("failed", findings_of(error.failure, settings))
        return exit_code_of_refusal(error)


def _sign_in_account(engine: "Engine", settings: Settings, options: Namespace, teller: "_Teller") -> int:
    from console.cli.stopping import stoppable
    from console.deadline import Deadline
    from console.microsoft365.sign_in import DeviceSignIn, Lapsed, SignedIn

    sign_in = DeviceSignIn(engine, settings)
    with stoppable() as cancellation:
        deadline = Deadline(None, cancellation)
        for _ in range(max(1, options.codes)):
            ended = _until_it_ends(sign_in, teller, deadline)
            if not isinstance(ended, Lapsed):
                break
    if isinstance(ended, SignedIn):
        return _keep(engine, sign_in, ended.result, _decision(options), teller)
    if isinstance(ended, Lapsed):
        say("No code was used in time.")
        return ExitCode.TEMPORARY
    teller.refused(type(ended).__name__.lower(), getattr(ended, "findings", ()))
    return ExitCode.NO_PERMISSION


def _until_it_ends(sign_in: "DeviceSignIn", teller: "_Teller", deadline: "Deadline") -> "State":
    from console.microsoft365.sign_in import Slowed, Unreachable, Waiting

    teller.code(sign_in.start(deadline))
    while True:
        state = sign_in.poll(deadline)
        teller.state(state, sign_in.seconds_left())
        if not isinstance(state, Waiting | Slowed | Unreachable):
            return state


def _decision(options: Namespace) -> "Decision":
    from console.microsoft365.sign_in import Decision

    if options.send_as:
        return Decision.SEND_AS
    return Decision.USE_ACCOUNT if options.use_account else Decision.SAVE


def _keep(
    engine: "Engine",
    sign_in: "DeviceSignIn",
    result: "SignInResult",
    decision: "Decision",
    teller: "_Teller",
) -> int:
    from console.microsoft365.tokens import sign_in_status

    try:
        renewal = sign_in.keep(result, decision)
    except SignInError as error:
        teller.not_kept(result, error)
        return ExitCode.NO_PERMISSION
    settings = engine.settings.load()
    teller.kept(sign_in_status(engine, settings), result.fit.findings() if result.fit.warnings else ())
    if renewal.token_file_problem is not None:
        say(f"The token file for this appliance's software: {renewal.token_file_problem}")
        return ExitCode.CANNOT_WRITE
    return ExitCode.OK


def _sign_in_app(engine: "Engine", settings: Settings, teller: "_Teller") -> int:
    from console.cli.stopping import stoppable
    from console.deadline import Deadline
    from console.microsoft365.tokens import fit_of, renew, sign_in_status

    with stoppable() as cancellation:
        renewal = renew(engine, settings, Deadline(_APP_SECONDS, cancellation))
    fit = fit_of(renewal.record, settings)
    teller.kept(sign_in_status(engine, settings), fit.findings())
    if not fit.is_good:
        return ExitCode.NO_PERMISSION
    return ExitCode.OK if renewal.token_file_problem is None else ExitCode.CANNOT_WRITE


class _Teller:
    """Tells how the sign-in goes: lines for people, or one JSON document a line for programs."""

    def __init__(self, settings: Settings, *, as_json: bool, with_picture: bool) -> None:
        self._settings = settings
        self._as_json = as_json
        self._with_picture = with_picture
        self._last = ""

    def code(self, code: "Code") -> None:
        """Tell address and code."""
        if self._as_json:
            self._event(
                "code",
                user_code=code.user_code,
                verification_uri=code.verification_uri,
                verification_uri_complete=code.verification_uri_complete or None,
                expires_in=round(code.lifetime),
                interval=code.interval,
                message=code.message,
                correlation_id=code.correlation_id,
            )
            return
        if self._with_picture:
            _put_picture(code)
        put("On any phone or computer:")
        put(f"  1. Open      {code.verification_uri}")
        put(f"  2. Enter     {code.user_code}")
        who = self._settings.mailbox or "the mailbox that sends, not an administrator"
        put(f"  3. Sign in as {who}")
        put(f"The code holds for {round(code.lifetime / 60)} minutes. Ctrl+C stops.")
        _flush()

    def state(self, state: "State", seconds_left: float) -> None:
        """Tell a state; in words only when it changes, so that a screen reader is not flooded."""
        name = type(state).__name__.lower()
        failure = getattr(state, "failure", None)
        said = failure.text if failure else ""
        if self._as_json:
            if name in ("waiting", "slowed", "unreachable", "lapsed"):
                more = {"kind": failure.kind, "said": said} if failure else {}
                self._event(name, seconds_left=round(seconds_left), **more)
            return
        words = {
            "waiting": "Waiting for you.",
            "slowed": "Waiting for you; the service wants to be asked less often.",
            "unreachable": f"The service cannot be reached; it is tried again by itself: {said}",
            "lapsed": "The code has lapsed.",
        }.get(name, "")
        if words and words != self._last:
            put(words)
            _flush()
        self._last = words

    def kept(self, status: Any, findings: tuple[Finding, ...]) -> None:
        """Tell that the sign-in is stored."""
        if self._as_json:
            shapes = [finding_values(finding) for finding in findings]
            self._event("signed-in", stored=True, sign_in=status_shape(status), findings=shapes)
            return
        put("Signed in and stored.")
        put_lines(status_lines(status))
        tell_findings(findings)

    def not_kept(self, result: "SignInResult", error: SignInError) -> None:
        """Tell that somebody signed in, but it was not stored."""
        findings = result.fit.findings() or findings_of(error.failure, self._settings)
        if self._as_json:
            shapes = [finding_values(finding) for finding in findings]
            self._event("signed-in", stored=False, account=result.grant.account, findings=shapes)
            return
        say(f"Not stored: {error.what}")
        tell_findings(findings)
        if error.failure.kind == "oauth.wrong-account":
            say("")
            say("To keep it, decide: --send-as (it sends in the name of the From address), or --use-account.")

    def refused(self, event: str, findings: tuple[Finding, ...]) -> None:
        """Tell that it ended without a sign-in."""
        if self._as_json:
            self._event(event, findings=[finding_values(finding) for finding in findings])
            return
        say("Declined on the phone." if event == "declined" else "The sign-in was refused.")
        tell_findings(findings)

    def _event(self, name: str, **more: Any) -> None:
        put_json({"version": JSON_VERSION, "event": name, **more})
        _flush()


def _put_picture(code: "Code") -> None:
    """Draw the picture where it fits whole, margin and all, above the text that stands there always."""
    from shutil import get_terminal_size

    from console.qr import QrError, best, matrix

    if sys.stdout is None:
        return
    is_terminal = sys.stdout.isatty()
    size = get_terminal_size()
    columns, rows = (size.columns, size.lines - _ROWS_OF_TEXT) if is_terminal else (80, 200)
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    for text in dict.fromkeys((code.picture, code.verification_uri)):  # without the code in it, it is smaller
        try:
            picture = best(matrix(text), columns, rows, ascii_only=not is_utf8)
        except QrError:
            continue
        if picture is not None:
            sys.stdout.write((picture.coloured() if is_terminal else picture.plain()) + "\n")
            return


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
