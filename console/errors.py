"""Errors of the console: a stable code, what happened, what to do.

The tree::

    ConsoleError
    ├── UsageError                what was asked for makes no sense as asked
    ├── SettingsError             settings or profile cannot be used (settings.problems)
    ├── FileError                 a file could not be read or written
    ├── SecretError               a secret is missing or unreadable
    ├── MessageError              a message cannot be composed or passed on
    ├── MailOffError              outgoing mail is switched off
    ├── AttemptError              something failed at a stage (console.verdict; carries a Failure)
    │   ├── TransportError        … a delivery
    │   ├── SignInError           … signing in or renewing a token
    │   ├── NetworkError          … reaching a server (console.network; each client makes its own of it)
    │   └── WireError             … reaching a web service (console.microsoft365.wire)
    ├── InstallError              a component or the token directory could not be put right
    ├── CancelledError            the operator stopped it
    └── DeadlineError             the time allowed is used up

Foreign exceptions stop at the module that calls foreign code; what leaves it is one of these. Modules define
their own leaves; each has its own ``code``, which never changes once released: programs and the diagnosis
catalogue match on it, never on the words.
"""


class ConsoleError(Exception):
    """Something went wrong that a person must be told.

    Attributes:
        code: Stable, dotted, lower case; for programs, logs and the diagnosis catalogue.
        what: What happened, one sentence, printable, without secrets.
        fix: What to do about it, one sentence; empty when there is nothing to say.
    """

    code = "internal"

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".strip()


class UsageError(ConsoleError):
    """What was asked for makes no sense as asked (command line exit code 2)."""

    code = "usage"


class FileError(ConsoleError):
    """A file could not be read or written; the old content is still there."""

    code = "local.file"


class SecretError(ConsoleError):
    """A secret is missing or cannot be read."""

    code = "local.secret"


class MessageError(ConsoleError):
    """A message cannot be composed or passed on."""

    code = "local.message"


class MailOffError(ConsoleError):
    """Outgoing mail is switched off, so nothing was sent."""

    code = "local.mail-off"

    def __init__(self) -> None:
        super().__init__(
            "Outgoing mail is switched off, nothing was sent.",
            "Switch it on: menu item 1, or: mail-console settings set mail.enabled=true",
        )


class InstallError(ConsoleError):
    """A component or the token directory could not be put right."""

    code = "install"


class CancelledError(ConsoleError):
    """The operator stopped it."""

    code = "cancelled"

    def __init__(self, what: str = "Stopped by the operator.") -> None:
        super().__init__(what)


class DeadlineError(ConsoleError):
    """The time allowed is used up."""

    code = "deadline"
