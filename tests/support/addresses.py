"""Addresses as Python's own parser reads them, for comparison."""

from collections.abc import Sequence
from email.utils import getaddresses
from typing import Any


def loose_addresses(values: Sequence[str]) -> list[tuple[str, str]]:
    """Return names and addresses as every patch level of Python can read them.

    Newer ones, and distributions' older ones, refuse a whole list with a comment in it unless told otherwise.
    """
    loosely: dict[str, Any] = {"strict": False}
    try:
        return getaddresses(values, **loosely)
    except TypeError:  # a Python that knows no strictness
        return getaddresses(values)
