"""The front door of ``mail-console``: without a command the screens, with one the command line.

Only ``os`` and ``sys`` are imported before it is known which, so that the screens' frame stands on the
terminal before anything slow begins and a command pays for nothing it does not use.
"""

import os
import sys

_USAGE = 2
_INTERNAL = 70
_INTERRUPTED = 130
_BROKEN_PIPE = 141

_TEXTUAL_SWITCHES = ("TEXTUAL", "PYTHONASYNCIODEBUG")
"""Variables that begin so would log keys (passwords among them), swap the driver or slow the screens."""


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


def main() -> int:
    """Run the program; never lets a traceback out."""
    try:
        _open_standard_streams()
        options, rest = split(sys.argv[1:])
        code = _commands(options, rest) if rest else _screens(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:  # noqa: BLE001 - the last resort: nobody must see a traceback, nor a log a secret
        return _internal_error(error)
    return code


def _commands(options: FrontOptions, rest: list[str]) -> int:
    from console.cli.app import run

    return run(options, rest)


def _screens(options: FrontOptions) -> int:
    refusal = _refusal(options)
    if refusal:
        from console.cli.output import drain_input

        drain_input()
        sys.stderr.write(f"mail-console: {refusal}\n")
        return _USAGE
    for name in [one for one in os.environ if one.startswith(_TEXTUAL_SWITCHES)]:
        del os.environ[name]
    import gc

    gc.disable()  # collecting while modules load costs an eighth of the start; the screens turn it on again
    from screens.frame import draw_frame

    draw_frame(options.is_sandbox)
    from screens.app import run_screens

    from console.cli.session import Session

    with Session(options) as session:
        return run_screens(session.engine, session.sandbox)


def _refusal(options: FrontOptions) -> str:
    """Return why the screens cannot start here, in one line, or ""."""
    if options.faults and not options.is_sandbox:
        return "--fault belongs to the sandbox; use: mail-console --sandbox --fault NAME"
    if not (os.isatty(0) and os.isatty(2)):  # the screens read the one and draw on the other
        return "the screens need a terminal; for scripts see: mail-console --help"
    if os.environ.get("TERM") == "dumb":
        return "the screens need a terminal that can move the cursor (TERM is dumb); see: mail-console --help"
    return ""


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


def _internal_error(error: BaseException) -> int:
    """Name the kind of error and the place, never the values: they may be secrets."""
    place, step = "", error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        place = f"{os.path.basename(code.co_filename)}:{step.tb_lineno} in {code.co_name}"  # noqa: PTH119
        step = step.tb_next
    sys.stderr.write(f"mail-console: Internal error: {type(error).__name__} at {place}.\n")
    return _INTERNAL


if __name__ == "__main__":
    sys.exit(main())
