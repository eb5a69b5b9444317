"""What a check is, and its verdict."""

from collections.abc import Callable
from functools import cached_property

from console.deadline import Deadline
from console.engine import Engine
from console.errors import ConsoleError
from console.grade import Grade
from console.settings import Settings
from console.values import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One verdict.

    Attributes:
        name: The check's name.
        title: For people.
        grade: How it ended.
        found: What was found, one sentence or less.
        fix: What to do about it; "" when ok.
        offer: What the console can do at once (``fix-token-directory``, ``enable-timer`` …), or "".
        seconds: How long it took.
    """

    name: str
    title: str
    grade: Grade
    found: str
    fix: str = ""
    offer: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check function returns; name, title and time are the runner's to add."""

    grade: Grade
    found: str
    fix: str = ""
    offer: str = ""


def ok(found: str) -> Verdict:
    """All is well."""
    return Verdict(Grade.OK, found)


def warning(found: str, fix: str = "", offer: str = "") -> Verdict:
    """It works, but needs a hand."""
    return Verdict(Grade.WARNING, found, fix, offer)


def failed(found: str, fix: str = "", offer: str = "") -> Verdict:
    """It does not work."""
    return Verdict(Grade.FAILED, found, fix, offer)


def not_applicable(found: str) -> Verdict:
    """It does not matter here."""
    return Verdict(Grade.NOT_APPLICABLE, found)


class Subject:
    """What is checked: the appliance with its settings, loaded once for all checks of a run.

    Settings that cannot be loaded are told by the check of the settings file alone; every other check that
    needs them is not applicable then (`settings` raises what loading raised).
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @cached_property
    def settings(self) -> Settings:
        """The settings.

        Raises:
            console.settings.store.SettingsError: The file cannot be used.
        """
        return self.engine.settings.load()

    @cached_property
    def has_settings(self) -> bool:
        """Whether the settings can be loaded."""
        try:
            _ = self.settings
        except ConsoleError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: Stable, for ``--only`` and programs.
        title: For people.
        run: Does it; may raise `ConsoleError`, which fails the check with its words.
        needs_settings: Not applicable while the settings cannot be loaded.
    """

    name: str
    title: str
    run: Callable[[Subject, Deadline], Verdict]
    needs_settings: bool = True
