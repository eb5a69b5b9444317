"""The key pair this console made: the private key stays in the secret store, the certificate is shown and
written for upload."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import FileError
from console.files import make_folder, read_bounded, write_atomic
from console.microsoft365.certificates import FILE_LIMIT, Certificate, load_certificate, make_certificate
from console.secret import OWN_KEY, Secret

if TYPE_CHECKING:
    from console.engine import Engine


def upload_path(engine: "Engine") -> Path:
    """Return where the public certificate is written for upload to the app registration."""
    return engine.paths.settings.parent / "microsoft365-certificate.pem"


def file_to_upload(engine: "Engine", certificate: Certificate) -> Path | None:
    """Return the file to upload, or None where it is not there or holds another certificate than this one."""
    path = upload_path(engine)
    try:
        content = read_bounded(path, FILE_LIMIT)
    except (FileNotFoundError, FileError):
        return None
    return path if content == certificate.public_pem.encode() else None


def new_own_certificate(engine: "Engine", *, bits: int = 3072, now: datetime | None = None) -> Certificate:
    """Make a pair, keep it in place of an older one, and write the public certificate for upload.

    Raises:
        FileError: It cannot be written; then the older pair still holds.
    """
    from socket import gethostname

    name = f"{engine.profile.product} {engine.profile.host or gethostname()}"
    made = make_certificate(name, bits=bits, now=now or datetime.now(UTC))
    # Key and certificate in one file: a kill between two would leave a pair that does not match.
    engine.secrets.put(OWN_KEY, Secret(made.private_key.reveal() + made.public_pem))
    make_folder(upload_path(engine).parent, mode=0o755)
    write_atomic(upload_path(engine), made.public_pem.encode(), mode=0o644)
    return made


def own_certificate(engine: "Engine") -> Certificate | None:
    """Return the pair this console made, or None.

    Raises:
        SignInError: It is there but cannot be used.
        SecretError, FileError: It cannot be read.
    """
    kept = engine.secrets.get(OWN_KEY)
    if kept is None:
        return None
    return load_certificate(kept.reveal().encode(), name=str(engine.secrets.path(OWN_KEY)))
