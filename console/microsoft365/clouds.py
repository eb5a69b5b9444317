"""Microsoft's clouds in one table, each value overridable in the settings, and what follows from them.

Sources: entra-docs ``authentication-national-cloud`` (authorities), microsoft-graph-docs ``deployments``
(Graph roots), office-developer-exchange-docs ``how-to-authenticate-…-by-using-oauth`` (global scopes). The
SMTP hosts and scopes of the government and China clouds come from other products' tables, not from a page
of Microsoft's: hence overridable.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from console.settings.model import (
    APP,
    DELEGATED,
    EXCHANGE_SMTP,
    MICROSOFT,
    CloudName,
    Settings,
    TransportName,
)
from console.text import one_line
from console.transcript import Stage
from console.values import dataclass
from console.verdict import Failure, SignInError

SHARED_TENANTS: Final = frozenset({"common", "organizations", "consumers"})
RESERVED_SCOPES: Final = frozenset({"openid", "profile", "offline_access"})
"""Added by MSAL itself; it refuses them when given (msal 1.39, ``_decorate_scope``)."""

_EXCHANGE_ID: Final = "00000002-0000-0ff1-ce00-000000000000"
_GRAPH_ID: Final = "00000003-0000-0000-c000-000000000000"
# Patterns stay text until a tenant is looked at: the menu loads this module for its table alone.
_DOMAIN: Final = r"(?=.{1,255}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}"
_GUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of Microsoft's clouds.

    Attributes:
        title: The words a person sees.
        authority: Address of the sign-in service, without tenant.
        graph_root: Address of Graph, without version.
        smtp_host: Authenticated SMTP submission, port 587.
        smtp_resource: What the delegated SMTP scope begins with.
        smtp_app_resource: What the app's SMTP scope begins with.
        portal: Where the app is registered.
    """

    title: str
    authority: str = ""
    graph_root: str = ""
    smtp_host: str = ""
    smtp_resource: str = ""
    smtp_app_resource: str = ""
    portal: str = ""


CLOUDS: Final = {
    CloudName.GLOBAL: Cloud(
        title="Global, GCC",
        authority="https://login.microsoftonline.com",
        graph_root="https://graph.microsoft.com",
        smtp_host="smtp.office365.com",
        smtp_resource="https://outlook.office.com",
        smtp_app_resource="https://outlook.office365.com",
        portal="https://entra.microsoft.com",
    ),
    CloudName.GCC_HIGH: Cloud(
        title="GCC High",
        authority="https://login.microsoftonline.us",
        graph_root="https://graph.microsoft.us",
        smtp_host="smtp.office365.us",
        smtp_resource="https://outlook.office365.us",
        smtp_app_resource="https://outlook.office365.us",
        portal="https://entra.microsoft.us",
    ),
    CloudName.DOD: Cloud(
        title="DoD",
        authority="https://login.microsoftonline.us",
        graph_root="https://dod-graph.microsoft.us",
        smtp_host="outlook-dod.office365.us",
        smtp_resource="https://outlook.office365.us",
        smtp_app_resource="https://outlook.office365.us",
        portal="https://entra.microsoft.us",
    ),
    CloudName.CHINA: Cloud(
        title="China (21Vianet)",
        authority="https://login.partner.microsoftonline.cn",
        graph_root="https://microsoftgraph.chinacloudapi.cn",
        smtp_host="smtp.partner.outlook.cn",
        smtp_resource="https://partner.outlook.cn",
        smtp_app_resource="https://partner.outlook.cn",
        portal="https://entra.microsoftonline.cn",
    ),
    CloudName.CUSTOM: Cloud(title="Custom"),
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where one signs in and sends, and what for: table and settings joined.

    Attributes:
        authority: With tenant (Entra ID), or the issuer (plain OIDC); no slash at the end.
        is_oidc: Whether `authority` is a plain OpenID Connect issuer.
        graph_root: Address of Graph, without version, no slash at the end.
        smtp_host: Host of SMTP submission.
        smtp_port: Its port.
        scopes: What a token is asked for, without the reserved ones.
        permission: The permission that must be granted (``SMTP.Send``), or "" when not known.
        audiences: Who a fitting token may be for, lower case, no slash at the end; empty when not known.
    """

    authority: str
    is_oidc: bool
    graph_root: str
    smtp_host: str
    smtp_port: int
    scopes: tuple[str, ...]
    permission: str
    audiences: frozenset[str]

    @property
    def is_microsoft(self) -> bool:
        """Whether the authority is one of Microsoft's own."""
        return _host(self.authority) in {_host(cloud.authority) for cloud in CLOUDS.values()}


_PERMISSIONS: Final = {
    TransportName.MICROSOFT365: "SMTP.Send",
    TransportName.OFFICE365_APP: "SMTP.SendAsApp",
    TransportName.GRAPH: "Mail.Send",
    TransportName.GRAPH_APP: "Mail.Send",
}


def resolve(settings: Settings) -> Endpoints:
    """Return the endpoints of the chosen transport and cloud.

    Raises:
        SignInError: Something needed is missing or cannot work (kind ``local.settings``); all of it is named.
    """
    problems = tuple(settings_problems(settings))
    if problems:
        text = " ".join(problems)
        raise SignInError(Failure(Stage.LOCAL, "local.settings", text), text)
    chosen = settings.microsoft365
    scopes = asked_scopes(settings)
    return Endpoints(
        authority=_authority(settings),
        is_oidc=chosen.oidc,
        graph_root=graph_root(settings),
        smtp_host=chosen.smtp_host or CLOUDS[chosen.cloud].smtp_host,
        smtp_port=chosen.smtp_port,
        scopes=scopes,
        permission="" if chosen.scope else _PERMISSIONS[settings.mail.transport],
        audiences=_audiences(scopes),
    )


def graph_root(settings: Settings) -> str:
    """Return the address of Graph, or "" when the custom cloud has none."""
    chosen = settings.microsoft365
    return (chosen.graph_root or CLOUDS[chosen.cloud].graph_root).rstrip("/")


def asked_scopes(settings: Settings) -> tuple[str, ...]:
    """Return what a token is asked for: the settings' own scope, or transport and cloud's default."""
    chosen, transport = settings.microsoft365, settings.mail.transport
    if chosen.scope:
        return tuple(scope for scope in chosen.scope.split() if scope not in RESERVED_SCOPES)
    cloud = CLOUDS[chosen.cloud]
    # Another Graph address in one of Microsoft's clouds (a test double, a gateway) changes no resource.
    graph = graph_root(settings) if chosen.cloud is CloudName.CUSTOM else cloud.graph_root
    resource = {
        TransportName.MICROSOFT365: cloud.smtp_resource,
        TransportName.OFFICE365_APP: cloud.smtp_app_resource,
    }.get(transport, graph)
    if not resource:
        return ()
    return (f"{resource}/.default" if transport in APP else f"{resource}/{_PERMISSIONS[transport]}",)


def settings_problems(settings: Settings) -> Iterator[str]:
    """Yield what keeps the settings from working, one plain sentence each; found before any request."""
    chosen, transport = settings.microsoft365, settings.mail.transport
    if transport not in MICROSOFT:
        yield f"The transport {transport} needs no Microsoft 365 sign-in."
        return
    yield from _tenant_problems(settings)
    if not chosen.client_id:
        yield "The client ID is missing: copy the Application (client) ID from the app registration."
    if not (chosen.authority or CLOUDS[chosen.cloud].authority):
        yield "The custom cloud needs an authority: the address of the sign-in service."
    if transport in EXCHANGE_SMTP and not (chosen.smtp_host or CLOUDS[chosen.cloud].smtp_host):
        yield "The custom cloud needs an SMTP host."
    if transport not in EXCHANGE_SMTP and not graph_root(settings):
        yield "The custom cloud needs a Graph root."
    yield from _scope_problems(settings)


def _tenant_problems(settings: Settings) -> Iterator[str]:
    chosen = settings.microsoft365
    # A path in the authority comes before the tenant field (see _authority).
    tenant = _path(chosen.authority).partition("/")[0] or chosen.tenant
    if chosen.oidc:
        if not chosen.authority:
            yield "A plain OIDC issuer needs its address as authority."
    elif not tenant:
        yield "The tenant is missing: the Directory (tenant) ID, or a domain verified in the tenant."
    elif tenant.casefold() in SHARED_TENANTS:
        yield (
            f"The tenant cannot be '{tenant}': an app registered in one tenant is refused there "
            "(AADSTS50194). Enter the Directory (tenant) ID."
        )
    elif tenant == chosen.tenant and not _is_tenant(tenant):
        yield f"The tenant '{one_line(tenant, 80)}' is neither a tenant ID nor a domain."


def _is_tenant(name: str) -> bool:
    return any(re.fullmatch(one, name, re.IGNORECASE) for one in (_GUID, _DOMAIN))


def _scope_problems(settings: Settings) -> Iterator[str]:
    chosen, transport = settings.microsoft365, settings.mail.transport
    scopes = asked_scopes(settings)
    if not scopes:
        if chosen.cloud is CloudName.CUSTOM or chosen.scope:
            yield "The scope is missing: the permission a token is asked for."
        return
    if transport in APP and not chosen.oidc:
        if len(scopes) > 1:
            yield "An app asks for one resource at a time: give a single scope that ends in '/.default'."
        elif not scopes[0].endswith("/.default"):
            said = one_line(scopes[0], 120)
            yield f"An app's scope ends in '/.default' (AADSTS1002012); '{said}' does not."
    if transport in DELEGATED and len({_resource(scope) for scope in scopes}) > 1:
        yield "All scopes must belong to one resource (AADSTS28000): one token serves one service."


def _authority(settings: Settings) -> str:
    chosen = settings.microsoft365
    base = (chosen.authority or CLOUDS[chosen.cloud].authority).rstrip("/")
    if chosen.oidc or _path(base):
        return base
    return f"{base}/{chosen.tenant}"


def _audiences(scopes: tuple[str, ...]) -> frozenset[str]:
    """Return who a token for `scopes` may name as audience: the resource, its aliases, its ID."""
    resources = {_resource(scope) for scope in scopes} - {""}
    if not resources:
        return frozenset()
    exchange = {cloud.smtp_resource for cloud in CLOUDS.values()} | {"https://outlook.office365.com"}
    if resources & exchange:
        resources |= {_EXCHANGE_ID, "https://outlook.office.com", "https://outlook.office365.com"}
    if resources & {cloud.graph_root for cloud in CLOUDS.values()}:
        resources.add(_GRAPH_ID)
    return frozenset(resource.casefold() for resource in resources)


def _resource(scope: str) -> str:
    """Return the resource of ``resource/permission``; "" where the scope names none (plain OIDC)."""
    return scope.rpartition("/")[0].rstrip("/") if "://" in scope else ""


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _path(url: str) -> str:
    return urlsplit(url).path.strip("/")
