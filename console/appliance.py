"""The appliance one is on: what the maker shipped (profile), and where everything lies (paths)."""

from pathlib import Path

from console.appliance_model import Lock, Paths, Profile, TokenDirectory


def load_profile(path: Path) -> Profile:
    """Return the maker's profile; the built-in one when there is no such file.

    Raises:
        console.settings.store.SettingsError: The file cannot be used; all its problems.
        console.errors.FileError: It cannot be read.
    """
    if not _is_there(path):
        return Profile()  # the reader and its rules are not even imported
    from console.profile_file import load_profile as load

    return load(path)


def _is_there(path: Path) -> bool:
    """Whether there is something to read; where one may not look, reading says so."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


__all__ = ["Lock", "Paths", "Profile", "TokenDirectory", "load_profile"]
