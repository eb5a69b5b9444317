"""The front door of ``mail-console``: without a command the screens, with one the command line.

Only ``os`` and ``sys`` are imported before it is known which, so that the screens' frame stands on the
terminal before anything slow begins and a command pays for nothing it does not use.
"""

import os
import sys

TYPE_CHECKING = False  # typing itself takes longer to load than everything here
if TYPE_CHECKING:
    from typing import NoReturn

    from console.engine import Engine
    from console.sandbox.box import Sandbox

_USAGE = 2
_INTERNAL = 70
_INPUT_OUTPUT = 74
_INTERRUPTED = 130
_BROKEN_PIPE = 141
_LIST = "list"
"""In place of a fault's name: all of them are told."""
_RARELY = 100_000
"""Objects between two collections: at the default of 700 they cost a short command an eighth of its time."""


class FrontOptions:
    """The options that stand before a command: where everything lies, and whether it is the sandbox.

    Attributes:
        root: Folder that every path is put below, or None.
        is_sandbox: Whether to run against the embedded stand-ins.
        faults: Names of the faults the stand-ins shall show.
    """

    def __init__(self) -> None:
        self.root: str | None = None
        self.is_sandbox = False
        self.faults: list[str] = []


def split(arguments: list[str]) -> tuple[FrontOptions, list[str]]:
    """Take the leading options of the front door; what is left is a command, or empty for the screens."""
    options = FrontOptions()
    rest = list(arguments)
    while rest:
        name, equals, value = rest[0].partition("=")
        if name == "--sandbox" and not equals:
            options.is_sandbox = True
        elif name in ("--root", "--fault") and (value if equals else len(rest) > 1):
            if not equals:
                value = rest.pop(1)
            if name == "--root":
                options.root = value
            else:
                options.faults.append(value)
        else:
            break
        del rest[0]
    return options, rest


def program() -> "NoReturn":
    """Be the program: run it and end the process.

    After a command the interpreter does not tidy up: that would take 2 of a send's 50 ms, to free memory that
    goes anyway and to wait for threads that nobody needs any more (a name look-up without an answer).
    """
    code = main()
    if not split(sys.argv[1:])[1]:
        sys.exit(code)  # the screens: textual ends as it likes
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # none is open, or it was told already
    os._exit(code)


def main() -> int:
    """Run the program up to its exit code; never lets a traceback out."""
    try:
        _open_standard_streams()
        options, rest = split(sys.argv[1:])
        if _LIST in options.faults:
            code = _list_faults()
        else:
            code = _commands(options, rest) if rest else _screens(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except OSError as error:
        return _told(error) if error.filename else _output_lost(error)
    except Exception as error:  # noqa: BLE001 - the last resort: nobody must see a traceback, nor a log a secret
        return _told(error)
    return code


def _commands(options: FrontOptions, rest: list[str]) -> int:
    import gc

    gc.set_threshold(_RARELY)
    from console.cli.app import run

    return run(options, rest)


def _list_faults() -> int:
    from console.cli.output import put
    from console.sandbox.scenarios import listing

    put("\n".join(listing()))
    return 0


def _screens(options: FrontOptions) -> int:
    from screens.launch import start

    sessions = []

    def opened() -> "tuple[Engine, Sandbox | None]":
        from console.cli.session import Session

        session = Session(options)
        sessions.append(session)
        return session.engine, session.sandbox

    title, host = _frame_words(options)
    try:
        code = start(opened, title=title, host=host, is_sandbox=options.is_sandbox)
    finally:
        for session in sessions:
            session.close()
    if code == _USAGE:
        from console.cli.output import drain_input

        drain_input()
    return code


def _frame_words(options: FrontOptions) -> tuple[str, str]:
    """Return title and host for the frame that is drawn first; empty where a profile may say others."""
    if options.is_sandbox:
        return "Mail Services", ""
    profile = os.path.join(options.root or "/", "etc/mail-console/appliance.yaml")  # noqa: PTH118 - no imports yet
    return ("", "") if os.path.lexists(profile) else ("Mail Services", os.uname().nodename)


def _open_standard_streams() -> None:
    """Open what the caller closed of 0, 1, 2, so that no file of ours lands there and gets our words."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _reader_gone() -> int:
    """Whoever read our output has gone: say nothing, and let the interpreter's last flush go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
    return _BROKEN_PIPE


def _output_lost(error: OSError) -> int:
    """Say that stdout takes no more (a full disk); the interpreter's last flush goes nowhere.

    No other operation on what has no name comes this far: those of the engine end as errors of its own.
    """
    from console.cli.output import say

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    say(f"mail-console: The output cannot be written: {error.strerror}.")
    return _INPUT_OUTPUT


def _told(error: Exception) -> int:
    """Say an error of ours in its own words; of any other only kind and place, its values may be secrets."""
    from console.errors import ConsoleError

    if isinstance(error, ConsoleError):
        from console.cli.app import tell

        return tell(error)
    place, step = "", error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        place = f"{os.path.basename(code.co_filename)}:{step.tb_lineno} in {code.co_name}"  # noqa: PTH119
        step = step.tb_next
    if sys.stderr is not None:
        sys.stderr.write(f"mail-console: Internal error: {type(error).__name__} at {place}.\n")
    return _INTERNAL


if __name__ == "__main__":
    program()
