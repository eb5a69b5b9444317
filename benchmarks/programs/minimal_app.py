"""The floor of every Textual start: one app, one line."""

import sys

from textual.app import App, ComposeResult
from textual.widgets import Static


class MinimalApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("This is the floor", markup=False)

    def on_ready(self) -> None:
        if len(sys.argv) > 1:
            with open(sys.argv[1], "w", encoding="utf-8") as file:
                file.write("\n".join(sorted(sys.modules)))


MinimalApp().run(mouse=False)
