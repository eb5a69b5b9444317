"""A stand-in for Entra ID: discovery, codes and tokens, with the fields and errors of the real one.

Two faces of the same directory: the addresses of the tenant as Entra ID has them (``/{tenant}/v2.0/…``),
and a plain OpenID Connect issuer (``/oidc``; RFC 8414, RFC 8628) for consoles set up with another one.
"""

import re
import time
from collections.abc import Callable
from typing import Final

from console.sandbox.client_assertion import Certificates
from console.sandbox.device_codes import DeviceCodes
from console.sandbox.directory import CLIENT_ID, DOMAIN, TENANT_ID, AppRegistration
from console.sandbox.entra_errors import SLOW_DOWN, Aadsts, RefusedError, refuse
from console.sandbox.entra_grants import Asked, Grants
from console.sandbox.entra_scopes import delegated
from console.sandbox.entra_tokens import RefreshTokens, TokenMint
from console.sandbox.https_server import Reply, Request
from console.sandbox.kept import Kept
from console.sandbox.scenarios import ChosenFaults, Moment, Trick

PLAIN: Final = "oidc"
"""First part of the plain issuer's addresses."""
_TENANTS: Final = frozenset({TENANT_ID, DOMAIN, "contoso.onmicrosoft.com"})
_SHARED: Final = frozenset({"common", "organizations", "consumers"})
_TENANT_SHAPE: Final = re.compile(
    r"[0-9a-z-]+(\.[0-9a-z-]+)+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)
_OUT_OF_ORDER: Final = Reply.html(503, "<html><body>Our services aren't available right now</body></html>")

_Route = Callable[[str, Request], Reply]


class Entra:
    """Everything of the sign-in service that one sandbox has.

    Args:
        faults: What is played.
        interval: Seconds between polls.
        lifetime: Seconds until a code lapses.
        clock: Seconds since 1970; replaced in tests.
        kept: Where signing key, refresh tokens and certificates are kept.

    Attributes:
        base: ``https://localhost:PORT``; set once the server listens.
    """

    def __init__(
        self,
        faults: ChosenFaults,
        *,
        interval: int = 5,
        lifetime: int = 900,
        clock: Callable[[], float] = time.time,
        kept: Kept | None = None,
    ) -> None:
        self.base = "https://localhost"
        self.app = AppRegistration()
        self.codes = DeviceCodes(lifetime, interval, clock)
        self.mint = TokenMint(clock, kept)
        self.refresh_tokens = RefreshTokens(clock, kept)
        self.certificates = Certificates(clock, kept)
        self._faults = faults
        self._grants = Grants(self.app, self.mint, self.refresh_tokens, self.certificates, faults, clock)

    def answer(self, request: Request) -> Reply | None:
        """Answer a request for the sign-in service; None when it is not for it."""
        tenant, _, rest = request.path.lstrip("/").partition("/")
        is_plain = tenant == PLAIN
        asked = f"{request.method} {rest}"
        route = self._plain_route(asked) if is_plain else self._route(asked)
        if route is None:
            return None
        try:
            if not is_plain:
                self._check_tenant(tenant)
            return route(tenant, request)
        except RefusedError as error:
            refusal = error.refusal
            return refusal.plain_reply() if is_plain else refusal.reply(_correlation(request))

    def _route(self, asked: str) -> _Route | None:
        match asked:
            case "GET v2.0/.well-known/openid-configuration" | "GET .well-known/openid-configuration":
                return self._discovery
            case "GET discovery/v2.0/keys":
                return self._keys
            case "POST oauth2/v2.0/devicecode":
                return self._device_code
            case "POST oauth2/v2.0/token":
                return self._token
        return None

    def _plain_route(self, asked: str) -> _Route | None:
        match asked:
            case "GET .well-known/openid-configuration":
                return self._plain_discovery
            case "GET keys":
                return self._keys
            case "POST devicecode":
                return self._device_code
            case "POST token":
                return self._token
        return None

    def _discovery(self, tenant: str, _request: Request) -> Reply:
        if (refusal := self._faults.refusal(Moment.DISCOVERY)) is not None:
            raise RefusedError(refusal.with_facts({"tenant": tenant}))
        at = f"{self.base}/{tenant}"
        issued_for = "{tenantid}" if tenant in _SHARED else TENANT_ID
        return _cached(
            {
                "token_endpoint": f"{at}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "jwks_uri": f"{at}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": f"{self.base}/{issued_for}/v2.0",
                "request_uri_parameter_supported": False,
                "authorization_endpoint": f"{at}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{at}/oauth2/v2.0/devicecode",
                "claims_supported": [
                    "sub",
                    "iss",
                    "aud",
                    "exp",
                    "iat",
                    "name",
                    "preferred_username",
                    "tid",
                    "ver",
                ],
                "tenant_region_scope": "EU",
                "cloud_instance_name": "microsoftonline.com",
                "msgraph_host": "graph.microsoft.com",
            }
        )

    def _plain_discovery(self, tenant: str, _request: Request) -> Reply:
        at = f"{self.base}/{tenant}"
        return _cached(
            {
                "issuer": at,
                "token_endpoint": f"{at}/token",
                "device_authorization_endpoint": f"{at}/devicecode",
                "authorization_endpoint": f"{at}/authorize",
                "jwks_uri": f"{at}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def _keys(self, _tenant: str, _request: Request) -> Reply:
        return _cached(self.mint.keys())

    def _device_code(self, tenant: str, request: Request) -> Reply:
        asked = self._asked(tenant, request)
        if (refusal := self._faults.refusal(Moment.CODE)) is not None:
            raise RefusedError(refusal.with_facts(asked.facts))
        if tenant in _SHARED:
            refuse(Aadsts.SINGLE_TENANT, **asked.facts)
        delegated(asked.field("scope"))
        code = self.codes.issue(asked.client_id, asked.field("scope"))
        page = f"{self.base}/device"
        answer: dict[str, object] = {
            "user_code": code.user_code,
            "device_code": code.device_code,
            "verification_uri": page,
            "expires_in": self.codes.lifetime,
            "interval": code.interval,
            "message": f"To sign in, use a web browser to open the page {page} and enter the code "
            f"{code.user_code} to authenticate.",
        }
        if tenant == PLAIN:  # Entra ID has no such field (v2-oauth2-device-code.md)
            answer["verification_uri_complete"] = f"{page}?user_code={code.user_code}"
        return _private(answer)

    def _token(self, tenant: str, request: Request) -> Reply:
        asked = self._asked(tenant, request)
        grant = asked.field("grant_type")
        match grant:
            case "urn:ietf:params:oauth:grant-type:device_code" | "device_code":
                reply = self._of_device_code(asked)
            case "refresh_token":
                reply = _private(self._grants.of_refresh_token(asked))
            case "client_credentials":
                if tenant in _SHARED:
                    refuse(Aadsts.NO_TENANT)
                reply = _private(self._grants.of_app(asked))
            case _:
                refuse(Aadsts.GRANT_UNKNOWN, grant=grant)
        return reply

    def _of_device_code(self, asked: Asked) -> Reply:
        code = self.codes.of_device(asked.optional("device_code") or asked.field("code"))
        if code is None or code.client_id != asked.client_id:
            refuse(Aadsts.CODE_UNKNOWN)
        is_in_time = self.codes.note_poll(code)
        if self._faults.has(Trick.POLLING_503) and code.polls in (2, 3):
            return _OUT_OF_ORDER
        if self._faults.has(Trick.SLOW_DOWN) and code.polls == 1:
            code.interval += 5
            is_in_time = False
        if not is_in_time:
            raise RefusedError(SLOW_DOWN)
        return _private(self._grants.of_device_code(asked, code, self.codes))

    def _asked(self, tenant: str, request: Request) -> Asked:
        issuer = f"{self.base}/{PLAIN}" if tenant == PLAIN else f"{self.base}/{TENANT_ID}/v2.0"
        at = f"{self.base}/{tenant}"
        endpoints = frozenset({f"{at}/oauth2/v2.0/token", f"{at}/token", f"{at}/v2.0", issuer})
        asked = Asked(request.form(), tenant, issuer, endpoints)
        if asked.client_id != CLIENT_ID:
            refuse(Aadsts.APP_NOT_FOUND, **asked.facts)
        return asked

    def _check_tenant(self, tenant: str) -> None:
        if tenant.casefold() in _TENANTS | _SHARED:
            return
        if _TENANT_SHAPE.fullmatch(tenant):
            refuse(Aadsts.TENANT_NOT_FOUND, tenant=tenant)
        refuse(Aadsts.TENANT_MALFORMED, tenant=tenant)


def _cached(value: object) -> Reply:
    return Reply.json(200, value, (("Cache-Control", "max-age=86400, private"),))


def _private(value: object) -> Reply:
    return Reply.json(200, value, (("Cache-Control", "no-store, no-cache"), ("Pragma", "no-cache")))


def _correlation(request: Request) -> str:
    return request.headers.get("client-request-id", "")
