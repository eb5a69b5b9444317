"""What a token is asked for: resource, permissions and the OpenID Connect scopes, as Entra ID reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from console.sandbox.directory import GRAPH, OUTLOOK, OUTLOOK_APP, OUTLOOK_AUDIENCES
from console.sandbox.entra_errors import Aadsts, refuse

_OPENID: Final = frozenset({"openid", "profile", "offline_access", "email"})
_DEFAULT: Final = ".default"
_RESOURCES: Final = {GRAPH: GRAPH, OUTLOOK: OUTLOOK, OUTLOOK_APP: OUTLOOK}
"""Each resource address and whose permissions it stands for."""


@dataclass(frozen=True, slots=True)
class AskedScope:
    """A scope taken apart.

    Attributes:
        audience: The resource as asked for; "" when only OpenID Connect scopes were asked for.
        permissions: Without their resource (``SMTP.Send``, ``.default``).
        openid: Those of OpenID Connect.
    """

    audience: str
    permissions: frozenset[str]
    openid: frozenset[str]

    def granted(self, consented: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
        """Return the delegated permissions to put in the token; None when one has no consent."""
        has = consented.get(_RESOURCES.get(self.audience, ""), frozenset())
        asked = has if _DEFAULT in self.permissions else self.permissions
        return asked if has and asked <= has else None

    def roles(self, consented: Mapping[str, frozenset[str]]) -> list[str]:
        """Return the application permissions to put in the token."""
        return sorted(consented.get(_RESOURCES.get(self.audience, ""), frozenset()))

    def answered(self, granted: frozenset[str]) -> str:
        """Return the ``scope`` of the token answer."""
        return " ".join(f"{self.audience}/{one}" for one in sorted(granted))


def delegated(scope: str) -> AskedScope:
    """Take apart the scope of a sign-in; answers with a refusal when it cannot be."""
    words = scope.split()
    openid = frozenset(words) & _OPENID
    rest = [word for word in words if word not in _OPENID]
    pairs = [_parted(word) for word in rest]
    audiences = {audience for audience, _ in pairs}
    if len(audiences) > 1:
        refuse(Aadsts.SCOPES_MIXED)
    if not words:
        refuse(Aadsts.SCOPE_INVALID, scope=scope)
    audience = audiences.pop() if audiences else ""
    _check_resource(audience)
    return AskedScope(audience, frozenset(permission for _, permission in pairs), openid)


def of_app(scope: str) -> AskedScope:
    """Take apart the scope of client credentials: one resource and ``/.default``."""
    audience, _, permission = scope.rpartition("/")
    if " " in scope or permission != _DEFAULT or not audience:
        refuse(Aadsts.DEFAULT_SCOPE_WANTED, scope=scope)
    _check_resource(audience)
    return AskedScope(audience, frozenset({permission}), frozenset())


def is_for_exchange(audience: str) -> bool:
    """Whether a token for this audience may be used at the mail server."""
    return audience.rstrip("/") in OUTLOOK_AUDIENCES


def is_for_graph(audience: str) -> bool:
    """Whether a token for this audience may be used at Graph (its address or its application ID)."""
    return audience.rstrip("/") in (GRAPH, "00000003-0000-0000-c000-000000000000")


def _parted(scope: str) -> tuple[str, str]:
    audience, slash, permission = scope.rpartition("/")
    if not slash:
        return GRAPH, scope  # a permission without resource is one of Graph's
    return audience, permission


def _check_resource(audience: str) -> None:
    if audience and audience not in _RESOURCES:
        refuse(Aadsts.RESOURCE_UNKNOWN, resource=audience)
