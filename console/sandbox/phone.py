"""Plays the phone: answers the newest code that waits, as a person with a browser would."""

from console.errors import UsageError
from console.sandbox.device_codes import Answer, DeviceCode, DeviceCodes
from console.sandbox.directory import ADMINISTRATOR, SENDER, account
from console.text import one_line


class Phone:
    """What the sandbox's keys do instead of a phone; each returns the user code it answered."""

    def __init__(self, codes: DeviceCodes) -> None:
        self._codes = codes

    def approve(self, address: str = SENDER.address) -> str:
        """Sign in as `address` and accept.

        Raises:
            UsageError: No code waits, or there is no such account.
        """
        found = account(address)
        if found is None:
            raise UsageError(f"The sandbox has no account {one_line(address, 80)}.")
        code = self._newest()
        self._codes.settle(code, Answer.APPROVED, found)
        return code.user_code

    def wrong_account(self) -> str:
        """Sign in as the administrator instead of the mailbox, and accept."""
        return self.approve(ADMINISTRATOR.address)

    def decline(self) -> str:
        """Press Cancel."""
        code = self._newest()
        self._codes.settle(code, Answer.DECLINED)
        return code.user_code

    def block(self) -> str:
        """Accept, and be blocked by Conditional Access."""
        code = self._newest()
        self._codes.settle(code, Answer.BLOCKED)
        return code.user_code

    def lapse(self) -> str:
        """Let the code's time be up."""
        code = self._newest()
        self._codes.lapse(code)
        return code.user_code

    def waiting(self) -> tuple[str, ...]:
        """Return the user codes that wait, newest first."""
        return tuple(code.user_code for code in self._codes.waiting())

    def _newest(self) -> DeviceCode:
        waiting = self._codes.waiting()
        if not waiting:
            raise UsageError("No code waits for a phone.", "Start a sign-in first.")
        return waiting[0]
