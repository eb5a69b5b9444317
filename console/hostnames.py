"""Host names, domains and IP addresses: what one may write, and the ASCII form that goes over the wire."""

import re

from console.annotations import Final

_NAME_LIMIT: Final = 253
"""Characters of a name as written (RFC 1035 §2.3.4: 255 octets with the length of each label)."""
_LABEL_LIMIT: Final = 63
_TYPED_LIMIT: Final = 4 * _NAME_LIMIT
"""Characters looked at: to normalise a text and to make punycode of it take the square of its length."""
_IPV4: Final = r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}"
_ZONE: Final = r"[A-Za-z0-9._-]{1,15}"
_OTHER_DOTS: Final = str.maketrans("。．｡", "...")


def is_ipv4(text: str) -> bool:
    """Whether `text` is an IPv4 address of four decimal numbers."""
    return text[-1:].isdigit() and re.fullmatch(_IPV4, text, re.ASCII) is not None


def ipv6(text: str) -> str:
    """Return an IPv6 address in its shortest form (RFC 5952), keeping a zone (``%eth0``).

    Raises:
        ValueError: It is none; one plain sentence.
    """
    import socket  # costs milliseconds; few hosts are written as IPv6 addresses

    address, percent, zone = text.partition("%")
    if percent and not re.fullmatch(_ZONE, zone):
        raise ValueError("What follows % must be the name of a network interface.")
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address)) + percent + zone
    except (OSError, ValueError):  # ValueError: a NUL or a surrogate in it
        raise ValueError("That is not an IPv6 address.") from None


def ascii_domain(text: str, *, underscores: bool = False) -> str:
    """Return a host name or domain in its ASCII form, lower case; international ones as ``xn--…``.

    Args:
        text: As typed; one dot at its end is dropped.
        underscores: Whether ``_`` may stand in it (names of machines do have it, mail domains must not).

    Raises:
        ValueError: It is none; one plain sentence.
    """
    if len(text) > _TYPED_LIMIT:
        raise ValueError(_too_long(len(text)))
    name = text if text.isascii() else _normalised(text)
    labels = [_ascii_label(one, underscores) for one in name.lower().removesuffix(".").split(".")]
    domain = ".".join(labels)
    if len(domain) > _NAME_LIMIT:
        raise ValueError(_too_long(len(domain)))
    if labels[-1].isdigit():
        raise ValueError("A name cannot end in a number; an IPv4 address is four numbers from 0 to 255.")
    return domain


def _too_long(characters: int) -> str:
    return f"The name is too long: {characters} characters, at most {_NAME_LIMIT} are allowed."


def _normalised(text: str) -> str:
    """Return an international name as IDNA compares it (UTS 46, without its tables of exceptions)."""
    import unicodedata  # a large table; few names are international

    return unicodedata.normalize("NFKC", text.translate(_OTHER_DOTS)).lower()


def _ascii_label(label: str, underscores: bool) -> str:
    if not label:
        raise ValueError("Between the dots of the name something is missing.")
    if not label.isascii():
        label = _punycode(label)
    if len(label) > _LABEL_LIMIT:
        raise ValueError(f"A part of the name is longer than {_LABEL_LIMIT} characters.")
    letters = label.replace("_", "x") if underscores else label
    if not letters.replace("-", "x").isalnum() or "-" in (letters[0], letters[-1]):
        raise ValueError(_why_not(label, underscores))
    return label


def _punycode(label: str) -> str:
    import unicodedata  # see above

    for character in label:
        if character != "-" and unicodedata.category(character)[0] not in "LMN":
            raise ValueError(f"The character {shown_character(character)} cannot stand in a name.")
    if unicodedata.category(label[0])[0] == "M" or label[0] == "-" or label[-1] == "-":
        raise ValueError("A part of the name begins or ends with a character that cannot stand there.")
    return "xn--" + label.encode("punycode").decode("ascii")


def _why_not(label: str, underscores: bool) -> str:
    for character in label:
        if not (character.isalnum() or character == "-" or (underscores and character == "_")):
            return f"The character {shown_character(character)} cannot stand in a name."
    return "A part of the name cannot begin or end with a hyphen."


def host_and_port(host: str, port: int) -> str:
    """Return ``host:port``, with brackets round an IPv6 address (RFC 3986 §3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def shown_character(character: str) -> str:
    """Return a character as a message shows it."""
    if character == " ":
        return "“space”"
    return f"“{character}”" if character.isprintable() else f"U+{ord(character):04X}"
