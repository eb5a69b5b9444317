"""The standard library's own reader of address lists, as an independent judge: always its lenient form, which
newer versions of Python give only when asked for.
"""

from collections.abc import Sequence
from email.utils import getaddresses


def stdlib_addresses(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and address of each mailbox in header values."""
    try:
        return getaddresses(texts, strict=False)
    except TypeError:  # Python before 3.11.10 knows no other form
        return getaddresses(texts)
