"""A stand-in for Microsoft Graph's ``sendMail``, with its limits and errors.

Both forms of the call: JSON, and MIME as base64 (microsoft-graph-docs ``user-sendmail``). 202 means accepted;
the mail lands in the sandbox's mailbox.
"""

import base64
import binascii
import re
import threading
from collections.abc import Mapping
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any, Final

from console.sandbox.directory import Account, AppRegistration, account
from console.sandbox.entra_scopes import is_for_graph
from console.sandbox.entra_tokens import TokenMint
from console.sandbox.graph_errors import GRAPH_REFUSALS, GraphRefusal, identified
from console.sandbox.graph_json import mime_of_json
from console.sandbox.https_server import Reply, Request
from console.sandbox.mailbox import Mailbox
from console.sandbox.scenarios import ChosenFaults, Trick

LIMIT: Final = 4 * 1024 * 1024
"""Octets of a request."""
_PATH: Final = re.compile(r"/(?:v1\.0|beta)/(?:me|users/(?P<user>[^/]+))/sendMail", re.IGNORECASE)
_BCC: Final = re.compile(rb"^bcc:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*", re.IGNORECASE | re.MULTILINE)
_DEFECTS: Final = (ValueError, LookupError, TypeError, AttributeError)
"""What the standard library's mail parser is known to raise on hostile headers."""


class _RefusedError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.refusal = GRAPH_REFUSALS[name]


class Graph:
    """``POST /v1.0/me/sendMail`` and ``/v1.0/users/{id}/sendMail``."""

    def __init__(self, mint: TokenMint, app: AppRegistration, mailbox: Mailbox, faults: ChosenFaults) -> None:
        self._mint = mint
        self._app = app
        self._mailbox = mailbox
        self._faults = faults
        self._lock = threading.Lock()
        self._has_throttled = False

    def answer(self, request: Request) -> Reply | None:
        """Answer a request for Graph; None when it is not for it."""
        if not request.path.casefold().startswith(("/v1.0/", "/beta/")):
            return None
        own_id = request.headers.get("client-request-id", "")
        path = _PATH.fullmatch(request.path)
        if path is None or request.method != "POST":
            return GRAPH_REFUSALS["resource-not-found"].reply(own_id)
        try:
            self._check_faults()
            self._send(request, path["user"])
        except _RefusedError as error:
            return error.refusal.reply(own_id)
        return Reply(202, headers=identified(own_id)[1])

    def _check_faults(self) -> None:
        played = self._faults.graph
        if played is not None:
            raise _PlayedError(played)
        is_played = self._faults.has(Trick.THROTTLED_ONCE)
        with self._lock:
            is_first = is_played and not self._has_throttled
            self._has_throttled = is_played
        if is_first:
            raise _RefusedError("throttled-briefly")

    def _send(self, request: Request, user: str | None) -> None:
        claims = self._claims(request)
        owner = _owner(claims, user)
        _check_permission(claims, owner)
        if not owner.has_mailbox:
            raise _RefusedError("mailbox-not-enabled")
        if request.size > LIMIT:
            raise _RefusedError("too-large")
        self._accept(_content(request), owner)

    def _claims(self, request: Request) -> Mapping[str, Any]:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.casefold() != "bearer" or not token:
            raise _RefusedError("no-token")
        try:
            claims = self._mint.checked(token.strip())
        except ValueError as error:
            raise _RefusedError("invalid-token") from error
        if not is_for_graph(claims["aud"]):
            raise _RefusedError("wrong-audience")
        return claims

    def _accept(self, content: bytes, owner: Account) -> None:
        header, rest = _parted(content)
        try:
            fields = BytesHeaderParser().parsebytes(header)
            named = (one for one in _addresses(fields, "to", "cc", "bcc") if "@" in one)
            recipients = tuple(dict.fromkeys(named))
            senders = _addresses(fields, "from")
        except _DEFECTS as error:
            raise _RefusedError("bad-request") from error
        if not recipients:
            raise _RefusedError("invalid-recipients")
        sender = (senders or [owner.address])[0]
        if sender.casefold() != owner.address and (owner.address, sender.casefold()) not in self._app.send_as:
            raise _RefusedError("send-as-denied")
        if not senders:
            header = f"From: {owner.address}\r\n".encode() + header
        content = _BCC.sub(b"", header) + rest
        self._mailbox.deliver(sender, recipients, content, via="graph", user=owner.address)


class _PlayedError(_RefusedError):
    def __init__(self, refusal: GraphRefusal) -> None:
        super(_RefusedError, self).__init__(refusal.code)
        self.refusal = refusal


def _owner(claims: Mapping[str, Any], user: str | None) -> Account:
    if user is None:
        if "upn" not in claims:
            raise _RefusedError("me-without-user")
        user = str(claims["upn"])
    found = account(user)
    if found is None:
        raise _RefusedError("invalid-user")
    return found


def _check_permission(claims: Mapping[str, Any], owner: Account) -> None:
    if "upn" in claims:
        may = "Mail.Send" in claims["scp"].split() and claims["upn"].casefold() == owner.address
    else:
        may = "Mail.Send" in claims.get("roles", ())
    if not may:
        raise _RefusedError("no-permission")


def _content(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind == "application/json":
        try:
            return mime_of_json(request.body)
        except ValueError as error:
            raise _RefusedError("bad-request") from error
    if kind != "text/plain":
        raise _RefusedError("bad-request")
    try:
        return base64.b64decode(b"".join(request.body.split()), validate=True)
    except binascii.Error as error:
        raise _RefusedError("invalid-mime") from error


def _addresses(fields: Message, *names: str) -> list[str]:
    lines = [str(line) for name in names for line in fields.get_all(name, [])]
    return [address for _, address in getaddresses(lines)]


def _parted(content: bytes) -> tuple[bytes, bytes]:
    for blank in (b"\r\n\r\n", b"\n\n"):
        header, found, body = content.partition(blank)
        if found:
            end = len(blank) // 2
            return header + blank[:end], blank[end:] + body
    return content + b"\r\n", b""
