"""What an appliance is: what the maker shipped (profile), and where everything lies (paths)."""

import os
from collections.abc import Mapping
from pathlib import Path

from console.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Paths:
    """Where everything lies; every path is absolute.

    Attributes:
        profile: The maker's file.
        settings: The operator's file.
        secrets: Folder of the secrets, one file each.
        tokens: Folder of the access token that other software reads.
        log: Folder of the send log and the installer's log.
    """

    profile: Path
    settings: Path
    secrets: Path
    tokens: Path
    log: Path

    @property
    def token_file(self) -> Path:
        """The current access token for the appliance's software."""
        return self.tokens / "token.json"

    @classmethod
    def system(cls, root: Path = Path("/")) -> "Paths":
        """Return the system's paths, all below `root`."""
        return cls(
            profile=root / "etc/mail-console/appliance.yaml",
            settings=root / "etc/mail-console/settings.yaml",
            secrets=root / "var/lib/mail-console/secrets",
            tokens=root / "var/lib/mail-console/tokens",
            log=root / "var/log/mail-console",
        )

    @classmethod
    def of_user(cls, environment: Mapping[str, str] = os.environ) -> "Paths":
        """Return an ordinary user's paths (XDG Base Directory Specification)."""
        home = _home(environment)

        def folder(variable: str, fallback: str) -> Path:
            given = Path(environment.get(variable, ""))
            return (given if given.is_absolute() else home / fallback) / "mail-console"

        config = folder("XDG_CONFIG_HOME", ".config")
        state = folder("XDG_STATE_HOME", ".local/state")
        return cls(
            profile=Path("/etc/mail-console/appliance.yaml"),
            settings=config / "settings.yaml",
            secrets=state / "secrets",
            tokens=state / "tokens",
            log=state / "log",
        )


def _home(environment: Mapping[str, str]) -> Path:
    try:
        return Path(environment.get("HOME") or "~").expanduser()
    except RuntimeError:  # a user without a name, as in containers
        return Path("/")


@dataclass(frozen=True, slots=True)
class TokenDirectory:
    """Who may read the access token: the directory's and the file's owner, group and modes."""

    path: Path | None = None
    owner: str = "root"
    group: str = "root"
    directory_mode: int = 0o750
    file_mode: int = 0o640
    reader: str = ""
    """User that must be able to read the token (the web server's), or ""."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A settings key the operator sees but cannot change, with the maker's reason."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What the maker shipped; everything optional.

    Attributes:
        product: Name in the head of every screen (``Mail Services``).
        host: Host name shown; "" means the machine's own.
        defaults: Settings keys (``smtp.host``) with the value they have until the operator chooses.
        locks: Keys that cannot be changed, with the reason.
        token_directory: Owner, group, modes, reader.
        components: Component descriptions, raw; `console.install` reads them.
        bar: Colour of head and key bar (``#16324a``).
        accent: Colour of what is chosen (``#1f6feb``).
        places: Paths the maker moved: ``settings``, ``secrets``, ``log`` (the tokens': `token_directory`).
    """

    product: str = "Mail Services"
    host: str = ""
    defaults: Mapping[str, object] = field(default_factory=dict)
    locks: tuple[Lock, ...] = ()
    token_directory: TokenDirectory = TokenDirectory()
    components: tuple[Mapping[str, object], ...] = ()
    bar: str = "#16324a"
    accent: str = "#1f6feb"
    places: Mapping[str, Path] = field(default_factory=dict)

    def host_name(self) -> str:
        """Return the host name to show: the maker's, or else the machine's own without its domain."""
        return self.host or os.uname().nodename.partition(".")[0] or "appliance"
