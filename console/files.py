"""Reading and writing files so that a kill, a full disk or a hostile neighbour costs nothing.

Every file is written whole beside its place and renamed into it: whoever reads sees the old or the new
content, never a part. Owner and mode stand before the first byte does. What the system says stops here and
goes on as a `console.errors.FileError` with a code of its own (`console.file_errors`).
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from console.annotations import Final
from console.deadline import Deadline
from console.errors import DeadlineError, FileError
from console.file_errors import NotAFileError, SymlinkError, TooLargeError, file_error, named
from console.file_rights import ids_of, set_rights

_TEMPORARY: Final = ".new"
_READ_STEP: Final = 1 << 18
CREATE: Final = os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
"""How a file is opened that may have to be made; never through a link."""
_MOST_NAMES: Final = 1000
_FIRST_PAUSE: Final = 0.002
_LONGEST_PAUSE: Final = 0.05
"""Seconds between two tries at a lock: flock cannot be waited for together with a cancellation."""


def read_bounded(path: Path, limit: int) -> bytes:
    """Return the whole content of a file.

    Args:
        path: An ordinary file, or a symbolic link to one.
        limit: Most octets it may have.

    Raises:
        FileNotFoundError: There is no such file (let through: often that is no error).
        FileError: It cannot be read, is no ordinary file (pipes never block) or is larger than `limit`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            must_be_file(os.fstat(descriptor), path)
            content = _read_up_to(descriptor, limit + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise file_error(error, path, "read") from error
    if len(content) > limit:
        raise TooLargeError(f"{named(path)} is too large: more than {limit} octets.")
    return content


def write_atomic(
    path: Path, content: bytes, *, mode: int, owner: str | None = None, group: str | None = None
) -> None:
    """Replace a file's content in one step, durably.

    Args:
        path: Where; its folder must exist.
        content: The whole new content.
        mode: Permission bits (``0o600``), whatever the umask.
        owner: User that gets the file; None: the user who writes. Only root can hand files over: what an
            ordinary user writes stays theirs.
        group: Group that gets the file, likewise.

    Raises:
        FileError: It could not be done; the old content is still there, whole.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _refuse_strangers(path, folder)
            _remove_leftovers(path.name, folder)
            _replace(path.name, folder, content, mode, ids_of(owner, group))
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise file_error(error, path, "write") from error


def write_new(path: Path, ending: str, content: Callable[[Path], bytes]) -> Path:
    """Write a file that is its owner's alone to `path`, or to the next free name beside it; return it.

    No other file and no link is ever written over.

    Args:
        path: Where; its folder must exist.
        ending: What the name ends with; the number of a further one stands before it (``mail-2.txt``).
        content: Gives all of it, told the name it has got.

    Raises:
        FileError: It could not be written; nothing of it is left.
    """
    place, descriptor = _open_new(path, ending)
    try:
        try:
            _write_whole(descriptor, content(place))
            os.fsync(descriptor)
        except BaseException:  # cleaned up and passed on, whatever it is
            with suppress(OSError):
                place.unlink()
            raise
        finally:
            os.close(descriptor)
    except OSError as error:
        raise file_error(error, place, "write") from error
    return place


def names_beside(path: Path, ending: str) -> Iterator[Path]:
    """Yield `path`, then the names that `write_new` takes where that one is not free."""
    yield path
    stem = path.name.removesuffix(ending)
    yield from (path.with_name(f"{stem}-{number}{ending}") for number in range(2, _MOST_NAMES))


def make_folder(path: Path, *, mode: int, owner: str | None = None, group: str | None = None) -> None:
    """Make sure a folder exists with these rights, as ``install -d`` does; missing parents get 0755.

    A folder that exists gets `mode` (and owner and group, as root) too, if it has other ones.

    Raises:
        FileError: It could not be made, or something else stands in its place.
    """
    try:
        _make_parents(path.parent)
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
            _sync_folder(path.parent)
        _refuse_foreign_link(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            set_rights(descriptor, mode, ids_of(owner, group))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise file_error(error, path, "create") from error


@contextmanager
def locked(path: Path, deadline: Deadline) -> Iterator[None]:
    """Hold the lock file `path` (flock) round a block; made when missing, never removed.

    Works between processes and between threads; the system frees it when its holder dies.

    Raises:
        FileError: The lock file cannot be opened.
        CancelledError, DeadlineError: Somebody else held it all the while.
    """
    descriptor = _take_lock(path, deadline)
    try:
        yield
    finally:
        os.close(descriptor)


def _open_new(path: Path, ending: str) -> tuple[Path, int]:
    for free in names_beside(path, ending):
        try:
            return free, os.open(free, os.O_WRONLY | os.O_EXCL | CREATE, 0o600)
        except FileExistsError:
            continue
        except OSError as error:
            raise file_error(error, free, "write") from error
    raise FileError(f"There are too many files like {named(path)}.", "Remove some of them.")


def _make_parents(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_parents(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        folder.chmod(0o755)  # whatever the umask
        _sync_folder(folder.parent)


def must_be_file(status: os.stat_result, path: Path) -> None:
    """Raise `NotAFileError` where `status`, of what stands at `path`, is of no ordinary file."""
    if not stat.S_ISREG(status.st_mode):
        raise NotAFileError(
            f"{named(path)} is not an ordinary file.", "Move it away: an ordinary file belongs there."
        )


def _read_up_to(descriptor: int, most: int) -> bytes:
    pieces: list[bytes] = []
    while most > 0 and (piece := os.read(descriptor, min(most, _READ_STEP))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _refuse_strangers(path: Path, folder: int) -> None:
    """Refuse to replace what is not an ordinary file; a link would be replaced, not followed: say so."""
    try:
        status = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISLNK(status.st_mode):
        raise SymlinkError(
            f"{named(path)} is a symbolic link; nothing is written through it or in its place.",
            "Remove the link, or name the file itself.",
        )
    must_be_file(status, path)


def _replace(name: str, folder: int, content: bytes, mode: int, ids: tuple[int, int]) -> None:
    temporary, descriptor = _open_temporary(name, folder)
    try:
        try:
            set_rights(descriptor, mode, ids)
            _write_whole(descriptor, content)
            os.fsync(descriptor)
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(descriptor)
    except BaseException:  # cleaned up and passed on, whatever it is
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _open_temporary(name: str, folder: int) -> tuple[str, int]:
    """Return name and descriptor of a new, empty, locked file; the lock says that its writer lives."""
    while True:
        temporary = f".{name}.{os.urandom(6).hex()}{_TEMPORARY}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_EXCL | CREATE, 0o600, dir_fd=folder)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_nlink == 1:
                return temporary, descriptor
        except BlockingIOError:
            pass  # another writer took it for a leftover between its birth and its lock, and removes it
        except BaseException:  # closed and passed on, whatever it is
            os.close(descriptor)
            raise
        os.close(descriptor)


def _remove_leftovers(name: str, folder: int) -> None:
    """Remove temporary files whose writers died: those that nobody holds a lock on."""
    start = f".{name}."
    for left in os.listdir(folder):
        if left.startswith(start) and left.endswith(_TEMPORARY):
            with suppress(OSError):  # another writer cleans up too, or it is not ours to remove
                _remove_if_unlocked(left, folder)


def _remove_if_unlocked(left: str, folder: int) -> None:
    descriptor = os.open(left, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(left, dir_fd=folder)
    finally:
        os.close(descriptor)


def _write_whole(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _take_lock(path: Path, deadline: Deadline) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | CREATE, 0o600)
    except OSError as error:
        raise file_error(error, path, "lock") from error
    try:
        must_be_file(os.fstat(descriptor), path)
        wait_for_lock(descriptor, deadline)
        if stands_at(os.fstat(descriptor), path):
            return descriptor
    except DeadlineError as error:
        os.close(descriptor)
        raise DeadlineError(f"Another program still holds {named(path)}. {error.what}") from None
    except BaseException:  # closed and passed on, whatever it is
        os.close(descriptor)
        raise
    os.close(descriptor)
    return _take_lock(path, deadline)


def wait_for_lock(descriptor: int, deadline: Deadline) -> None:
    """Take the lock (flock) on an open file.

    Raises:
        CancelledError, DeadlineError: Somebody else held it all the while.
    """
    pause = _FIRST_PAUSE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            deadline.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        else:
            return


def stands_at(status: os.stat_result, path: Path) -> bool:
    """Whether the file of `status` is the one that stands at `path` now."""
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(status, there)


def _refuse_foreign_link(path: Path) -> None:
    """Refuse a folder that is a link made by somebody who is neither root nor this user."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode) and status.st_uid not in (0, os.geteuid()):
        raise SymlinkError(f"{named(path)} is a symbolic link made by another user.", "Remove the link.")


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
