"""Rules of the settings: how typed text becomes a value, and why not. One function a rule; forms, loader and
command line all use the same.

(Skeleton: every rule's final signature; bodies follow.)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


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
    """

    parse: Callable[[str], object]
    allowed: str = ""
    choices: tuple[str, ...] = ()
    restrict: str = ""
    max_length: int = 1024
    json_schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


anything = Rule(parse=str)
boolean = Rule(parse=lambda text: {"true": True, "false": False}[text], choices=("true", "false"))
address = host = display_name = user_name = secret = fingerprint = tenant = guid = date = anything
file_path = scope = https_url = proxy_url = ehlo_name = anything
port = Rule(parse=int)


def choice(kind: type[StrEnum]) -> Rule:
    """Return the rule of a field that takes one of an enumeration's values."""
    return Rule(parse=kind, choices=tuple(kind))


def seconds(least: int, most: int) -> Rule:
    """Return the rule of a whole number of seconds."""
    return Rule(parse=int, allowed=f"{least} to {most} seconds")
