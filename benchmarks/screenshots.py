"""The pictures of README.md, drawn by the program itself in its sandbox: ``make screenshots``. Argument: a folder."""

import asyncio
import sys
from pathlib import Path

from benchmarks.setting import PASSWORD, scratch
from console.engine import open_engine
from console.sandbox.box import Sandbox
from console.secret import Secret
from screens.app import ConsoleApp

_LIMIT = 20.0


async def _draw(folder: Path) -> None:
    with scratch() as root, Sandbox.start(root / "sandbox") as sandbox:
        engine = open_engine(root, profile=sandbox.profile, is_sandbox=True)
        engine.settings.change({"mail.enabled": "true"})
        engine.secrets.put("smtp.password", Secret(PASSWORD))
        app = ConsoleApp(engine, sandbox)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("6")
            await pilot.pause()
            await pilot.press("enter")
            async with asyncio.timeout(_LIMIT):
                while not engine.log.page().entries:
                    await pilot.pause(0.1)
            await pilot.pause(1.5)  # what is shown as busy is shown for a second
            _save(app, folder / "test-mail.svg")
            await pilot.press("escape")
            await pilot.pause(1.0)
            _save(app, folder / "menu.svg")
            await pilot.press("3")
            await pilot.pause(1.0)
            _save(app, folder / "mail-host.svg")
            await pilot.press("escape")
            engine.settings.change({"mail.transport": "microsoft365"})
            await pilot.press("4")
            async with asyncio.timeout(_LIMIT):
                while "asked" not in app.export_screenshot():
                    await pilot.pause(0.1)
            _save(app, folder / "sign-in.svg")


def _save(app: ConsoleApp, path: Path) -> None:
    """Write the screen as it stands; fonts are the reader's own, nothing is loaded from elsewhere."""
    picture = app.export_screenshot(title="mail-console")
    start, end = picture.find("@font-face"), picture.rfind("@font-face")
    if start >= 0:
        end = picture.index("}", end) + 1
        picture = picture[:start] + picture[end:]
    # Viewers that fold blanks would tear the columns apart.
    path.write_text(picture.replace("<svg ", '<svg xml:space="preserve" ', 1), "utf-8")


def main() -> int:
    """Draw all pictures into the folder named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_draw(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
