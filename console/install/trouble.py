"""Why an installation failed, in plain words, from what the package manager said.

Patterns are the package managers' own English messages (commands run with LC_ALL=C.UTF-8); where none fits,
the last lines are shown as they are and nothing is guessed.
"""

import re
from collections.abc import Sequence
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
        "not-root",
        r"are you root|(?:must|need to) be (?:run as )?root|superuser privileges|lock[^\n]*permission denied|"
        r"requires? root|open apk database: permission denied",
        "Only root may install software.", "Run it as root: sudo mail-console",
    ),
    _cause(
        "interrupted", r"dpkg was interrupted|dpkg --configure -a",
        "An earlier installation was interrupted half-way.",
        "Let it be finished: dpkg --configure -a", "Then try again.",
    ),
    _cause(
        "locked",
        r"could not get lock|unable to (?:lock|acquire)|waiting for cache lock|another app is currently|"
        r"system management is locked|is locked by|was locked by|database is locked",
        "Another program is installing software right now.",
        "Wait until it has ended (automatic updates take minutes after a start), then try again.",
    ),
    _cause(
        "disk-full",
        r"no space left on device|enough (?:free |disk )?space|disk full|quota exceeded|more space needed",
        "The disk is full.", "Make room: df -h shows where; then try again.",
    ),
    _cause(
        "clock",
        r"is not valid yet|invalid for another|certificate is not yet valid|signature made in the future|"
        r"release file [^\n]*is expired|is not \(yet\) valid",
        "To the package source this appliance's clock is wrong, so it is not trusted.",
        "Set the clock: date shows it; then try again.",
    ),
    _cause(
        "signature", r"NO_PUBKEY|is not signed|gpg error|signature (?:verification )?(?:failed|could)|"
        r"untrusted (?:signature|public key)|bad ?sig(?:nature)?\b|invalid signature|EXPKEYSIG|"
        r"gpg check failed|public key for [^\n]* is not installed|signatures? (?:were|was) invalid",
        "The signature of the package source cannot be verified, so nothing was installed.",
        "Check the clock first (a wrong date makes signatures invalid): date",
        "Then renew the signing key of the package source as its maker says.",
    ),
    _cause(
        "certificate", r"certificate[ _]verif|ssl certificate problem|certificate is NOT trusted",
        "The certificate of the package source, or of a box on the way to it, is not trusted here.",
        "Check the clock, and that CA certificates are installed.",
        "Where a web proxy opens encrypted traffic, add its CA certificate to this appliance's.",
        who=Who.NETWORK,
    ),
    _cause(
        "gone", r"\b404 +not found|status code: 404|error: 404\b",
        "The package source no longer has what its list promised.",
        "Try again: the lists are refreshed first.",
        "When it stays so, this release of the distribution has moved to its archive.",
    ),
    _cause(
        "no-network", r"temporary failure (?:in name resolution|resolving)|could not resolve|"
        r"failed to (?:fetch|download)|network is unreachable|connection (?:refused|timed out)|"
        r"could not connect|no route to host|timeout (?:was reached|exceeded)|curl error|unable to connect|"
        r"name does not resolve|(?:DNS|temporary) (?:lookup )?error|failed to establish a new connection|"
        r"proxy authentication required",
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
        r"no provider of|could not find (?:a matching )?package|unable to find a match|"
        r"no matching distribution found",
        "The package source has no such package.",
        "Check that the distribution's usual package sources are switched on (EPEL on Red Hat systems).",
    ),
    _cause(
        "managed-python", r"externally-managed-environment",
        "This Python belongs to the distribution, and pip may not install into it.",
        "Install the distribution's own package, or run mail-console from a Python environment of its own.",
    ),
    _cause(
        "no-program", r"no such program|command not found",
        "The program that installs it is not on this appliance.", "Install that program first.",
    ),
)  # fmt: skip

_PACKAGE_LISTS_MATTER: Final = ("install-no-package", "install-gone")
"""What can follow from package lists that could not be refreshed: then that is the cause."""


def explain(
    result: CommandResult | None, component: Component, before: Sequence[CommandResult] = ()
) -> Finding:
    """Return why `component` is not there.

    Args:
        result: The command that failed; None when we are not root.
        component: What was to be installed.
        before: Commands that ran before it; refreshing the package lists may have failed, or only said so.
    """
    if result is None:
        return _finding(_CAUSES[0], "")
    found = _told(result)
    if found is not None and found.id in _PACKAGE_LISTS_MATTER:
        deeper = (_told(one) for one in before)
        found = next((one for one in deeper if one and one.id not in _PACKAGE_LISTS_MATTER), found)
    if found is not None:
        return found
    said = next((line for line in result.output if _is_telling(line)), "")
    said = said or next((line for line in reversed(result.output) if line.strip()), "")
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


def _told(result: CommandResult) -> Finding | None:
    """Return the first known cause that a command's output tells of, or None."""
    text = "\n".join(result.output)
    for cause in _CAUSES:
        if match := cause.pattern.search(text):
            return _finding(cause, next((line for line in result.output if match[0] in line), ""))
    return None


def _finding(cause: _Cause, said: str) -> Finding:
    return Finding(cause.id, Stage.LOCAL, cause.cause, cause.fix, cause.who, said=said)


def _is_telling(line: str) -> bool:
    return bool(re.match(r"(?i)\s*(E:|error|fatal|problem|dpkg: error)", line))
