"""The system's error numbers as errors of ours: stable codes, one plain sentence."""

import errno
import os
from pathlib import Path

import pytest

from console.errors import FileError
from console.file_errors import file_error

CODES = {
    errno.ENOSPC: "local.disk-full",
    errno.EDQUOT: "local.disk-full",
    errno.EFBIG: "local.disk-full",
    errno.EROFS: "local.read-only",
    errno.EACCES: "local.permission",
    errno.EPERM: "local.permission",
    errno.ELOOP: "local.symlink",
    errno.EISDIR: "local.not-a-file",
    errno.ENOENT: "local.no-folder",
    errno.ENOTDIR: "local.no-folder",
    errno.ENAMETOOLONG: "local.name-too-long",
    errno.EIO: "local.file",
}


@pytest.mark.parametrize(("number", "code"), CODES.items(), ids=[errno.errorcode[one] for one in CODES])
def test_each_number_has_its_code_and_sentence(number: int, code: str) -> None:
    error = file_error(OSError(number, os.strerror(number)), Path("/etc/x"), "write")
    assert isinstance(error, FileError)
    assert error.code == code
    assert error.what.startswith("Cannot write /etc/x: ")
    assert error.what.endswith(".")


def test_an_error_without_a_number_still_says_what() -> None:
    assert "OSError" in file_error(OSError("odd"), Path("/x"), "read").what
