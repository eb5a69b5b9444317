"""Why an installation failed, in plain words, from what the package manager said.

Patterns are the package managers' own English messages (commands run with LC_ALL=C.UTF-8); where none fits,
the last lines are shown as they are and nothing is guessed.
"""

import re
from typing import Final

from console.install.command import CommandResult
from console.install.model import Component
from console.transcript import Stage
from console.values import dataclass
from console.verdict import Finding, Who


@dataclass(frozen=True, slots=True)
class _Cause:
    id: str
    pattern: re.Pattern[str]
    cause: str
    fix: tuple[str, ...]
    who: Who


def _cause(name: str, pattern: str, cause: str, *fix: str, who: Who = Who.OPERATOR) -> _Cause:
    return _Cause(f"install-{name}", re.compile(pattern, re.IGNORECASE), cause, fix, who)


_CAUSES: Final = (
    _cause(
        "not-root", r"are you root|permission denied|must be root|superuser privileges|not permitted",
        "Only root may install software.", "Run it as root: sudo mail-console",
    ),
    _cause(
        "locked", r"could not get lock|unable to lock|waiting for cache lock|another app is currently|"
        r"system management is locked|is locked by|database is locked",
        "Another program is installing software right now.",
        "Wait until it has ended (automatic updates take minutes after a start), then try again.",
    ),
    _cause(
        "disk-full", r"no space left on device|not enough free space|disk full|disk quota exceeded",
        "The disk is full.", "Make room: df -h shows where; then try again.",
    ),
    _cause(
        "signature", r"NO_PUBKEY|is not signed|gpg error|signature (?:verification )?(?:failed|could)|"
        r"untrusted (?:signature|public key)|bad signature|invalid signature|not valid yet|EXPKEYSIG",
        "The signature of the package source cannot be verified, so nothing was installed.",
        "Check the clock first (a wrong date makes signatures invalid): date",
        "Then renew the signing key of the package source as its maker says.",
    ),
    _cause(
        "no-network", r"temporary failure (?:in name resolution|resolving)|could not resolve|"
        r"failed to (?:fetch|download)|network is unreachable|connection (?:refused|timed out)|"
        r"could not connect|no route to host|timeout (?:was reached|exceeded)|curl error|unable to connect",
        "The package source cannot be reached.",
        "Check network, name resolution and web proxy of this appliance; then try again.",
        who=Who.NETWORK,
    ),
    _cause(
        "read-only", r"read-only file system", "The file system is read-only.",
        "Mount it writable, or have the maker put the component into the image.",
    ),
    _cause(
        "no-package", r"unable to locate package|no match for argument|has no installation candidate|"
        r"no package .* available|not found in package names|unsatisfiable constraints|no such package|"
        r"no provider of|could not find (?:a matching )?package|unable to find a match",
        "The package source has no such package.",
        "Check that the distribution's usual package sources are switched on (EPEL on Red Hat systems).",
    ),
    _cause(
        "no-program", r"no such program|command not found",
        "The program that installs it is not on this appliance.", "Install that program first.",
    ),
)  # fmt: skip


def explain(result: CommandResult | None, component: Component) -> Finding:
    """Return why `component` is not there; `result` is the command that failed, None when we are not root."""
    if result is None:
        return _finding(_CAUSES[0], "")
    text = "\n".join(result.output)
    said = next((line for line in reversed(result.output) if _is_telling(line)), "")
    for cause in _CAUSES:
        if match := cause.pattern.search(text):
            line = next((one for one in result.output if match[0] in one), said)
            return _finding(cause, line)
    if result.is_ok:
        said = f"All commands ended well, but {component.title} is still not found."
    return Finding(
        id="install-unknown",
        stage=Stage.LOCAL,
        cause=f"{component.title} could not be installed, and the reason is not one that is known here.",
        fix=("Read the last lines of the output.", f"Try by hand: {result.command.text}"),
        who=Who.OPERATOR,
        said=said,
    )


def _finding(cause: _Cause, said: str) -> Finding:
    return Finding(cause.id, Stage.LOCAL, cause.cause, cause.fix, cause.who, said=said)


def _is_telling(line: str) -> bool:
    return bool(re.match(r"(?i)\s*(E:|error|fatal|problem)", line)) or bool(line.strip())
