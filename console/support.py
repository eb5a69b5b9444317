"""One archive for whoever helps: what was set up, what is there, what went wrong; no secret by construction.

Nothing is copied from the secret store, and no file of an operator's or maker's as it stands: settings and
profile are written anew from the values that were understood, of which no secret is one. All of it then goes
through a redactor that knows every secret there is, and a sieve for what looks like one (`console.scrub`).
"""

import io
import os
import platform
import re
import tarfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console import __version__
from console.checks.model import CheckResult
from console.engine import Engine
from console.errors import ConsoleError
from console.files import names_beside, read_bounded, write_new
from console.scrub import scrubbed
from console.secret import Redactor, Secret
from console.sendlog.export import export_text, masked
from console.text import printable
from console.values import dataclass

TRANSCRIPTS: Final = 20
"""Mails whose transcripts go into the archive; the newest ones."""

_ENDING: Final = ".tar.gz"
_FILE_LIMIT: Final = 1 << 20
_SECRET_PART: Final = 20


@dataclass(frozen=True, slots=True)
class SupportFile:
    """One file of the archive.

    Attributes:
        name: Its name within.
        summary: What it holds, a few words.
        text: What it holds; redacted, printable.
    """

    name: str
    summary: str
    text: str


def collect(
    engine: Engine, results: Sequence[CheckResult], *, redact_addresses: bool = False
) -> tuple[SupportFile, ...]:
    """Return what goes into the archive, to be looked at before it is written.

    Args:
        engine: The appliance.
        results: Results of the checks (`console.checks.runner.run_checks`).
        redact_addresses: Whether mail addresses are masked as well.
    """
    redactor = _knowing_all_secrets(engine)

    def clean(text: str) -> str:
        text = scrubbed(redactor.redact(printable(redactor.redact(text))))
        return masked(text) if redact_addresses else text

    files = [
        SupportFile("versions.txt", "versions of console, Python, packages, system", _versions()),
        SupportFile("settings.txt", "settings, without secrets", _settings(engine)),
        SupportFile("appliance.txt", "appliance profile and paths", _appliance(engine)),
        SupportFile("secrets.txt", "which secrets are there, not what they are", _secret_names(engine)),
        SupportFile("checks.txt", f"{len(results)} checks", _checks(results)),
        SupportFile("tokens.txt", "token directory, found and wanted", _tokens(engine)),
        SupportFile("units.txt", "renewal: timer and service, or cron line", _units()),
        *_transcripts(engine),
        SupportFile("install.log", "end of the installer's log", _end_of(engine.paths.log / "install.log")),
    ]
    return tuple(SupportFile(one.name, one.summary, clean(one.text)) for one in files if one.text)


def archive_path(folder: Path) -> Path:
    """Return where an archive that is written now would lie: a name that is still free."""
    path = folder / f"mail-console-support-{datetime.now(UTC):%Y%m%d-%H%M%S}{_ENDING}"
    return next((free for free in names_beside(path, _ENDING) if not os.path.lexists(free)), path)


def write(files: Sequence[SupportFile], path: Path) -> Path:
    """Write the archive to `path`, or the next free name beside it, readable for its owner alone; return it.

    Raises:
        FileError: It cannot be written; nothing of it is left.
    """
    return write_new(path, _ENDING, lambda place: _packed(files, place.name.removesuffix(_ENDING)))


def _packed(files: Sequence[SupportFile], folder: str) -> bytes:
    """Return the archive's octets; its files lie in one folder, so that unpacking it scatters nothing."""
    now = int(datetime.now(UTC).timestamp())
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for one in files:
            content = one.text.encode("utf-8", "replace")
            entry = tarfile.TarInfo(f"{folder}/{one.name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, now
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _knowing_all_secrets(engine: Engine) -> Redactor:
    redactor = Redactor()
    names: list[str] = []
    with suppress(OSError):
        names = [one.name for one in engine.paths.secrets.iterdir() if one.is_file()]
    for name in names:
        with suppress(ConsoleError):
            secret = engine.secrets.get(name)
            if secret is not None:
                redactor.add(secret)
                for part in _parts(secret):
                    redactor.add(part)
    for part in _parts(Secret(_file_text(engine.paths.token_file))):
        redactor.add(part)
    return redactor


def _settings(engine: Engine) -> str:
    """Return every setting but secrets, by key; or what is wrong with the file, whose text is not copied."""
    from console.settings.values import all_values

    try:
        settings = engine.settings.load()
    except ConsoleError as error:
        return f"# {engine.paths.settings} cannot be used:\n{error}"
    lines = [f"{key}: {value}" for key, value in all_values(settings).items()]
    return "\n".join([f"# {engine.paths.settings}", *lines])


def _appliance(engine: Engine) -> str:
    profile, tokens = engine.profile, engine.profile.token_directory
    modes = f"{tokens.directory_mode:04o} {tokens.file_mode:04o}"
    return "\n".join(
        [
            f"# {engine.paths.profile}",
            f"product: {profile.product}",
            f"host: {profile.host}",
            *(f"path of {name}: {getattr(engine.paths, name)}" for name in ("secrets", "tokens", "log")),
            f"token directory: {tokens.owner}:{tokens.group} {modes}, reader {tokens.reader or 'none'}",
            *(f"default {key}: {value}" for key, value in profile.defaults.items()),
            *(f"locked {one.key}: {one.reason}" for one in profile.locks),
            f"components: {', '.join(str(one.get('name')) for one in profile.components) or 'built-in'}",
        ]
    )


def _tokens(engine: Engine) -> str:
    from console.deadline import Deadline
    from console.install.token_directory import inspect, wanted

    want = wanted(engine.profile.token_directory, engine.paths.tokens)
    aspects = inspect(want, Deadline(10))
    return "\n".join(
        f"{one.grade.word:<15} {one.title:<18} {one.found}, wanted {one.wanted}" for one in aspects
    )


def _parts(secret: Secret) -> list[Secret]:
    """Return the texts within a secret that is JSON (a token cache), or the lines of one that is PEM."""
    text = secret.reveal()
    quoted = re.findall(r'"((?:[^"\\]|\\.){20,})"', text)
    return [Secret(part) for part in (*quoted, *text.splitlines()) if len(part) >= _SECRET_PART]


def _versions() -> str:
    import importlib.metadata as metadata

    lines = [f"mail-console {__version__}", f"Python {platform.python_version()}", platform.platform()]
    for name in ("textual", "msal", "requests", "qrcode", "pyyaml", "cryptography"):
        with suppress(metadata.PackageNotFoundError):
            lines.append(f"{name} {metadata.version(name)}")
    return "\n".join([*lines, _file_text(Path("/etc/os-release"))])


def _file_text(path: Path) -> str:
    """Return a file as text, "" where there is none."""
    try:
        return read_bounded(path, _FILE_LIMIT).decode("utf-8", "replace")
    except (OSError, ConsoleError):
        return ""


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _FILE_LIMIT))
            return file.read(_FILE_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


def _secret_names(engine: Engine) -> str:
    lines = []
    with suppress(OSError):
        for one in sorted(engine.paths.secrets.iterdir()):
            status = one.lstat()
            lines.append(
                f"{one.name} {status.st_mode & 0o7777:04o} uid {status.st_uid} {status.st_size} octets"
            )
    return "\n".join(lines)


def _checks(results: Sequence[CheckResult]) -> str:
    return "\n".join(f"{one.grade.word:<15} {one.name:<18} {one.found} {one.fix}" for one in results)


def _units() -> str:
    from console.deadline import Deadline
    from console.install import renewal

    if not renewal.has_systemd():
        daemon = "runs" if renewal.cron_runs() else "does not run"
        return f"no systemd; cron daemon {daemon}; {renewal.CRON_FILE}:\n{_file_text(renewal.CRON_FILE)}"
    try:
        return renewal.timer_text(Deadline(5))
    except ConsoleError as error:
        return f"systemd did not answer: {error.what}"


def _transcripts(engine: Engine) -> list[SupportFile]:
    files = []
    with suppress(ConsoleError):
        for entry in engine.log.page(limit=TRANSCRIPTS).entries:
            summary = f"mail of {entry.at:%Y-%m-%d %H:%M}, {entry.result.value}"
            files.append(SupportFile(f"mails/{entry.id}.txt", summary, export_text(entry.delivery())))
    return files
