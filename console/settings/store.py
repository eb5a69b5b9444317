"""The settings file: read with every problem named, changed under a lock, written whole."""

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from console.annotations import Final
from console.appliance_model import Lock, Profile
from console.deadline import Deadline
from console.files import locked, make_folder, read_bounded, write_atomic
from console.settings.model import Settings
from console.settings.problems import Problem, SettingsError
from console.settings.twin import may_write_twin, read_twin, write_twin
from console.settings.values import LIMIT, ProblemError, Stored, all_values, checked_values, typed_value

MODE: Final = 0o644
_LOCK_SECONDS: Final = 10.0
_LOCK_NAME: Final = ".settings.lock"
_NOTHING: Final = Stored({}, {})
_MEND: Final = "Put the file right in an editor, or move it away and set mail up anew."


class SettingsStore:
    """The settings of this appliance: the operator's choices between the maker's defaults and locks.

    Args:
        path: The settings file; it need not exist.
        profile: The maker's defaults and locks.
    """

    def __init__(self, path: Path, profile: Profile) -> None:
        self.path = path
        self._locks = {lock.key: lock for lock in profile.locks}
        self._base = Settings().with_values(profile.defaults)
        self._seen: tuple[bytes, Stored] | None = None

    def load(self) -> Settings:
        """Return the settings; a missing file means defaults.

        Raises:
            SettingsError: The file cannot be used; all its problems.
            FileError: It cannot be read.
        """
        return self._merged(self._stored())

    def save(self, settings: Settings, deadline: Deadline | None = None) -> None:
        """Write settings.

        Args:
            settings: All of them; what differs from the defaults, or already stood in the file, is written.
            deadline: How long to wait for another writer; None: 10 seconds.

        Raises:
            SettingsError: A value breaks its rule or a lock, or the file that is there cannot be used.
            FileError: It cannot be written; the old file is still there.
            DeadlineError, CancelledError: Another writer held the lock all the while.
        """
        with self._locked(deadline):
            self._write(settings, frozenset())

    def change(self, typed: Mapping[str, str], deadline: Deadline | None = None) -> Settings:
        """Change some settings to what was typed, all or none, and return the new ones.

        Args:
            typed: Text by key (``{"smtp.port": "25"}``).
            deadline: As for `save`.

        Raises:
            SettingsError: All that is wrong with what was typed; or the file that is there cannot be used.
            FileError, DeadlineError, CancelledError: As for `save`.
        """
        values = self.check(typed)
        with self._locked(deadline):
            settings = self.load().with_values(values)
            self._write(settings, frozenset(values))
        return settings

    def check(self, typed: Mapping[str, str]) -> dict[str, object]:
        """Return the values that typed text stands for; nothing is written.

        Raises:
            SettingsError: All that is wrong with it.
        """
        values: dict[str, object] = {}
        problems: list[Problem] = []
        for key, text in typed.items():
            try:
                values[key] = typed_value(key, text)
            except ProblemError as error:
                problems.append(error.problem)
        problems += self._broken_locks(values)
        if problems:
            raise SettingsError(problems)
        return values

    def lock_on(self, key: str) -> Lock | None:
        """Return the maker's lock on a key, or None."""
        return self._locks.get(key)

    def default(self, key: str) -> object:
        """Return the value a key has until the operator chooses: the maker's, or else the built-in one."""
        return self._base.value(key)

    def overruled(self) -> Sequence[Lock]:
        """Return the locks against which the file sets another value: that value does not hold.

        Raises:
            SettingsError, FileError: As for `load`.
        """
        values = self._stored().values
        return [
            self._locks[key]
            for key, value in values.items()
            if key in self._locks and value != self._base.value(key)
        ]

    def _stored(self) -> Stored:
        try:
            raw = read_bounded(self.path, LIMIT)
        except FileNotFoundError:
            return _NOTHING
        seen = self._seen
        if seen is not None and seen[0] == raw:
            return seen[1]
        stored = read_twin(self.path, raw)
        if stored is None:
            from console.settings.file_text import stored_in  # with PyYAML: only when no twin fits

            try:
                stored = stored_in(raw, str(self.path))
            except SettingsError as error:
                raise SettingsError(error.problems, _MEND) from None
            if may_write_twin(self.path):
                write_twin(self.path, raw, stored, MODE)
        self._seen = (raw, stored)
        return stored

    def _merged(self, stored: Stored) -> Settings:
        free = {key: value for key, value in stored.values.items() if key not in self._locks}
        return self._base.with_values(free)

    def _locked(self, deadline: Deadline | None) -> AbstractContextManager[None]:
        if not self.path.parent.exists():
            make_folder(self.path.parent, mode=0o755 if os.geteuid() == 0 else 0o700)
        return locked(self.path.with_name(_LOCK_NAME), deadline or Deadline(_LOCK_SECONDS))

    def _write(self, settings: Settings, chosen: frozenset[str]) -> None:
        from console.settings.yaml_write import write_yaml  # reading does not need it

        before = self._stored()
        values, problems = checked_values(all_values(settings))
        problems = [*problems, *self._broken_locks(values)]
        if problems:
            raise SettingsError(problems)
        defaults = all_values(self._base)
        kept = {
            key: value
            for key, value in values.items()
            if key not in self._locks and (value != defaults[key] or key in before.values or key in chosen)
        }
        raw = write_yaml(kept, defaults, self._locks, before.notes).encode()
        if len(raw) > LIMIT:
            raise SettingsError([Problem(str(self.path), None, "", "Its comments are too long to write it.")])
        stored = Stored(kept, before.notes)
        write_atomic(self.path, raw, mode=MODE)
        write_twin(self.path, raw, stored, MODE)
        self._seen = (raw, stored)

    def _broken_locks(self, values: Mapping[str, object]) -> Sequence[Problem]:
        return [
            lock_problem(self._locks[key])
            for key, value in values.items()
            if key in self._locks and value != self._base.value(key)
        ]


def lock_problem(lock: Lock) -> Problem:
    """Return what is said to whoever would change what the maker locked."""
    return Problem("", None, lock.key, f"The maker of this appliance has locked it: {lock.reason}")


__all__ = ["Problem", "SettingsError", "SettingsStore"]
