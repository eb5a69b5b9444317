"""The sign-in screen with a code that never changes, to be run in a terminal: ``python -m … FOLDER``."""

import sys
import time
from pathlib import Path
from typing import Any, Final

ADDRESS: Final = "https://login.microsoft.com/device"
USER_CODE: Final = "BMS4RWVV8"


def main() -> int:
    """Run the app with the sign-in screen on top."""
    from screens.launch import prepare_environment

    prepare_environment()
    from screens import sign_in
    from screens.app import ConsoleApp
    from tests.support.screens import engine_below

    setattr(sign_in, "run_sign_in", fixed_sign_in)  # noqa: B010 - stands in for the real one
    engine = engine_below(
        Path(sys.argv[1]),
        mail_transport="microsoft365",
        mail_sender="alerts@contoso.com",
    )

    class Program(ConsoleApp):
        def on_ready(self) -> None:
            super().on_ready()
            self.push_screen(sign_in.SignInScreen())

    app = Program(engine)
    app.run(mouse=False)
    return app.return_code or 0


def fixed_sign_in(_engine: Any, _settings: Any, tell: Any, cancellation: Any) -> None:
    """Tell a code and one poll, then wait to be cancelled."""
    from console.microsoft365.states import Code, Waiting
    from screens.sign_in_run import Coded, Polled

    now = time.monotonic()
    tell(Coded(Code(USER_CODE, ADDRESS, "", now + 900, 5.0, "", 900.0), renewed=False))
    tell(Polled(Waiting(now + 900), now))
    cancellation.wait(120)


if __name__ == "__main__":
    sys.exit(main())
