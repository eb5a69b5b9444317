"""The JSON form of Graph's ``sendMail``: the only one in which no copy need be kept in Sent Items
(microsoft-graph-docs, user-sendmail). Made from the same message; what it cannot carry is named.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from console.addresses import Mailbox, parse_addresses
from console.headers import decoded_words
from console.message import Message
from console.values import dataclass

if TYPE_CHECKING:
    from email.message import Message as Part

_OWN_HEADER_LIMIT: Final = 5
"""Graph takes at most five headers of one's own (graph-docs, internetMessageHeader)."""

_ADDRESS_FIELDS: Final = (("to", "toRecipients"), ("cc", "ccRecipients"))
_NOT_MEANT: Final = "nobody@invalid"
"""Stands for names without a domain, which no recipient of an envelope can be (RFC 2606 §2)."""


@dataclass(frozen=True, slots=True)
class JsonForm:
    """The request's body, and what of the message is not in it.

    Attributes:
        body: UTF-8 JSON.
        left_out: What Graph will make anew or drop, in words.
    """

    body: bytes
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A part that is no container; an attached message is one as a whole.

    Attributes:
        part: The part.
        versions: The ``multipart/alternative`` it stands in: all of that say the same. None for none.
    """

    part: "Part"
    versions: "Part | None"

    @property
    def is_text(self) -> bool:
        """Whether it is text for people to read in the mail itself."""
        kind = self.part.get_content_type()
        is_attached = self.part.get_content_disposition() == "attachment" or self.part.get_filename()
        return kind in ("text/plain", "text/html") and not is_attached


def json_form(message: Message) -> JsonForm:
    """Return the JSON form of `message`, not kept in Sent Items."""
    from email import message_from_bytes

    # The older of Python's two policies: the newer one's parser raises where a field is malformed.
    mail = message_from_bytes(message.content)
    fields = [(name, _field_text(value)) for name, value in mail.raw_items()]
    leaves = list(_leaves(mail, None))
    body = _body_of(leaves)
    subject = next((text for name, text in fields if name.lower() == "subject"), "")
    described: dict[str, Any] = {"subject": decoded_words(subject), "body": _body(body)}
    described |= _people(fields, message.recipients)
    own = [
        {"name": name, "value": decoded_words(text)} for name, text in fields if name.lower().startswith("x-")
    ]
    if own:
        described["internetMessageHeaders"] = own[:_OWN_HEADER_LIMIT]
    others = [one for one in leaves if one is not body and not _says_the_same(one, body)]
    if others:
        described["attachments"] = [_attachment(one.part) for one in others]
    left_out = ["Message-ID and Date are made anew by Exchange Online"]
    if any(_says_the_same(one, body) for one in leaves):
        left_out.append("the plain text beside the HTML is left out")
    if len(own) > _OWN_HEADER_LIMIT:
        left_out.append(f"{len(own) - _OWN_HEADER_LIMIT} header fields are left out")
    shape = {"message": described, "saveToSentItems": False}
    return JsonForm(json.dumps(shape, ensure_ascii=False).encode("utf-8", "replace"), tuple(left_out))


def _field_text(value: object) -> str:
    """Return a field unfolded; its raw 8-bit text is UTF-8, or else replaced."""
    raw = str(value).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "replace").replace("\r", "").replace("\n", "").strip()


def _leaves(part: "Part", versions: "Part | None") -> Iterator[_Leaf]:
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        above = part if part.get_content_subtype() == "alternative" else versions
        for one in _inside(part):
            yield from _leaves(one, above)
    else:
        yield _Leaf(part, versions)


def _inside(container: "Part") -> "list[Part]":
    return cast("list[Part]", container.get_payload())


def _body_of(leaves: Sequence[_Leaf]) -> _Leaf | None:
    """Return the first text; of several versions of it the HTML."""
    first = next((one for one in leaves if one.is_text), None)
    same = [one for one in leaves if one is first or _says_the_same(one, first)]
    return next((one for one in same if one.part.get_content_type() == "text/html"), first)


def _says_the_same(leaf: _Leaf, body: _Leaf | None) -> bool:
    """Whether a leaf is another version of the body's text."""
    if body is None or leaf is body or body.versions is None:
        return False
    return leaf.versions is body.versions and leaf.is_text


def _body(leaf: _Leaf | None) -> dict[str, str]:
    if leaf is None:
        return {"contentType": "Text", "content": ""}
    kind = "HTML" if leaf.part.get_content_type() == "text/html" else "Text"
    return {"contentType": kind, "content": _text(leaf.part)}


def _text(part: "Part") -> str:
    raw = _octets(part)
    try:
        return raw.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # a charset nobody knows
        return raw.decode("utf-8", "replace")


def _octets(part: "Part") -> bytes:
    """Return what a leaf holds, decoded; of an attached message (RFC 2046 §5.2) all its octets."""
    if part.is_multipart():
        return b"".join(one.as_bytes() for one in _inside(part))
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""


def _people(fields: Sequence[tuple[str, str]], recipients: Sequence[str]) -> dict[str, Any]:
    """Return everybody the mail names: of To and Cc those that are meant, as Bcc whoever is in neither."""
    described: dict[str, Any] = {}
    wanted = {address.casefold() for address in recipients}
    listed: set[str] = set()
    for field, name in _ADDRESS_FIELDS:
        meant = [one for one in _mailboxes(fields, field) if one.address.casefold() in wanted]
        listed |= {one.address.casefold() for one in meant}
        if meant:
            described[name] = [_person(one) for one in meant]
    if answers := _mailboxes(fields, "reply-to"):
        described["replyTo"] = [_person(one) for one in answers]
    if authors := _mailboxes(fields, "from"):
        described["from"] = _person(authors[0])
    hidden = [address for address in recipients if address.casefold() not in listed]
    if hidden:
        described["bccRecipients"] = [_person(Mailbox(address)) for address in hidden]
    return described


def _mailboxes(fields: Sequence[tuple[str, str]], name: str) -> list[Mailbox]:
    """Return the mailboxes of all fields of a name; a field that cannot be read names nobody."""
    found: list[Mailbox] = []
    for field, text in fields:
        if field.lower() == name:
            try:
                found += parse_addresses(text, _NOT_MEANT)
            except ValueError:
                continue
    return [one for one in found if one.address != _NOT_MEANT]


def _person(mailbox: Mailbox) -> dict[str, Any]:
    name = {"name": decoded_words(mailbox.name)} if mailbox.name else {}
    return {"emailAddress": {"address": mailbox.address, **name}}


def _attachment(part: "Part") -> dict[str, Any]:
    described: dict[str, Any] = {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": decoded_words(part.get_filename() or _name_of(part)),
        "contentType": part.get_content_type(),
        "contentBytes": base64.b64encode(_octets(part)).decode(),
    }
    if content_id := part.get("content-id"):
        described |= {"contentId": str(content_id).strip("<>"), "isInline": True}
    return described


def _name_of(part: "Part") -> str:
    """Return a name for what came without one, by which programs know what it is."""
    endings = {"message/rfc822": ".eml", "text/plain": ".txt", "text/html": ".html"}
    return f"attachment{endings.get(part.get_content_type(), '')}"
