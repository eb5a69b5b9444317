"""What both faces open before they can do anything: the engine, and in the sandbox the stand-ins round it."""

import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from console.annotations import TYPE_CHECKING, Self
from console.errors import UsageError

if TYPE_CHECKING:
    from console.__main__ import FrontOptions
    from console.engine import Engine
    from console.sandbox.box import Sandbox


class Session:
    """Opens the engine when it is first asked for, and closes what was opened.

    Args:
        front: The options of the front door.
    """

    def __init__(self, front: "FrontOptions") -> None:
        self._front = front
        self._stack = ExitStack()
        self._engine: Engine | None = None
        self.sandbox: Sandbox | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the stand-ins and remove what was made for this run."""
        self._stack.close()

    @property
    def engine(self) -> "Engine":
        """The engine; opening it reads the appliance profile and nothing else.

        Raises:
            UsageError: The folder of ``--root`` is not there or is none, or a fault is not known.
            console.settings.store.SettingsError: The appliance profile cannot be used.
        """
        if self._engine is None:
            self._engine = self._open()
        return self._engine

    def _open(self) -> "Engine":
        from console.engine import open_engine

        if self._front.is_sandbox:
            return self._open_sandbox()
        if self._front.faults:
            raise UsageError("--fault belongs to the sandbox.", "Add --sandbox.")
        return open_engine(self._root())

    def _root(self) -> Path | None:
        if self._front.root is None:
            return None
        if not self._front.root:  # an unset variable of a script; Path("") would be where it happens to run
            raise UsageError("--root: the folder's name is empty.", "Name a folder.")
        root = Path(self._front.root).absolute()
        if not root.is_dir():
            raise _no_folder(root)
        return root

    def _open_sandbox(self) -> "Engine":
        from console.engine import open_engine
        from console.sandbox.box import Sandbox
        from console.sandbox.moved import take_along

        root = self._root() or self._scratch_folder()
        self.sandbox = self._stack.enter_context(Sandbox.start(root / "sandbox", self._front.faults))
        engine = open_engine(root, profile=self.sandbox.profile, is_sandbox=True)
        take_along(engine.secrets, self.sandbox.addresses.authority)
        return engine

    def _scratch_folder(self) -> Path:
        from tempfile import TemporaryDirectory

        return Path(self._stack.enter_context(TemporaryDirectory(prefix="mail-console-")))


def _no_folder(root: Path) -> UsageError:
    from console.file_errors import named

    if os.path.lexists(root):
        return UsageError(f"--root: {named(root)} is not a folder.", "Name a folder.")
    return UsageError(f"--root: {named(root)} does not exist.", "Create the folder, or correct its path.")
