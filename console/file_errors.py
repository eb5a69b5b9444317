"""What can go wrong with a file, one error each, and the system's error numbers made into them."""

import errno
import os
from pathlib import Path

from console.annotations import Final
from console.errors import FileError
from console.text import one_line


class DiskFullError(FileError):
    """There is no room left: disk, quota or the limit of a process."""

    code = "local.disk-full"


class ReadOnlyError(FileError):
    """The file system is mounted read-only."""

    code = "local.read-only"


class AccessError(FileError):
    """This user may not do that."""

    code = "local.permission"


class SymlinkError(FileError):
    """A symbolic link stands where a file or folder of ours belongs."""

    code = "local.symlink"


class NotAFileError(FileError):
    """Something other than an ordinary file (a folder, a pipe, a device) stands in the file's place."""

    code = "local.not-a-file"


class NoFolderError(FileError):
    """The folder of the file is not there, or is no folder."""

    code = "local.no-folder"


class NameTooLongError(FileError):
    """The path, or a name in it, is longer than the file system takes."""

    code = "local.name-too-long"


class TooLargeError(FileError):
    """The file is larger than such a file can sensibly be."""

    code = "local.too-large"


class UnknownOwnerError(FileError):
    """The user or group that is to own the file does not exist on this appliance."""

    code = "local.unknown-owner"


_KNOWN: Final[dict[int, tuple[type[FileError], str, str]]] = {
    errno.ENOSPC: (DiskFullError, "The disk is full", "Make room, then try again; nothing was lost."),
    errno.EDQUOT: (
        DiskFullError,
        "The disk quota is used up",
        "Make room or raise the quota; nothing was lost.",
    ),
    errno.EFBIG: (
        DiskFullError,
        "The file would be larger than this process may write",
        "Raise the limit (ulimit -f); nothing was lost.",
    ),
    errno.EROFS: (ReadOnlyError, "The file system is read-only", "Mount it writable, then try again."),
    errno.EACCES: (AccessError, "Permission denied", "Run it as root, or correct owner and mode."),
    errno.EPERM: (AccessError, "The system does not permit it", "Run it as root, or correct owner and mode."),
    errno.ELOOP: (
        SymlinkError,
        "A symbolic link stands in the way",
        "Remove the link; a link is never written through.",
    ),
    errno.EISDIR: (NotAFileError, "It is a folder", "Move it away: an ordinary file belongs there."),
    errno.ENXIO: (
        NotAFileError,
        "It is not an ordinary file",
        "Move it away: an ordinary file belongs there.",
    ),
    errno.ENOENT: (NoFolderError, "The folder does not exist", "Create it, or correct the path."),
    errno.ENOTDIR: (NoFolderError, "A part of the path is not a folder", "Correct the path."),
    errno.ENAMETOOLONG: (NameTooLongError, "The name is too long", "Choose a shorter path."),
}


def named(path: Path) -> str:
    """Return `path` fit for a message: one printable, bounded line."""
    return one_line(os.fspath(path), 300)


def file_error(error: OSError, path: Path, doing: str) -> FileError:
    """Return our error for the system's.

    Args:
        error: What the system said.
        path: The file or folder in question.
        doing: What was tried: ``read``, ``write``, ``create`` or ``lock``.
    """
    kind, why, fix = _KNOWN.get(
        error.errno or 0, (FileError, error.strerror or f"An {type(error).__name__}", "")
    )
    return kind(f"Cannot {doing} {named(path)}: {why[0].lower()}{why[1:]}.", fix)
