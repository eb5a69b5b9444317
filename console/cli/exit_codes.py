"""What the commands exit with. Documented in docs/command-line.md, which a test compares with this file."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command but ``status``; from 64 on they are those of sysexits.h (BSD)."""

    OK = 0
    NOTHING = 1
    USAGE = 2
    DATA = 65
    NO_INPUT = 66
    NO_RECIPIENT = 67
    NO_HOST = 68
    UNAVAILABLE = 69
    INTERNAL = 70
    CANNOT_WRITE = 73
    INPUT_OUTPUT = 74
    TEMPORARY = 75
    PROTOCOL = 76
    NO_PERMISSION = 77
    CONFIGURATION = 78
    INTERRUPTED = 130
    READER_GONE = 141

    @property
    def meaning(self) -> str:
        """What it says, in one line."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done; for a mail: the server took it for every recipient",
    ExitCode.NOTHING: "nothing found, nothing recognised, or not every recipient was taken",
    ExitCode.USAGE: "the command line makes no sense as typed, or the screens have no terminal",
    ExitCode.DATA: "the message, or what was read, is not as it must be",
    ExitCode.NO_INPUT: "a file that was named cannot be read",
    ExitCode.NO_RECIPIENT: "the server refused the recipient for good",
    ExitCode.NO_HOST: "the server's name is not known",
    ExitCode.UNAVAILABLE: "the server refused the mail for good",
    ExitCode.INTERNAL: "an error of this program",
    ExitCode.CANNOT_WRITE: "a file cannot be written",
    ExitCode.INPUT_OUTPUT: "reading or writing failed half-way",
    ExitCode.TEMPORARY: "failed for now; trying again later may help",
    ExitCode.PROTOCOL: "the other side does not speak as it must, or encryption failed",
    ExitCode.NO_PERMISSION: "signing in was refused, or a right is missing on this appliance",
    ExitCode.CONFIGURATION: "settings, or the appliance profile, do not let mail go",
    ExitCode.INTERRUPTED: "stopped by Ctrl+C, SIGTERM or a line that hung up",
    ExitCode.READER_GONE: "whoever read the output has gone",
}


class StatusCode(IntEnum):
    """Exit codes of ``status``: what monitoring systems expect of a plug-in."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
