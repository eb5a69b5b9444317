"""The commands, one row each; a row's module is imported when its command is used, not before.

A module offers ``arguments(parser)``, which declares what may follow the command, and
``run(options, session) -> int``, which returns the exit code.
"""

from console.annotations import Final
from console.values import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the word typed, the module behind it, and one line of help."""

    name: str
    module: str
    help: str


COMMANDS: Final = (
    Command("settings", "console.cli.settings", "show, change and check what was chosen"),
    Command("test", "console.cli.test", "send a test mail and watch it go"),
    Command("send", "console.cli.send", "send one mail with what was set up"),
    Command("log", "console.cli.log", "list, show, search and export past mails"),
    Command("signin", "console.cli.signin", "sign in at Microsoft 365, with a code or as an app"),
    Command("signout", "console.cli.signout", "forget the sign-in at Microsoft 365"),
    Command("token", "console.cli.token", "renew, show or print the access token"),
    Command("certificate", "console.cli.certificate", "make or show the app's certificate"),
    Command("components", "console.cli.components", "see what is installed and missing, and install it"),
    Command("tokens", "console.cli.tokens", "look at the token directory and put it right"),
    Command("check", "console.cli.check", "check whether everything is as it must be"),
    Command("status", "console.cli.status", "say in one line whether mail works"),
    Command("explain", "console.cli.explain", "explain an error text or a transcript"),
    Command("support", "console.cli.support", "write one archive for whoever helps, without secrets"),
)


def command_named(name: str) -> Command | None:
    """Return the command of that name, or None."""
    return next((one for one in COMMANDS if one.name == name), None)
