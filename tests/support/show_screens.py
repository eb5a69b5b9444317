"""A program that shows the screens below a folder, for tests in a real terminal.

    python -m tests.support.show_screens FOLDER [--modules FILE] [--minimal] [--nasty]

``--modules`` writes the names of all modules loaded when the first screen stands; ``--minimal`` runs the
smallest Textual app instead, to compare with; ``--nasty`` gives the appliance a hostile name; ``--stuck``
starts a worker that does not end.
"""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.engine import Engine


def _write_modules() -> None:
    if "--modules" in sys.argv:
        file = Path(sys.argv[sys.argv.index("--modules") + 1])
        part = file.with_suffix(".part")
        part.write_text("\n".join(sorted(sys.modules)))
        part.rename(file)


def _minimal() -> int:
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Minimal(App[int]):
        def compose(self) -> ComposeResult:
            yield Static("Mail Services")

        def on_ready(self) -> None:
            _write_modules()

    Minimal().run(mouse=False)
    return 0


def _open() -> "tuple[Engine, None]":
    from console.appliance import Profile
    from console.engine import open_engine

    name = "\x1b]0;PWNED\x07\x1b[2J" if "--nasty" in sys.argv else "acme-7"
    return open_engine(Path(sys.argv[1]), profile=Profile(product=name, host=name)), None


def _full() -> int:
    from screens.launch import start

    def opened() -> "tuple[Engine, None]":
        from screens import app

        ready = app.ConsoleApp.on_ready

        def on_ready(self: app.ConsoleApp) -> None:
            _write_modules()
            ready(self)
            if "--stuck" in sys.argv:
                self.run_worker(lambda: time.sleep(60), thread=True)

        app.ConsoleApp.on_ready = on_ready  # type: ignore[method-assign]
        return _open()

    return start(opened)


if __name__ == "__main__":
    sys.exit(_minimal() if "--minimal" in sys.argv else _full())
