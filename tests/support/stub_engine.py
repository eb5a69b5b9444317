"""An engine in memory for tests of the screens: real values, real rules, a real send log, no settings file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from console.appliance import Lock, Paths, Profile
from console.secret import Secret
from console.sendlog import SendLog
from console.settings import FIELDS, Settings


@dataclass
class StubSettings:
    """Settings in memory, changed through their rules; `error` is raised instead, once set."""

    profile: Profile
    current: Settings = field(default_factory=Settings)
    error: Exception | None = None

    def load(self) -> Settings:
        if self.error is not None:
            raise self.error
        return self.current

    def save(self, settings: Settings) -> None:
        self.current = settings

    def change(self, typed: Mapping[str, str]) -> Settings:
        if self.error is not None:
            raise self.error
        self.current = self.current.with_values(
            {key: FIELDS[key].rule.parse(text) for key, text in typed.items()}
        )
        return self.current

    def is_locked(self, key: str) -> Lock | None:
        return next((one for one in self.profile.locks if one.key == key), None)


@dataclass
class StubSecrets:
    """Secrets in memory."""

    held: dict[str, Secret] = field(default_factory=dict)

    def get(self, key: str) -> Secret | None:
        return self.held.get(key)

    def put(self, key: str, secret: Secret) -> None:
        self.held[key] = secret

    def remove(self, key: str) -> None:
        self.held.pop(key, None)

    def has(self, key: str) -> bool:
        return key in self.held


@dataclass
class StubEngine:
    """What `console.engine.Engine` is to the screens."""

    profile: Profile
    paths: Paths
    settings: StubSettings
    secrets: StubSecrets
    log: SendLog
    is_sandbox: bool = False

    @classmethod
    def below(
        cls, folder: Path, profile: Profile = Profile(), settings: Settings = Settings()
    ) -> "StubEngine":
        """Return one whose files lie below `folder`."""
        paths = Paths.system(folder)
        return cls(profile, paths, StubSettings(profile, settings), StubSecrets(), SendLog(paths.log))
