"""Who owns a file and who may use it: names made into numbers, and given to a file only where they differ."""

import os
import stat

from console.file_errors import UnknownOwnerError


def set_rights(descriptor: int, mode: int, ids: tuple[int, int]) -> None:
    """Give an open file or folder its owner, group and mode, each only where it differs.

    Args:
        descriptor: The open file or folder.
        mode: Permission bits.
        ids: Owner and group as `ids_of` gives them; -1 leaves what is.

    Raises:
        OSError: The system does not permit it.
    """
    status = os.fstat(descriptor)
    owner = -1 if ids[0] == status.st_uid else ids[0]
    group = -1 if ids[1] == status.st_gid else ids[1]
    if (owner, group) != (-1, -1):
        os.fchown(descriptor, owner, group)
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
        os.fchmod(descriptor, mode)


def ids_of(owner: str | None, group: str | None) -> tuple[int, int]:
    """Return the numbers of a user and a group; -1 for None.

    Only root can hand files over, so that an ordinary user gets (-1, -1): what they write stays theirs.

    Raises:
        UnknownOwnerError: There is no such user or group.
    """
    if os.geteuid() != 0:
        return -1, -1
    return _user_id(owner), _group_id(group)


def _user_id(owner: str | None) -> int:
    if owner is None:
        return -1
    import pwd  # only where files are handed over

    try:
        return pwd.getpwnam(owner).pw_uid
    except KeyError:
        raise UnknownOwnerError(f"There is no user {owner} on this appliance.") from None


def _group_id(group: str | None) -> int:
    if group is None:
        return -1
    import grp  # only where files are handed over

    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise UnknownOwnerError(f"There is no group {group} on this appliance.") from None


def known_group(group: str) -> str | None:
    """Return the group, or None when this appliance has none of that name (``adm`` is Debian's)."""
    import grp  # only where files are handed over

    try:
        return grp.getgrnam(group).gr_name
    except KeyError:
        return None
