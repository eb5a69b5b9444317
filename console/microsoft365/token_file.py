"""The token file for the appliance's own software (PHPMailer and the like): the current access token alone.

Refresh token, client secret and key never leave the secret store; whoever may read this file can send as the
mailbox for about an hour, no longer.
"""

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from console.errors import FileError
from console.file_errors import SymlinkError, file_error
from console.files import make_folder, read_bounded, write_atomic
from console.microsoft365.clouds import Endpoints
from console.microsoft365.record import Record
from console.settings.model import EXCHANGE_SMTP, Settings

if TYPE_CHECKING:
    from console.engine import Engine

VERSION: Final = 1
_WORLD: Final = 0o007


def write_token_file(engine: "Engine", settings: Settings, endpoints: Endpoints, record: Record) -> None:
    """Put the current access token where the appliance's software reads it.

    Owner, group and mode are the profile's; never readable for all, whatever the profile says.

    Raises:
        FileError: It cannot be written (no such group, no room, …); an older file is still there.
    """
    wanted = engine.profile.token_directory
    path = engine.paths.token_file
    _refuse_unsafe(path.parent)
    make_folder(path.parent, mode=wanted.directory_mode & ~_WORLD, owner=wanted.owner, group=wanted.group)
    content = (json.dumps(_shape(settings, endpoints, record), indent=1) + "\n").encode()
    mode = wanted.file_mode & ~_WORLD
    if not _is_there(path, content, mode):  # every ten minutes one asks: flash memory wears out
        write_atomic(path, content, mode=mode, owner=wanted.owner, group=wanted.group)


def _refuse_unsafe(folder: Path) -> None:
    """Its modes are set: neither a link to elsewhere nor a folder of the system may stand there."""
    from console.install.token_parents import is_never_touched

    if is_never_touched(folder):
        raise FileError(
            f"{folder} is never touched.", "Correct token_directory.path in the appliance profile."
        )
    if folder.is_symlink():
        raise SymlinkError(
            f"{folder} is a symbolic link; no token is written through it.", "Look: mail-console tokens check"
        )


def remove_token_file(engine: "Engine") -> None:
    """Remove the token file; none there is no error.

    Raises:
        FileError: It cannot be removed.
    """
    path = engine.paths.token_file
    try:
        path.unlink(missing_ok=True)
    except NotADirectoryError:
        return
    except OSError as error:
        raise file_error(error, path, "remove") from error


def _is_there(path: Path, content: bytes, mode: int) -> bool:
    try:
        is_same_mode = stat.S_IMODE(path.lstat().st_mode) == mode
        return is_same_mode and read_bounded(path, 2 * len(content)) == content
    except (FileError, OSError):
        return False


def _shape(settings: Settings, endpoints: Endpoints, record: Record) -> dict[str, object]:
    """Return what the software needs: documented in docs, version 1. Graph has no host, but an address."""
    shape: dict[str, object] = {
        "version": VERSION,
        "user": settings.mailbox or record.account,
        "access_token": record.token.reveal(),
        "expires_at": int(record.expires_at),
    }
    if settings.mail.transport in EXCHANGE_SMTP:
        return {**shape, "host": endpoints.smtp_host, "port": endpoints.smtp_port, "encryption": "starttls"}
    return {**shape, "graph": endpoints.graph_root}
