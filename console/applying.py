"""Settings and secrets changed together, all or none: what both faces call when an operator says Go."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.errors import ConsoleError, SecretError
from console.notices import notices
from console.secret import Secret
from console.settings.model import Settings

if TYPE_CHECKING:
    from console.engine import Engine


@dataclass(frozen=True, slots=True)
class Applied:
    """What a change led to.

    Attributes:
        settings: As they stand now.
        notices: What the change does to what was there before, for the operator.
    """

    settings: Settings
    notices: tuple[str, ...]


def apply(engine: "Engine", typed: Mapping[str, str], secrets: Mapping[str, Secret]) -> Applied:
    """Change settings and secrets.

    Args:
        engine: Whose.
        typed: Text by settings key.
        secrets: Secrets to keep, by settings key; an empty one is forgotten.

    Raises:
        SettingsError: All that is wrong with what was typed, or the settings file cannot be used.
        FileError, DeadlineError, CancelledError: It could not be written. Whatever is raised, nothing has
            changed, as far as the disk lets secrets be put back.
    """
    engine.settings.check(typed)
    before = engine.settings.load()
    kept = _kept(engine, secrets)
    try:
        for key, secret in secrets.items():
            engine.secrets.put(key, secret)
        settings = engine.settings.change(typed) if typed else before
    except ConsoleError:
        for key, secret in kept.items():
            with suppress(ConsoleError):
                engine.secrets.put(key, secret)
        raise
    return Applied(settings, notices(engine, before, settings))


def _kept(engine: "Engine", keys: Iterable[str]) -> dict[str, Secret]:
    """Return the secrets there are now, to be put back; a damaged one is none, it is to be replaced."""
    kept = {}
    for key in keys:
        with suppress(SecretError):
            kept[key] = engine.secrets.get(key) or Secret("")
    return kept
