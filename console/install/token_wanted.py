"""What the token directory must be like, and one aspect of how it is."""

from pathlib import Path
from typing import Final

from console.grade import Grade
from console.values import dataclass

OURS: Final = ("token.json",)
"""Files we put there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The token directory as it must be, names resolved.

    Attributes:
        path: Absolute path of the directory.
        owner, group: Names, for people.
        uid, gid: Their numbers; None when the appliance has no such user or group.
        directory_mode, file_mode: Permission bits.
        reader: User that must be able to read the token, or "".
    """

    path: Path
    owner: str
    group: str
    uid: int | None
    gid: int | None
    directory_mode: int
    file_mode: int
    reader: str

    @property
    def token_file(self) -> Path:
        """The token file inside."""
        return self.path / OURS[0]


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing looked at, found and wanted.

    Attributes:
        name: ``owner``, ``mode`` …: stable, for programs.
        title: For people.
        found: As it is.
        wanted: As it must be.
        grade: How it stands.
        note: What it means or what to do, when not ok.
        is_fixable: Whether `console.install.token_repair` can put it right.
    """

    name: str
    title: str
    found: str
    wanted: str
    grade: Grade
    note: str = ""
    is_fixable: bool = False
