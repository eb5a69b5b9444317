"""The engine: everything that stands below a delivery, put together in one place.

`open_engine` is the only factory: here alone it is decided which paths, which profile, sandbox or not.
"""

import os
from pathlib import Path

from console.annotations import TYPE_CHECKING
from console.appliance import Paths, Profile, load_profile
from console.values import dataclass, replace

if TYPE_CHECKING:
    from console.secret_store import SecretStore
    from console.sendlog.log import SendLog
    from console.sendlog.writer import LogWriter
    from console.settings.store import SettingsStore


@dataclass(frozen=True, slots=True)
class Engine:
    """What both faces work with.

    `open_engine` leaves settings, secrets and log to be made when they are first asked for: the screens paint
    before the code behind these is loaded.

    Attributes:
        profile: What the maker shipped.
        paths: Where everything lies.
        settings: What the operator chose.
        secrets: Passwords, keys and tokens.
        log: Every delivery.
        log_writer: The same log for who only adds to it: loads nothing that reads.
        is_sandbox: Whether this is the embedded stand-in, for the badge in the head; nothing else asks.
    """

    profile: Profile
    paths: Paths
    settings: "SettingsStore"
    secrets: "SecretStore"
    log: "SendLog"
    log_writer: "LogWriter"
    is_sandbox: bool

    if not TYPE_CHECKING:  # for the type checker the fields are all there is

        def __getattr__(self, name: str) -> object:
            """Make what was not made yet."""
            if name not in _MAKERS:
                raise AttributeError(name)
            made = _MAKERS[name](self)
            object.__setattr__(self, name, made)
            return made


def _settings(engine: Engine) -> "SettingsStore":
    from console.settings.store import SettingsStore

    return SettingsStore(engine.paths.settings, engine.profile)


def _secrets(engine: Engine) -> "SecretStore":
    from console.secret_store import SecretStore

    return SecretStore(engine.paths.secrets)


def _log(engine: Engine) -> "SendLog":
    from console.sendlog.log import SendLog

    return SendLog(engine.paths.log)


def _log_writer(engine: Engine) -> "LogWriter":
    from console.sendlog.writer import LogWriter

    return LogWriter(engine.paths.log)


_MAKERS = {"settings": _settings, "secrets": _secrets, "log": _log, "log_writer": _log_writer}


def open_engine(
    root: Path | None = None, *, profile: Profile | None = None, is_sandbox: bool = False
) -> Engine:
    """Put the engine together; nothing is written, and of the files only the profile is read.

    Args:
        root: Folder that every path lies below; None: the system's paths for root, else the user's own.
        profile: Used in place of the maker's file.
        is_sandbox: Whether the embedded stand-in is used.

    Raises:
        SettingsError: The maker's profile cannot be used.
        FileError: It cannot be read.
    """
    paths = _paths(root)
    known = load_profile(paths.profile) if profile is None else profile
    paths = _moved(paths, known, root)
    engine = Engine.__new__(Engine)  # the other fields are made when they are asked for
    for name, value in (("profile", known), ("paths", paths), ("is_sandbox", is_sandbox)):
        object.__setattr__(engine, name, value)
    return engine


def _paths(root: Path | None) -> Paths:
    if root is not None:
        return Paths.system(root.absolute())
    return Paths.system() if os.geteuid() == 0 else Paths.of_user()


def _moved(paths: Paths, profile: Profile, root: Path | None) -> Paths:
    """Return the paths as the maker moved them; an ordinary user's own ones stay."""
    if root is None and os.geteuid() != 0:
        return paths
    places = dict(profile.places)
    if profile.token_directory.path is not None:
        places["tokens"] = profile.token_directory.path
    return replace(paths, **{name: _below(place, root) for name, place in places.items()})


def _below(place: Path, root: Path | None) -> Path:
    if root is None:
        return place
    return root.absolute() / place.relative_to(place.anchor)
