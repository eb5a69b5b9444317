"""An appliance below a scratch folder, set up to send to a mail server on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from console.engine import Engine, open_engine
from console.sandbox.certificates import Authority
from console.secret import Secret

USER = "alerts@contoso.com"
PASSWORD = "sandbox-password"


@contextmanager
def scratch() -> Iterator[Path]:
    """Give an empty folder that is removed afterwards."""
    with TemporaryDirectory(prefix="mail-console-bench-") as name:
        yield Path(name)


def appliance(root: Path, authority: Authority | None = None, port: int = 587) -> Engine:
    """Return an engine below `root` that sends to localhost."""
    root.mkdir(parents=True, exist_ok=True)
    engine = open_engine(root)
    engine.settings.change(
        {
            "mail.enabled": "true",
            "mail.sender": USER,
            "mail.administrator": USER,
            "smtp.host": "localhost",
            "smtp.port": str(port),
            "smtp.encryption": "starttls" if authority else "none",
            "smtp.user": USER if authority else "",
            "network.ca_file": str(authority.ca_file) if authority else "",
        }
    )
    engine.secrets.put("smtp.password", Secret(PASSWORD))
    return engine
