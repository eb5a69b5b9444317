"""Taking what looks like a secret out of text, known to us or not: a last sieve before text leaves.

Nothing relies on it alone. Secrets that are known are taken out by `console.secret.Redactor`; this is for
those that are not ours to know: a password typed into a comment, one in a proxy's address, somebody's token.
"""

import re
from typing import Final

from console.secret import MASK

_NAMES: Final = (
    "password|passwd|pass[_ -]?phrase|client[_ -]?secret|secret|refresh[_ -]?token|access[_ -]?token|"
    "id[_ -]?token|device[_ -]?code|user[_ -]?code|api[_ -]?key"
)
_PATTERNS: Final = (
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", MASK),
    # RFC 7519 §3; opaque refresh tokens and client secrets as Entra ID gives them out
    # (looked for from where its word begins: from each "eyJ" would take the square of a long word)
    (r"(?<![\w-])(?=(?:[\w-]*-)?eyJ[\w-]{8})[\w-]++\.[\w-]{8,}(?:\.[\w-]*)?", MASK),
    (r"\b[01]\.A[\w-]{40,}[\w.-]*", MASK),
    (r"[\w.~-]{3}\dQ~[\w.~-]{31,}", MASK),
    # RFC 6750 §2.1, and XOAUTH2's "user=" as base64 writes it
    (r"(?i)\b(bearer|authorization:\s*basic)\s+[\w.~+/=-]{8,}", rf"\1 {MASK}"),
    (r"\bdXNlcj[\w+/]{20,}=*", MASK),
    # RFC 3986 §3.2.1
    (r"(://[^\s/:@]*):[^\s/@]+@", rf"\1:{MASK}@"),
    (rf"(?im)\b({_NAMES})(['\"]?[ \t]*[:=][ \t]*)(?=\S)(?!\*\*\*)[^\n]+", rf"\1\2{MASK}"),
)


def scrubbed(text: str) -> str:
    """Return `text` with ``***`` in place of what looks like a password, token or key."""
    for pattern, mask in _PATTERNS:
        text = re.sub(pattern, mask, text)
    return text
