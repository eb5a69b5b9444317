"""Rules of the settings: how typed text becomes a value, and why not. Forms, loader and command line all use
the same; what is wrong is said in one plain sentence, as a ValueError."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from console.annotations import Any, Final
from console.settings import parsing
from console.values import dataclass, field

_GUID_GROUPS: Final = (8, 4, 4, 4, 12)
"""Hexadecimal digits between the dashes of a GUID (RFC 9562 §4)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is allowed for a field.

    Attributes:
        parse: Typed text to value; raises ValueError with one plain sentence saying what is wrong.
        allowed: What is allowed, in words (``a number from 1 to 65535``).
        choices: The possible values, where there are few; else ().
        restrict: Regular expression of the characters one may type (``[0-9a-fA-F-]``), or "".
        max_length: Longest text.
        json_schema: The rule as JSON Schema keywords (``{"type": "integer", "minimum": 1}``).
        groups: Digits in each group of a long ID that can stand there (``8-4-4-4-12``), or ().
    """

    parse: Callable[[str], object]
    allowed: str = ""
    choices: tuple[str, ...] = ()
    restrict: str = ""
    max_length: int = 1024
    json_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    groups: tuple[int, ...] = ()

    @staticmethod
    def text(value: object) -> str:
        """Return a value as one would type it: ``parse(text(value)) == value``."""
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)


def _text(
    parse: Callable[[str], str],
    allowed: str,
    *,
    restrict: str = "",
    most: int = 1024,
    pattern: str = "",
    groups: tuple[int, ...] = (),
) -> Rule:
    """Return the rule of an optional text: empty is always allowed."""

    def checked(typed: str) -> str:
        text = typed.strip()
        if not text:
            return ""
        if len(text) > most:
            raise ValueError(f"That is too long: at most {most} characters are allowed.")
        return parse(text)

    schema: dict[str, Any] = {"type": "string", "maxLength": most}
    if pattern:
        schema["pattern"] = f"^$|{pattern}"
    return Rule(checked, allowed, restrict=restrict, max_length=most, json_schema=schema, groups=groups)


anything: Final = _text(parsing.plain, "any text on one line")
display_name: Final = _text(parsing.plain, "a name on one line", most=128)
user_name: Final = _text(parsing.plain, "a user name on one line", most=320)
address: Final = _text(parsing.mail_address, "a mail address, as in name@example.com", most=320)
host: Final = _text(parsing.host, "a host name, an IPv4 or an IPv6 address", most=255)
ehlo_name: Final = _text(parsing.ehlo_name, "a host name, or an IP address in brackets", most=255)
guid: Final = _text(
    parsing.guid,
    "a GUID: 32 digits 0-9 a-f, as in 6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
    restrict=r"[0-9a-fA-F{}-]",
    most=64,
    groups=_GUID_GROUPS,
)
tenant: Final = _text(parsing.tenant, "a GUID, or a domain as in contoso.com", most=255, groups=_GUID_GROUPS)
fingerprint: Final = _text(
    parsing.fingerprint,
    "the 64 digits 0-9 a-f of a SHA-256 fingerprint, with or without colons",
    most=200,
)
date: Final = _text(
    parsing.date,
    "a date as year-month-day, as in 2028-05-31",
    restrict=r"[0-9-]",
    most=10,
    pattern=r"^\d{4}-\d{2}-\d{2}$",
)
file_path: Final = _text(
    parsing.file_path, "the full path of a file, from the first /", most=4096, pattern="^/"
)
https_url: Final = _text(parsing.https_url, "an address that begins with https://", most=1024)
proxy_url: Final = _text(parsing.proxy_url, "an address as in http://proxy.example.com:3128", most=1024)
scope: Final = _text(parsing.scope, "a scope as in https://outlook.office.com/SMTP.Send", most=1024)
secret: Final = Rule(parsing.secret, "any characters but control characters", max_length=16384)
boolean: Final = Rule(
    parsing.boolean, "true or false", choices=("true", "false"), json_schema={"type": "boolean"}
)


def _number(least: int, most: int, allowed: str, unit: str = "") -> Rule:
    return Rule(
        lambda text: parsing.number(text, least, most, unit),
        allowed,
        restrict="[0-9]",
        max_length=len(str(most)),
        json_schema={"type": "integer", "minimum": least, "maximum": most},
    )


port: Final = _number(1, 65535, "a number from 1 to 65535")


def seconds(least: int, most: int) -> Rule:
    """Return the rule of a whole number of seconds."""
    return _number(least, most, f"{least} to {most} seconds", "s")


def choice(kind: type[StrEnum]) -> Rule:
    """Return the rule of a field that takes one of an enumeration's values."""
    values = tuple(one.value for one in kind)

    def parse(text: str) -> StrEnum:
        return kind(parsing.one_of(text, values))

    return Rule(
        parse,
        "one of: " + ", ".join(values),
        choices=values,
        max_length=max(map(len, values)),
        json_schema={"type": "string", "enum": list(values)},
    )


def pattern(expression: str, allowed: str) -> Rule:
    """Return the rule of a text that a regular expression describes whole."""
    known = re.compile(expression)

    def parse(text: str) -> str:
        if not known.fullmatch(text.strip()):
            raise ValueError(f"That is not {allowed}.")
        return text.strip()

    return Rule(parse, allowed, json_schema={"type": "string", "pattern": f"^(?:{expression})$"})
