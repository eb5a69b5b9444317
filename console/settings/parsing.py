"""Typed text to values, one function a kind; each refuses with one plain sentence (ValueError)."""

import re

from console.addresses import valid_address
from console.annotations import Final
from console.hostnames import ascii_domain, ipv6, is_ipv4, shown_character
from console.text import nearest, printable

_HEX: Final = frozenset("0123456789abcdefABCDEF")
_GUID_DIGITS: Final = 32
_SHA1_DIGITS: Final = 40
_SHA256_DIGITS: Final = 64
_SCHEME: Final = r"([A-Za-z][A-Za-z0-9+.-]*)://"
_SHARED_TENANTS: Final = ("common", "organizations", "consumers")
_OWN_SCOPES: Final = ("offline_access", "openid", "profile", "email")
_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})
_LARGEST_PORT: Final = 65535


def plain(text: str) -> str:
    """Return text of one line without control or invisible characters."""
    if "\n" in text or "\r" in text:
        raise ValueError("It must stay on one line.")
    if "\t" in text or printable(text) != text:
        raise ValueError("It holds a control character or an invisible one; type it instead of pasting it.")
    return text


def secret(text: str) -> str:
    """Return a secret as typed, less a line end that came along when it was pasted."""
    value = text.rstrip("\r\n")
    if any(one < " " or one == "\x7f" or "\ud800" <= one <= "\udfff" for one in value):
        raise ValueError("It holds a control character; paste it without line ends.")
    return value


def boolean(text: str) -> bool:
    """Return true or false from ``true false yes no on off 1 0``."""
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("Write true or false.")


def number(text: str, least: int, most: int, unit: str = "") -> int:
    """Return a whole number within bounds."""
    digits = text.strip().removesuffix(unit).rstrip()
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"Write a whole number from {least} to {most}.")
    value = int(digits[:20])
    if not least <= value <= most:
        raise ValueError(f"The number must be from {least} to {most}.")
    return value


def one_of(text: str, values: tuple[str, ...]) -> str:
    """Return one of the values, whatever the case it was typed in."""
    word = text.strip().lower()
    if word in values:
        return word
    near = nearest(word, values)
    meant = f" Did you mean {near}?" if near else ""
    raise ValueError(f"That is not one of the choices.{meant}")


def mail_address(text: str) -> str:
    """Return one bare mail address."""
    if "," in text or ";" in text:
        parts = [one for one in re.split("[,;]", text) if "@" in one]
        if len(parts) > 1:
            raise ValueError("Only one address can stand here.")
    return valid_address(text)


def host(text: str) -> str:
    """Return a host name in ASCII, an IPv4 or an IPv6 address (without brackets)."""
    if "://" in text and re.match(_SCHEME, text):
        raise ValueError("Write the host name alone, without what stands before ://.")
    if "/" in text:
        raise ValueError("Write the host name alone, without a path.")
    if "@" in text:
        raise ValueError("That is a mail address; write the host name of the mail server.")
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if bare.count(":") == 1 or "]:" in bare:
        raise ValueError("Write the port into its own field.")
    if ":" in bare:
        return ipv6(bare)
    return bare if is_ipv4(bare) else ascii_domain(bare, underscores=True)


def ehlo_name(text: str) -> str:
    """Return a host name, or an IP address as the literal that EHLO takes (RFC 5321 §4.1.3)."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if is_ipv4(bare):
        return f"[{bare}]"
    if ":" in bare:
        return f"[IPv6:{ipv6(bare[5:] if bare[:5].lower() == 'ipv6:' else bare)}]"
    return ascii_domain(bare)


def guid(text: str) -> str:
    """Return a GUID in lower case with its dashes; they need not be typed, braces do no harm."""
    digits = text.strip("{}() ").replace("-", "")
    for one in digits:
        if one not in _HEX:
            raise ValueError(
                f"The character {shown_character(one)} cannot stand in a GUID, only 0-9 and a-f."
            )
    missing = _GUID_DIGITS - len(digits)
    if missing:
        count = abs(missing)
        what = "character" if count == 1 else "characters"
        raise ValueError(f"{count} {what} {'missing' if missing > 0 else 'too many'}.")
    low = digits.lower()
    return f"{low[:8]}-{low[8:12]}-{low[12:16]}-{low[16:20]}-{low[20:]}"


def tenant(text: str) -> str:
    """Return a tenant: a GUID, or a domain of the tenant."""
    if text.lower() in _SHARED_TENANTS:
        raise ValueError(
            f"“{text.lower()}” stands for everybody's tenants; mail needs your own: its ID or a domain of it."
        )
    if "@" in text:
        raise ValueError("Write the domain alone, what follows the @.")
    if re.match(_SCHEME, text) or "/" in text:
        raise ValueError("Write the tenant's ID or domain alone, without https:// and path.")
    if "." not in text.removesuffix("."):
        return guid(text)
    return ascii_domain(text)


def fingerprint(text: str) -> str:
    """Return a SHA-256 fingerprint: lower case, pairs of digits with colons between."""
    digits = re.sub(r"^.*[=]|^sha-?256[:/]", "", text, flags=re.IGNORECASE)
    digits = re.sub(r"[\s:-]", "", digits).lower()
    for one in digits:
        if one not in _HEX:
            raise ValueError(
                f"The character {shown_character(one)} cannot stand in a fingerprint, only 0-9 and a-f."
            )
    if len(digits) == _SHA1_DIGITS:
        raise ValueError("That is a SHA-1 fingerprint; the SHA-256 one has 64 digits.")
    if len(digits) != _SHA256_DIGITS:
        raise ValueError(f"A SHA-256 fingerprint has {_SHA256_DIGITS} digits, these are {len(digits)}.")
    return ":".join(digits[at : at + 2] for at in range(0, _SHA256_DIGITS, 2))


def date(text: str) -> str:
    """Return a date as YYYY-MM-DD."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise ValueError("Write it as year-month-day, as in 2028-05-31.")
    from datetime import date as calendar_date  # only where a date is given

    try:
        return calendar_date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("There is no such day in the calendar.") from None


def file_path(text: str) -> str:
    """Return the full path of a file; whether it is there is checked where it is used."""
    plain(text)
    if not text.startswith("/"):
        raise ValueError("Write the full path, from the first /.")
    if text.endswith("/"):
        raise ValueError("Name a file, not a folder.")
    return text


def scope(text: str) -> str:
    """Return OAuth2 scopes, separated by one space (RFC 6749 §3.3)."""
    scopes = text.split()
    for one in scopes:
        if not re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", one):
            raise ValueError("A scope has plain characters alone, without quotes.")
        if one.lower() in _OWN_SCOPES:
            raise ValueError(f"Leave out {one}: what signing in needs is asked for by itself.")
    return " ".join(scopes)


def https_url(text: str) -> str:
    """Return an https address without query, user and closing slash."""
    scheme, rest = _scheme_of(text)
    if scheme != "https":
        raise ValueError("It must begin with https://.")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        raise ValueError("No user name or password may stand in it.")
    if not re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*", path):
        raise ValueError("The path holds a character that cannot stand there (no ? and no #).")
    return f"https://{_host_and_port(authority, needs_port=False)}{slash}{path}".rstrip("/")


def proxy_url(text: str) -> str:
    """Return an HTTP proxy's address: ``http://[user@]host:port``."""
    scheme, rest = _scheme_of(text) if re.match(_SCHEME, text) else ("http", text)
    if scheme.startswith("socks"):
        raise ValueError("SOCKS proxies are not supported; give an HTTP proxy.")
    if scheme == "https":
        raise ValueError("Write http://: TLS is spoken with what lies behind the proxy, not with it.")
    if scheme != "http":
        raise ValueError("It must begin with http://.")
    user, at, authority = rest.rstrip("/").rpartition("@")
    if ":" in user:
        raise ValueError("Leave the password out; it has its own field, network.proxy_password.")
    if not re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=%\\-]*", user):
        raise ValueError("The user name holds a character that must be written as %XX.")
    return f"http://{user}{at}{_host_and_port(authority, needs_port=True)}"


def _scheme_of(text: str) -> tuple[str, str]:
    found = re.match(_SCHEME, text)
    return (found[1].lower(), text[found.end() :]) if found else ("", text)


def _host_and_port(authority: str, *, needs_port: bool) -> str:
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::(\d{1,5}))?", authority)
    if found is None or not found[1]:
        raise ValueError("After :// a host name must follow, then : and the port, if any.")
    name = host(found[1])
    if ":" in name:
        name = f"[{name}]"
    if found[2] is None:
        if needs_port:
            raise ValueError("The port is missing, as in http://proxy.example.com:3128.")
        return name
    return f"{name}:{number(found[2], 1, _LARGEST_PORT)}"
