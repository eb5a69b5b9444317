"""What a change of settings does to what was there before it: both faces say it after saving."""

from typing import TYPE_CHECKING

from console.errors import ConsoleError
from console.settings.model import MICROSOFT, Settings
from console.settings.needs import uses_client_secret

if TYPE_CHECKING:
    from console.engine import Engine


def notices(engine: "Engine", old: Settings, new: Settings) -> tuple[str, ...]:
    """Return what needs a hand now that `new` was saved in place of `old`, one plain sentence each.

    Says what no longer holds of a sign-in, and finds a secret's ID that was pasted in place of its value,
    long before the first mail would.

    Args:
        engine: Where the sign-in and the secrets lie.
        old: The settings before.
        new: The settings now.
    """
    if new.mail.transport not in MICROSOFT:
        return ()
    return (*_invalidated(engine, old, new), *_wrong_secret(engine, new))


def _invalidated(engine: "Engine", old: Settings, new: Settings) -> tuple[str, ...]:
    """Return what the change does to a sign-in; nothing where nobody had signed in."""
    if old.mail.transport not in MICROSOFT:
        return ()
    from console.microsoft365.record import kind_of, read_record
    from console.microsoft365.status import invalidated_by

    return invalidated_by(old, new) if read_record(engine.secrets, kind_of(old)) is not None else ()


def _wrong_secret(engine: "Engine", new: Settings) -> tuple[str, ...]:
    if not uses_client_secret(new):
        return ()
    from console.microsoft365.app_credentials import SECRET_KEY, is_secret_id

    try:
        kept = engine.secrets.get(SECRET_KEY)
    except ConsoleError:  # said where it is used
        return ()
    if kept is None or not is_secret_id(kept, new):
        return ()
    return ("The client secret looks like the secret's ID: copy its Value from the portal.",)
