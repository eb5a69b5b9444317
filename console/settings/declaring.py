"""How a setting is declared: a dataclass field that carries what forms, command line, schema and file say."""

from console.annotations import Any
from console.settings import rules
from console.settings.choices import EVERY, TransportName
from console.settings.rules import Rule
from console.values import field


def setting(
    default: object,
    title: str,
    help: str,  # noqa: A002 - the field's own word
    *,
    example: str = "",
    rule: Rule = rules.anything,
    shown_for: frozenset[TransportName] = EVERY,
    advanced: bool = False,
    secret: bool = False,
) -> Any:
    """Declare one setting of a section (a dataclass field with metadata)."""
    metadata = {
        "title": title,
        "help": help,
        "example": example,
        "rule": rule,
        "shown_for": shown_for,
        "advanced": advanced,
        "secret": secret,
    }
    return field(default=default, metadata=metadata)
