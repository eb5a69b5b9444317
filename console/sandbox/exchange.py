"""How Exchange Online judges a bearer token at its mail server."""

from collections.abc import Mapping
from typing import Any, Final

from console.sandbox.directory import account
from console.sandbox.entra_scopes import is_for_exchange
from console.sandbox.entra_tokens import TokenMint
from console.sandbox.smtp_protocol import TokenVerdict

_REFUSED: Final = TokenVerdict(is_good=False)
"""``535 5.7.3 Authentication unsuccessful``, whatever was wrong: the real one says no more either."""
_GOOD: Final = TokenVerdict(is_good=True)


class TokenJudge:
    """Checks audience, permission, expiry, and that the token opens the mailbox named as user."""

    def __init__(self, mint: TokenMint) -> None:
        self._mint = mint

    def __call__(self, user: str, token: str) -> TokenVerdict:
        """Return what is to be said to `user` with `token`."""
        try:
            claims = self._mint.checked(token)
        except ValueError:
            return _REFUSED
        mailbox = account(user)
        if mailbox is None or not mailbox.has_mailbox or not is_for_exchange(claims["aud"]):
            return _REFUSED
        return _GOOD if _may_open(claims, mailbox.address) else _REFUSED


def _may_open(claims: Mapping[str, Any], address: str) -> bool:
    if "upn" in claims:
        return claims["upn"].casefold() == address.casefold() and "SMTP.Send" in claims["scp"].split()
    return "SMTP.SendAsApp" in claims.get("roles", ())
