"""The support archive: what will be inside, before it is written; and where it is afterwards."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from screens.theme import Tone
from screens.told_whole import ToldWhole
from screens.widgets.drawn import Paragraphs
from screens.widgets.output_pane import OutputPane

if TYPE_CHECKING:
    from console.checks.model import CheckResult
    from console.support import SupportFile


class SupportScreen(ToldWhole):
    """What is inside the archive, and writing it.

    Args:
        results: Results of the checks that go in.
    """

    TITLE_TEXT = "Support archive"
    HELP = """
One archive for whoever helps you: settings, appliance profile, results of the checks, the last transcripts,
versions. Secrets are never copied into it, and every secret this appliance has is taken out of whatever is.

F4 masks mail addresses as well. F2 writes the archive; only its owner can read it.
"""
    COMMAND = "mail-console support [--redact-addresses]"
    KEYS = (("↑↓", "scroll"), ("F2", "write"), ("F4", "mask addresses"), ("Esc", "back"))
    AUTO_FOCUS = "OutputPane"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "write", "Write", show=False),
        Binding("f4", "mask", "Mask addresses", show=False),
    ]
    DEFAULT_CSS = """
    SupportScreen Paragraphs { margin: 1 0; }
    SupportScreen.-short Paragraphs { margin: 0; }
    """

    class Collected(Message):
        """What would be inside."""

        def __init__(self, files: "tuple[SupportFile, ...]") -> None:
            super().__init__()
            self.files = files

    class Written(Message):
        """It was written, or not."""

        def __init__(self, path: str, error: str = "") -> None:
            super().__init__()
            self.path = path
            self.error = error

    def __init__(self, results: "tuple[CheckResult, ...]") -> None:
        super().__init__()
        self._results = results
        self._files: tuple[SupportFile, ...] = ()
        self._path = Path()
        self.masks_addresses = False

    def compose_body(self) -> ComposeResult:
        """Yield where it goes and what is inside."""
        yield Paragraphs((" ", Tone.MUTED), id="about")
        yield OutputPane()

    def on_mount(self) -> None:
        """Collect."""
        self.collect(self.masks_addresses)

    def action_mask(self) -> None:
        """Mask addresses, or no longer."""
        self.masks_addresses = not self.masks_addresses
        self._files = ()
        self.collect(self.masks_addresses)

    @work(thread=True, exclusive=True, exit_on_error=False, group="collect")
    def collect(self, masks_addresses: bool) -> None:
        """Collect what goes in, off the event loop."""
        from console.support import collect

        files = collect(self.console.engine, self._results, redact_addresses=masks_addresses)
        self.post_message(self.Collected(files))

    def on_support_screen_collected(self, event: Collected) -> None:
        """Show what is inside."""
        from console.support import archive_path

        self._files = event.files
        self._path = archive_path(self.folder)
        size = sum(len(one.text) for one in event.files)
        masked = "masked" if self.masks_addresses else "not masked (F4 masks them)"
        self.query_one("#about", Paragraphs).show(
            (f"{len(event.files)} files, {size // 1024 + 1} KiB before packing. F2 writes them.", Tone.TEXT),
            (str(self._path), Tone.STRONG),
            (f"No secrets. Mail addresses: {masked}.", Tone.MUTED),
        )
        pane = self.query_one(OutputPane)
        pane.clear()
        pane.add([(f"{one.name:<34} {one.summary}", Tone.TEXT) for one in event.files], hang=35)
        pane.action_scroll_first()

    @property
    def folder(self) -> Path:
        """Where the archive is written: beside the send log, or among temporary files."""
        log = self.console.engine.paths.log
        return log if log.is_dir() else Path(tempfile.gettempdir())

    def action_write(self) -> None:
        """Write the archive."""
        if self._files:
            self.write(self._files, self._path)

    @work(thread=True, exclusive=True, exit_on_error=False, group="write")
    def write(self, files: "tuple[SupportFile, ...]", path: Path) -> None:
        """Write it, off the event loop."""
        from console.errors import ConsoleError
        from console.support import write

        try:
            self.post_message(self.Written(str(write(files, path))))
        except ConsoleError as error:
            self.post_message(self.Written("", str(error)))

    def on_support_screen_written(self, event: Written) -> None:
        """Say where it is."""
        if event.error:
            self.tell_error(event.error)
        else:
            self.tell(f"Written: {event.path}", Tone.OK)
            self._files = ()  # it is written once; F4 or coming back makes another
