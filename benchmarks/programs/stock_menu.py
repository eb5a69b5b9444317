"""A stock Textual menu of ten entries: what an ordinary program costs per key."""

from textual.app import App, ComposeResult
from textual.widgets import Input, OptionList


class StockMenu(App[None]):
    def compose(self) -> ComposeResult:
        yield OptionList(*(f"Entry number {number}" for number in range(10)))

    def key_i(self) -> None:
        self.mount(Input())


StockMenu().run(mouse=False)
