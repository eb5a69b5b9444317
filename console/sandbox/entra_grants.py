"""The token endpoint's grants: device code (RFC 8628), refresh token and client credentials (RFC 6749)."""

import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from console.sandbox.client_assertion import KIND, Certificates
from console.sandbox.device_codes import Answer, DeviceCode, DeviceCodes
from console.sandbox.directory import ADMINISTRATOR, CLIENT_SECRET, TENANT_ID, AppRegistration
from console.sandbox.entra_errors import Aadsts, RefusedError, refuse
from console.sandbox.entra_scopes import AskedScope, delegated, of_app
from console.sandbox.entra_tokens import Grant, RefreshTokens, TokenMint, client_info
from console.sandbox.scenarios import ChosenFaults, Moment, Trick

_BY_SECRET, _BY_CERTIFICATE = "1", "2"
_REACTION: Final = 2
"""Polls after which an impatient phone has declined, or a code has lapsed, when that is what is played."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the token or code endpoint.

    Attributes:
        fields: The form's fields.
        tenant: As the path names it.
        issuer: Who issues the ID tokens.
        endpoints: What an assertion may name as its audience.
    """

    fields: Mapping[str, str]
    tenant: str
    issuer: str
    endpoints: frozenset[str]

    @property
    def client_id(self) -> str:
        """The app that asks, lower case."""
        return self.field("client_id").casefold()

    @property
    def facts(self) -> dict[str, str]:
        """What the words of a refusal may name."""
        return {
            "client_id": self.fields.get("client_id", ""),
            "tenant": self.tenant,
            "scope": self.optional("scope"),
        }

    def optional(self, name: str) -> str:
        """Return a field's value, or ""."""
        return self.fields.get(name, "")

    def field(self, name: str) -> str:
        """Return a field's value; answers with a refusal when it is missing or empty."""
        if not (value := self.fields.get(name, "")):
            refuse(Aadsts.FIELD_MISSING, field=name)
        return value


class Grants:
    """Turns grants into tokens, or refuses as the chosen faults and the rules of Entra ID want it."""

    def __init__(
        self,
        app: AppRegistration,
        mint: TokenMint,
        refresh_tokens: RefreshTokens,
        certificates: Certificates,
        faults: ChosenFaults,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._mint = mint
        self._refresh_tokens = refresh_tokens
        self._certificates = certificates
        self._faults = faults
        self._clock = clock

    def of_device_code(self, asked: Asked, code: DeviceCode, codes: DeviceCodes) -> dict[str, object]:
        """Answer one poll that came in its time."""
        self._check_public(asked)
        self._strike(asked, Moment.POLL)
        self._play_phone(code, codes)
        if code.answer is None:
            refuse(Aadsts.CODE_EXPIRED if codes.is_lapsed(code) else Aadsts.PENDING)
        if code.answer is Answer.DECLINED:
            refuse(Aadsts.DECLINED)
        if code.answer is Answer.BLOCKED:
            refuse(Aadsts.BLOCKED)
        self._strike(asked, Moment.APPROVED)
        account = ADMINISTRATOR if self._faults.has(Trick.WRONG_ACCOUNT) else code.account
        scope = delegated(code.scope)
        granted = self._consented(asked, scope)
        if account is None or not codes.redeem(code):
            refuse(Aadsts.CODE_REDEEMED)
        return self._tokens(asked, Grant(account, asked.client_id, self._clock()), scope, granted)

    def of_refresh_token(self, asked: Asked) -> dict[str, object]:
        """Renew; a token of another resource with consent may be asked for (v2-oauth2-auth-code-flow.md)."""
        grant = self._refresh_tokens.find(asked.field("refresh_token"))
        if grant is None or grant.client_id != asked.client_id:
            refuse(Aadsts.GRANT_INVALID)
        self._check_public(asked)
        if self._refresh_tokens.is_revoked(grant):
            refuse(Aadsts.REVOKED, **self._times(grant))
        self._strike(asked, Moment.REFRESH, **self._times(grant))
        scope = delegated(asked.optional("scope") or "openid offline_access User.Read")
        return self._tokens(asked, grant, scope, self._consented(asked, scope))

    def of_app(self, asked: Asked) -> dict[str, object]:
        """Prove the app by secret or certificate, and give it a token."""
        self._strike(asked, Moment.APP)
        proof = self._proof(asked)
        scope = of_app(asked.field("scope"))
        roles = [] if self._faults.has(Trick.NO_ROLES) else scope.roles(self._app.application)
        seconds = self._mint.lifetime()
        token = self._mint.for_app(asked.client_id, scope.audience, roles, seconds, proof=proof)
        return {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": token,
        }

    def _tokens(
        self, asked: Asked, grant: Grant, scope: AskedScope, granted: frozenset[str]
    ) -> dict[str, object]:
        seconds, account = self._mint.lifetime(), grant.account
        scp = " ".join(sorted(granted))
        answer: dict[str, object] = {
            "token_type": "Bearer",
            "scope": scope.answered(granted),
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": self._mint.for_user(account, asked.client_id, scope.audience, scp, seconds),
        }
        if "offline_access" in scope.openid:
            answer["refresh_token"] = self._refresh_tokens.issue(grant)
        if "openid" in scope.openid:
            answer["id_token"] = self._mint.id_token(account, asked.client_id, asked.issuer)
        if asked.optional("client_info") == "1":
            answer["client_info"] = client_info(account)
        return answer

    def _consented(self, asked: Asked, scope: AskedScope) -> frozenset[str]:
        granted = scope.granted(self._app.delegated) if scope.permissions else frozenset()
        if granted is None:
            refuse(Aadsts.NOT_CONSENTED, **asked.facts)
        return granted

    def _play_phone(self, code: DeviceCode, codes: DeviceCodes) -> None:
        if code.polls < _REACTION:
            return
        if self._faults.has(Trick.DECLINED):
            codes.settle(code, Answer.DECLINED)
        if self._faults.has(Trick.LAPSED) and code.answer is None:
            codes.lapse(code)

    def _check_public(self, asked: Asked) -> None:
        if asked.optional("client_secret") or asked.optional("client_assertion"):
            refuse(Aadsts.SECRET_UNWANTED)

    def _proof(self, asked: Asked) -> str:
        if (assertion := asked.optional("client_assertion")) and asked.optional(
            "client_assertion_type"
        ) == KIND:
            self._strike(asked, Moment.CERTIFICATE)
            self._certificates.check(assertion, asked.client_id, asked.endpoints)
            return _BY_CERTIFICATE
        if not (secret := asked.optional("client_secret")):
            refuse(Aadsts.PUBLIC_FLOWS_OFF)
        self._strike(asked, Moment.SECRET)
        if not hmac.compare_digest(secret.encode(), CLIENT_SECRET.encode()):
            refuse(Aadsts.SECRET_WRONG, **asked.facts)
        return _BY_SECRET

    def _strike(self, asked: Asked, moment: Moment, **facts: str) -> None:
        if (refusal := self._faults.refusal(moment)) is not None:
            raise RefusedError(refusal.with_facts({**self._played(asked), **asked.facts, **facts}))

    def _played(self, asked: Asked) -> dict[str, str]:
        """Return what a played refusal names where nothing real is at hand."""
        now = _moment(self._clock())
        return {
            "tenant_id": TENANT_ID,
            "resource": asked.optional("scope").partition(" ")[0].rpartition("/")[0],
            "issued": now,
            "now": now,
            "expires": now,
            "thumbprint": "0123456789ABCDEF0123456789ABCDEF01234567",
            "reason": "The key was not found.",
            "field": "scope",
            "grant": asked.optional("grant_type"),
        }

    def _times(self, grant: Grant) -> dict[str, str]:
        return {"issued": _moment(grant.issued), "now": _moment(self._clock())}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
