"""The JSON form of Graph's ``sendMail``: the only one in which no copy need be kept in Sent Items
(microsoft-graph-docs, user-sendmail). Made from the same message; what it cannot carry is named.
"""

import base64
import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any, Final

from console.message import Message
from console.values import dataclass

_OWN_HEADER_LIMIT: Final = 5
"""Graph takes at most five headers of one's own (graph-docs, internetMessageHeader)."""

_ADDRESS_FIELDS: Final = (("to", "toRecipients"), ("cc", "ccRecipients"), ("reply-to", "replyTo"))


@dataclass(frozen=True, slots=True)
class JsonForm:
    """The request's body, and what of the message is not in it.

    Attributes:
        body: UTF-8 JSON.
        left_out: What Graph will make anew or drop, in words.
    """

    body: bytes
    left_out: tuple[str, ...]


def json_form(message: Message) -> JsonForm:
    """Return the JSON form of `message`, not kept in Sent Items.

    Raises:
        ValueError: The content cannot be read as a message.
    """
    from email import message_from_bytes
    from email.policy import default

    mail = message_from_bytes(message.content, policy=default)
    if not isinstance(mail, EmailMessage):
        raise TypeError("the default policy makes EmailMessage")
    described: dict[str, Any] = {"subject": str(mail.get("subject", "")), "body": _body(mail)}
    wanted = {address.casefold() for address in message.recipients}
    listed: set[str] = set()
    for field, name in _ADDRESS_FIELDS:
        people = list(_people(mail, field))
        if field != "reply-to":
            people = [one for one in people if one["emailAddress"]["address"].casefold() in wanted]
            listed |= {one["emailAddress"]["address"].casefold() for one in people}
        if people:
            described[name] = people
    if sender := list(_people(mail, "from")):
        described["from"] = sender[0]
    hidden = [address for address in message.recipients if address.casefold() not in listed]
    if hidden:
        described["bccRecipients"] = [{"emailAddress": {"address": address}} for address in hidden]
    own, left_out = _own_headers(mail)
    if own:
        described["internetMessageHeaders"] = own
    if attachments := list(_attachments(mail)):
        described["attachments"] = attachments
    shape = {"message": described, "saveToSentItems": False}
    return JsonForm(json.dumps(shape, ensure_ascii=False).encode("utf-8", "replace"), left_out)


def _body(mail: EmailMessage) -> dict[str, str]:
    part = mail.get_body(preferencelist=("html", "plain"))
    if part is None:
        return {"contentType": "Text", "content": ""}
    kind = "HTML" if part.get_content_type() == "text/html" else "Text"
    return {"contentType": kind, "content": _text(part)}


def _text(part: Any) -> str:
    raw = part.get_payload(decode=True) or b""
    try:
        return str(raw.decode(part.get_content_charset("utf-8"), "replace"))
    except LookupError:  # a charset nobody knows
        return str(raw.decode("utf-8", "replace"))


def _people(mail: EmailMessage, field: str) -> Iterator[dict[str, Any]]:
    for value in mail.get_all(field, []):
        for one in value.addresses:
            if one.username and one.domain:
                name = {"name": one.display_name} if one.display_name else {}
                yield {"emailAddress": {"address": one.addr_spec, **name}}


def _own_headers(mail: EmailMessage) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    own = [(name, str(value)) for name, value in mail.items() if name.lower().startswith("x-")]
    shown = [{"name": name, "value": value} for name, value in own[:_OWN_HEADER_LIMIT]]
    left_out = ["Message-ID and Date are made anew by Exchange Online"]
    body = mail.get_body(preferencelist=("html", "plain"))
    if body is not None and body.get_content_type() == "text/html" and mail.get_body(("plain",)) is not None:
        left_out.append("the plain text beside the HTML is left out")
    if len(own) > _OWN_HEADER_LIMIT:
        left_out.append(f"{len(own) - _OWN_HEADER_LIMIT} header fields are left out")
    return shown, tuple(left_out)


def _attachments(mail: EmailMessage) -> Iterator[dict[str, Any]]:
    body = mail.get_body(preferencelist=("html", "plain"))
    for part in mail.walk():
        is_text = part.get_content_type() in ("text/plain", "text/html") and not part.get_filename()
        if part.is_multipart() or part is body or is_text:
            continue
        raw = part.get_payload(decode=True)
        described: dict[str, Any] = {
            "@odata.type": "#microsoft.graph.fileAttachment",
            "name": part.get_filename() or "attachment",
            "contentType": part.get_content_type(),
            "contentBytes": base64.b64encode(raw if isinstance(raw, bytes) else b"").decode(),
        }
        if content_id := part.get("content-id"):
            described |= {"contentId": str(content_id).strip("<>"), "isInline": True}
        yield described
