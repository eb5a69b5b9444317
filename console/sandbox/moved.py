"""A sandbox whose ports were taken runs at others; what was signed in at the old ones is taken along.

A sign-in belongs to the address of the service it was made at, port and all. Here it is the same service,
with the same keys, at another port: so the console's store names the new one before anybody asks.
"""

import re
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from console.errors import ConsoleError
from console.microsoft365.cache import KEY as CACHE
from console.microsoft365.record import KEYS as RECORDS
from console.secret import Secret
from console.secret_store import SecretStore

_HERE: Final = re.compile(r"\blocalhost:\d{1,5}(?!\d)")


def take_along(secrets: SecretStore, service: str) -> None:
    """Let every sign-in made in this sandbox hold at `service`, the sign-in service's present address.

    What cannot be read or written stays as it is: the console then says itself what is wrong with it.
    """
    now_at = urlsplit(service).netloc
    for key in (CACHE, *RECORDS.values()):
        with suppress(ConsoleError):
            kept = secrets.get(key)
            if kept is None:
                continue
            moved = Secret(_HERE.sub(now_at, kept.reveal()))
            if moved != kept:
                secrets.put(key, moved)
