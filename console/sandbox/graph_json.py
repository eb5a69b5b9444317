"""The JSON form of Graph's ``sendMail`` turned into a message (microsoft-graph-docs ``user-sendmail``)."""

import base64
import json
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any


def mime_of_json(body: bytes) -> bytes:
    """Return the message that a JSON body describes, CRLF line ends, Bcc included.

    Raises:
        ValueError: It is no such JSON.
    """
    try:
        message = json.loads(body)["message"]
        return bytes(_message(message))
    except (KeyError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise ValueError("not a message") from error


def _message(described: dict[str, Any]) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = str(described.get("subject", ""))
    if sender := described.get("from"):
        message["From"] = str(sender["emailAddress"]["address"])
    for field, name in (("toRecipients", "To"), ("ccRecipients", "Cc"), ("bccRecipients", "Bcc")):
        if addresses := list(_addresses(described.get(field) or [])):
            message[name] = ", ".join(addresses)
    content = described.get("body") or {}
    is_html = str(content.get("contentType", "Text")).casefold() == "html"
    message.set_content(str(content.get("content", "")), subtype="html" if is_html else "plain")
    for attachment in described.get("attachments") or []:
        kind, _, subtype = str(attachment.get("contentType", "application/octet-stream")).partition("/")
        raw = base64.b64decode(attachment["contentBytes"], validate=True)
        message.add_attachment(raw, maintype=kind, subtype=subtype, filename=str(attachment["name"]))
    return message


def _addresses(recipients: list[dict[str, Any]]) -> Iterator[str]:
    for recipient in recipients:
        yield str(recipient["emailAddress"]["address"])
