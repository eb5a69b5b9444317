"""What the menu says beside components and checks. Looks at files and runs a command or two, so it comes a
moment after the other states.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from console.deadline import Deadline
from console.errors import ConsoleError
from console.grade import Grade
from console.install import token_directory
from console.install.model import Need, components
from console.install.presence import look
from console.settings.model import MICROSOFT
from screens.menu_state import Said
from screens.theme import Tone

if TYPE_CHECKING:
    from console.checks.model import CheckResult
    from console.engine import Engine

_SECONDS: Final = 10.0


def components_state(engine: "Engine") -> Said:
    """Return what is missing of components and token directory, as far as the chosen transport needs it."""
    try:
        needs_token = engine.settings.load().mail.transport in MICROSOFT
    except ConsoleError:  # the menu's first line tells it
        return Said("not known: settings cannot be used", Tone.WARNING)
    try:
        known = components(engine.profile)
    except ConsoleError as error:
        return Said(f"Error: {error.what}", Tone.FAILURE)
    deadline = Deadline(_SECONDS)
    wanted = [one for one in known if _counts(one.need, needs_token=needs_token)]
    missing = [one for one in wanted if not look(one, deadline).is_found]
    parts = [f"missing: {', '.join(one.title for one in missing)}"] if missing else []
    is_wrong = needs_token and _tokens_are_wrong(engine, deadline)
    parts += ["token directory wrong"] * is_wrong
    if not parts:
        return Said("all that is needed", Tone.TEXT)
    is_bad = is_wrong or any(one.need is Need.REQUIRED for one in missing)
    return Said("; ".join(parts), Tone.FAILURE if is_bad else Tone.WARNING)


def checks_state(results: "Mapping[str, CheckResult]") -> Said:
    """Return how the last run of all checks in this session ended."""
    grades = [one.grade for one in results.values() if one.grade is not Grade.NOT_APPLICABLE]
    if not grades:
        return Said("not checked yet")
    well, failed = grades.count(Grade.OK), grades.count(Grade.FAILED)
    if well == len(grades):
        return Said(f"{well} of {well} well", Tone.TEXT)
    said = [f"{failed} failed"] * bool(failed) + [f"{well} of {len(grades)} well"]
    return Said(", ".join(said), Tone.FAILURE if failed else Tone.WARNING)


def _counts(need: Need, *, needs_token: bool) -> bool:
    return need is Need.REQUIRED or (need is Need.RECOMMENDED and needs_token)


def _tokens_are_wrong(engine: "Engine", deadline: Deadline) -> bool:
    """Whether the token directory is there and wrong; a missing one comes with the first sign-in."""
    want = token_directory.wanted(engine.profile.token_directory, engine.paths.tokens)
    aspects = token_directory.inspect(want, deadline)
    return any(one.grade is Grade.FAILED for one in aspects) and want.path.exists()
