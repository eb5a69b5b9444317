"""What the operator can choose: the fields, once; forms, command line, schema and the comments in the YAML
file come from here.

Settings are frozen; change them with `Settings.with_values`. Secrets are declared here but never held here:
their values live in the secret store under their key (`console.secret_store`).
"""

from collections.abc import Iterator, Mapping

from console.annotations import Final
from console.settings.choices import (
    APP,
    DELEGATED,
    EVERY,
    EXCHANGE_SMTP,
    MICROSOFT,
    AppCredential,
    AuthMechanism,
    CloudName,
    Encryption,
    TransportName,
)
from console.settings.rules import Rule
from console.settings.sections import Mail, Network, Smtp
from console.settings.sections_microsoft365 import Microsoft365
from console.values import dataclass, fields, replace

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    mail: Mail = Mail()
    smtp: Smtp = Smtp()
    microsoft365: Microsoft365 = Microsoft365()
    network: Network = Network()

    def value(self, key: str) -> object:
        """Return the value of ``section.name``; KeyError for an unknown key."""
        section, name = FIELDS[key].section, FIELDS[key].name
        return getattr(getattr(self, section), name)

    def with_values(self, values: Mapping[str, object]) -> "Settings":
        """Return settings with some keys changed to values that went through their rules."""
        changed = self
        for key, value in values.items():
            known = FIELDS[key]
            section = replace(getattr(changed, known.section), **{known.name: value})
            changed = replace(changed, **{known.section: section})
        return changed

    @property
    def mailbox(self) -> str:
        """The account that authenticates at Microsoft 365: the mailbox, or else the sender."""
        return self.microsoft365.mailbox or self.mail.sender


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as forms, command line, schema and help see it.

    Attributes:
        key: ``section.name``, as on the command line and in the YAML file.
        title: What a form shows; at most 24 characters.
        help: One sentence: what it is for.
        example: A value as one would type it, or "".
        rule: What is allowed, and how text becomes a value.
        default: Value until the operator chooses (the profile may preset another).
        shown_for: Transports whose form has it.
        advanced: Shown only when asked for.
        secret: Kept in the secret store under its key; never in the settings file.
    """

    key: str
    section: str
    name: str
    title: str
    help: str
    example: str
    rule: Rule
    default: object
    shown_for: frozenset[TransportName]
    advanced: bool
    secret: bool


def _fields() -> Iterator[Field]:
    defaults = Settings()
    for section in fields(defaults):
        for one in fields(getattr(defaults, section.name)):
            key = f"{section.name}.{one.name}"
            yield Field(key=key, section=section.name, name=one.name, default=one.default, **one.metadata)


FIELDS: Final[Mapping[str, Field]] = {one.key: one for one in _fields()}
"""Every field by its key, in the order of the file."""


def form_fields(transport: TransportName) -> tuple[Field, ...]:
    """Return the fields of a transport's form, in their order (sender first; advanced ones included)."""
    hidden = {"mail.enabled", "mail.transport"}
    return tuple(one for one in FIELDS.values() if transport in one.shown_for and one.key not in hidden)


__all__ = [
    "APP",
    "DELEGATED",
    "EVERY",
    "EXCHANGE_SMTP",
    "FIELDS",
    "MICROSOFT",
    "VERSION",
    "AppCredential",
    "AuthMechanism",
    "CloudName",
    "Encryption",
    "Field",
    "Mail",
    "Microsoft365",
    "Network",
    "Settings",
    "Smtp",
    "TransportName",
    "form_fields",
]
