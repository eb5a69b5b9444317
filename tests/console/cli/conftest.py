"""An appliance below a folder of the test's own, set up to send to the stand-in mail server."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.sandbox.smtp_server import PASSWORD, USER
from tests.support.cli import Ended, run_cli
from tests.support.smtp_world import SmtpWorld, authority, smtp_world

__all__ = ["authority", "smtp_world"]


@dataclass
class Appliance:
    """Paths below `root`, and the mail server it sends to."""

    root: Path
    world: SmtpWorld

    def cli(self, *arguments: str | Path, stdin: str | bytes = b"", **environment: str) -> Ended:
        """Run a command on this appliance."""
        return run_cli("--root", self.root, *arguments, stdin=stdin, **environment)


@pytest.fixture
def appliance(root: Path, smtp_world: SmtpWorld) -> Iterator[Appliance]:
    """Return an appliance that sends with STARTTLS and a password."""
    made = Appliance(root, smtp_world)
    ended = made.cli(
        "settings",
        "set",
        "mail.enabled=true",
        "mail.sender=alerts@contoso.com",
        "mail.administrator=admin@contoso.com",
        "smtp.host=localhost",
        f"smtp.port={smtp_world.stand_in.port('starttls')}",
        f"smtp.user={USER}",
        "smtp.password=-",
        f"network.ca_file={smtp_world.authority.ca_file}",
        "network.read_timeout=5",
        stdin=f"{PASSWORD}\n",
    )
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    yield made
