"""Mail addresses: one bare (RFC 5321 §4.1.2, RFC 6531), and lists of them with names (RFC 5322 §3.4)."""

import re
from collections.abc import Iterator

from console.annotations import Final
from console.hostnames import ascii_domain, ipv6, is_ipv4
from console.values import dataclass

LOCAL_PART_LIMIT: Final = 64
"""Octets before the @ (RFC 5321 §4.5.3.1.1)."""
ADDRESS_LIMIT: Final = 254
"""Octets of a whole address (RFC 5321 §4.5.3.1.3: a path of 256 less its angle brackets)."""
_TYPED_LIMIT: Final = 4 * ADDRESS_LIMIT
"""Characters looked at: to normalise a text takes the square of its length."""

_TOO_LONG: Final = f"The address is too long: at most {ADDRESS_LIMIT} octets are allowed."
_ATOM: Final = r"""[^\x00-\x20"(),.:;<>@\[\\\]\x7f]+"""
_DOT_STRING: Final = rf"{_ATOM}(?:\.{_ATOM})*"
_LOCAL_NAME: Final = r"<?[A-Za-z0-9_][A-Za-z0-9_.-]*>?"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_QUOTED_LOCAL: Final = r'"(?:[^\x00-\x1f"\\\x7f]|\\[\x20-\x7e])*"'


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address with the name beside it.

    Attributes:
        address: Bare and valid (`valid_address`).
        name: Display name, decoded text without quotes; "" for none.
    """

    address: str
    name: str = ""


def valid_address(text: str) -> str:
    """Return one bare mail address in the form it is used in: its domain in ASCII (``xn--…``), lower case.

    Raises:
        ValueError: It is none; one plain sentence saying why.
    """
    text = text.strip()
    if len(text) > _TYPED_LIMIT:
        raise ValueError(_TOO_LONG)
    if not text.isprintable():
        raise ValueError("The address holds an invisible character; type it instead of pasting it.")
    _refuse_near_misses(text)
    local, domain = _halves(text)
    if not text.isascii():
        import unicodedata  # a large table; few addresses need it

        local = unicodedata.normalize("NFC", local)
    _check_local_part(local)
    address = f"{local}@{_domain(domain)}"
    if len(address.encode()) > ADDRESS_LIMIT:
        raise ValueError(_TOO_LONG)
    return address


def parse_addresses(text: str, local_user: str = "") -> tuple[Mailbox, ...]:
    """Return the mailboxes of an address list as a header or a person writes it.

    Takes display names, quoted ones too, comments, groups (their members count), and commas or semicolons
    between. Encoded words stay as they are.

    Args:
        text: The list; may be empty.
        local_user: Address that stands for local names without a domain (``root``); "" refuses those.

    Raises:
        ValueError: Something in it is no address; the sentence names it.
    """
    return tuple(_mailbox(piece, local_user) for piece in _pieces(text))


def _refuse_near_misses(text: str) -> None:
    if "\ufffd" in text:  # it stands where something could not be read: whose address it was is unknown
        raise ValueError("The address holds octets that are no UTF-8 text.")
    if not text:
        raise ValueError("The address is empty.")
    if text.endswith(">") and "<" in text:
        raise ValueError("Give the address alone, without name and angle brackets.")
    if "@" not in text:
        raise ValueError("The @ is missing: an address looks like name@example.com.")


def _halves(text: str) -> tuple[str, str]:
    """Split at the @ that ends the local part (a quoted one may hold further ones)."""
    quoted = re.match(_QUOTED, text) if text.startswith('"') else None
    if quoted and text[quoted.end() : quoted.end() + 1] == "@":
        return quoted[0], text[quoted.end() + 1 :]
    local, _, domain = text.rpartition("@")
    return local, domain


def _check_local_part(local: str) -> None:
    if not local:
        raise ValueError("Before the @ the name is missing.")
    size = len(local.encode())
    if size > LOCAL_PART_LIMIT:
        raise ValueError(f"Before the @ at most {LOCAL_PART_LIMIT} octets are allowed, there are {size}.")
    if local.startswith('"'):
        if not re.fullmatch(_QUOTED_LOCAL, local):
            raise ValueError("The quotes before the @ are not closed, or hold what they cannot hold.")
    elif not re.fullmatch(_DOT_STRING, local) or any(one.isspace() for one in local):
        raise ValueError(_why_not(local))


def _why_not(local: str) -> str:
    if "@" in local:
        return "There is more than one @; give one address alone."
    if any(one.isspace() for one in local):
        return "There is a space in the address."
    if local[0] == "." or local[-1] == "." or ".." in local:
        return "Before the @ a dot stands first, last or twice."
    bad = next(one for one in local if not (one == "." or re.fullmatch(_DOT_STRING, one)))
    return f"The character “{bad}” cannot stand before the @."


def _domain(domain: str) -> str:
    if not domain:
        raise ValueError("After the @ the domain is missing.")
    if domain.startswith("[") and domain.endswith("]"):
        return f"[{_literal(domain[1:-1])}]"
    if is_ipv4(domain) or ":" in domain:
        raise ValueError("An IP address after the @ stands in brackets, as in name@[192.0.2.1].")
    return ascii_domain(domain)


def _literal(text: str) -> str:
    """Return what stands in the brackets of an address literal (RFC 5321 §4.1.3)."""
    if is_ipv4(text):
        return text
    if text[:5].lower() == "ipv6:" and "%" not in text:
        return f"IPv6:{ipv6(text[5:])}"
    raise ValueError("In the brackets an IPv4 address must stand, or IPv6: and an IPv6 address.")


def _pieces(text: str) -> Iterator[str]:
    """Yield the pieces between commas and semicolons, without comments and the names of groups."""
    piece: list[str] = []
    is_in_angle = False
    for part in _parts(text):
        if part in (",", ";") and not is_in_angle:
            yield from _nonempty(piece)
            piece = []
        elif part == ":" and not is_in_angle:
            piece = []  # what came before named a group
        else:
            is_in_angle = part == "<" or (is_in_angle and part != ">")
            piece.append(part)
    yield from _nonempty(piece)


def _nonempty(piece: list[str]) -> Iterator[str]:
    joined = "".join(piece).strip()
    if joined:
        yield joined


def _parts(text: str) -> Iterator[str]:
    """Yield quoted strings and domain literals whole, comments not at all, and the rest by the character."""
    at = 0
    while at < len(text):
        character = text[at]
        if character == '"':
            quoted = re.compile(_QUOTED).match(text, at)
            if quoted is None:
                raise ValueError("A quotation mark is not closed.")
            yield quoted[0]
            at = quoted.end()
        elif character == "[" and (end := text.find("]", at)) > 0:
            yield text[at : end + 1]
            at = end + 1
        elif character == "(":
            at = _after_comment(text, at)
        else:
            yield character
            at += 1


def _after_comment(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    raise ValueError("A parenthesis is not closed.")


def _mailbox(piece: str, local_user: str) -> Mailbox:
    try:
        if local_user and re.fullmatch(_LOCAL_NAME, piece):
            return Mailbox(local_user)
        if not piece.endswith(">"):
            return Mailbox(valid_address(piece))
        name, angle, address = piece[:-1].rpartition("<")
        if not angle:
            raise ValueError("The angle bracket < is missing.")
        return Mailbox(valid_address(address), _unquoted(name.strip()))
    except ValueError as error:
        shown = piece if len(piece) <= 80 else piece[:79] + "…"
        raise ValueError(f"{shown}: {error}") from None


def _unquoted(name: str) -> str:
    if re.fullmatch(_QUOTED, name):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return " ".join(name.split())
