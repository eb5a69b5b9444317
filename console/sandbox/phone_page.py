"""The page the code's picture leads to: where a browser plays the phone's part. Works without JavaScript."""

from html import escape
from typing import Final

from console.sandbox.device_codes import Answer, DeviceCodes
from console.sandbox.directory import ACCOUNTS, SENDER, account
from console.sandbox.https_server import Reply, Request
from console.sandbox.page import STALE_FORM, error_line, is_from_our_form, page

_ANSWERS: Final = {
    "approve": Answer.APPROVED,
    "decline": Answer.DECLINED,
    "block": Answer.BLOCKED,
}
_NOT_FOUND: Final = "That code didn't work. Check the code and try again."
_SAYINGS: Final = {
    Answer.APPROVED: "You have signed in to the mail console application on your device. "
    "You may now close this window.",
    Answer.DECLINED: "You declined. The mail console was told so. You may now close this window.",
    Answer.BLOCKED: "Your sign-in was successful but does not meet the criteria to access this resource "
    "(AADSTS53003).",
}


class PhonePage:
    """``/device`` and what its forms lead to."""

    def __init__(self, codes: DeviceCodes) -> None:
        self._codes = codes

    def answer(self, request: Request) -> Reply | None:
        """Answer a request for the page; None when it is not for it."""
        match request.method, request.path:
            case "GET", "/device":
                given = request.query.get("user_code") or request.query.get("otc") or ""
                return self._code_form(request, given)
            case "POST", "/device":
                return self._account_form(request)
            case "POST", "/device/answer":
                return self._settle(request)
        return None

    def _code_form(self, request: Request, given: str = "", error: str = "", status: int = 200) -> Reply:
        body = (
            f"{error_line(error)}<form method='post' action='/device'>{{form}}"
            "<label for='code'>Enter the code displayed on your device.</label>"
            f"<input type='text' id='code' name='user_code' value='{escape(given[:40])}' maxlength='40' "
            "autocomplete='off' autocapitalize='characters' autofocus required>"
            "<button>Next</button></form>"
        )
        return page(request, "Enter code", body, status=status)

    def _account_form(self, request: Request) -> Reply:
        given = request.form().get("user_code", "")
        if not is_from_our_form(request):
            return self._code_form(request, given, STALE_FORM, 403)
        code = self._codes.of_user(given)
        if code is None:
            return self._code_form(request, given, _NOT_FOUND, 400)
        choices = "".join(
            f"<label><input type='radio' name='account' value='{one.address}'"
            f"{' checked' if one is SENDER else ''}> {one.address} <small>({one.says})</small></label>"
            for one in ACCOUNTS
        )
        body = (
            "<p>You're signing in to <b>mail console</b> on another device. Continue only if you started "
            f"this yourself.</p><form method='post' action='/device/answer'>{{form}}"
            f"<input type='hidden' name='user_code' value='{code.user_code}'>"
            f"<p>Who signs in?</p>{choices}"
            "<button name='answer' value='approve'>Continue</button>"
            "<button class='no' name='answer' value='decline'>Cancel</button>"
            "<button class='no' name='answer' value='block'>Be blocked by policy</button></form>"
        )
        return page(request, "Pick an account", body)

    def _settle(self, request: Request) -> Reply:
        form = request.form()
        given = form.get("user_code", "")
        if not is_from_our_form(request):
            return self._code_form(request, given, STALE_FORM, 403)
        code, who = self._codes.of_user(given), account(form.get("account", ""))
        answer = _ANSWERS.get(form.get("answer", ""))
        if code is None or who is None or answer is None or not self._codes.settle(code, answer, who):
            return self._code_form(request, "", "This code has lapsed or was answered already.", 400)
        return page(request, "mail console", f"<p>{escape(_SAYINGS[answer])}</p>")
