"""Does what was granted suit sender, mailbox and transport? Found right after the sign-in, not at 3 in the
morning when an alert should have gone out.

A failure stops (a wrong account is never saved silently), a warning is shown: Exchange's App RBAC grants
permissions that no token shows, and a token need not be readable at all.
"""

from collections.abc import Iterator

from console.microsoft365.claims import Grant
from console.microsoft365.clouds import Endpoints
from console.settings.model import APP, Settings
from console.transcript import Stage
from console.values import dataclass
from console.verdict import Failure, Finding


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a grant suits the settings.

    Attributes:
        failures: What will keep mail from being sent, worst first.
        warnings: What may.
        is_wrong_account: Whether another account signed in than the settings name; an explicit decision to
            send as the From address puts it right.
    """

    failures: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()
    is_wrong_account: bool = False

    @property
    def is_good(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.failures

    @property
    def blocking(self) -> tuple[Failure, ...]:
        """Failures that no decision of the operator puts right: all but the wrong account."""
        return tuple(failure for failure in self.failures if failure.kind != "oauth.wrong-account")

    def findings(self) -> tuple[Finding, ...]:
        """Return cause and fix of each failure and warning, in that order."""
        from console.diagnosis import diagnose  # reads the catalogue: only when it is shown

        return tuple(diagnose(failure)[0] for failure in (*self.failures, *self.warnings))


def check_fit(settings: Settings, endpoints: Endpoints, grant: Grant) -> Fit:
    """Return how well `grant` suits `settings` and the `endpoints` resolved from them."""
    is_app = settings.mail.transport in APP
    wrong_account = () if is_app else tuple(_account_failures(settings, grant))
    failures = [*wrong_account, *_audience_failures(endpoints, grant)]
    warnings: list[Failure] = []
    if is_app:
        warnings.extend(_role_failures(endpoints, grant))
    else:
        failures.extend(_scope_failures(endpoints, grant))
    return Fit(tuple(failures), tuple(warnings), bool(wrong_account))


def _account_failures(settings: Settings, grant: Grant) -> Iterator[Failure]:
    expected = settings.mailbox
    if not expected or not grant.account or expected.casefold() in grant.names:
        return
    facts = {
        "account": grant.account,
        "mailbox": expected,
        "sender": settings.mail.sender,
        "tenant": grant.tenant or settings.microsoft365.tenant,
        "administrator": "yes" if grant.is_administrator else "",
    }
    role = ", an administrator account" if grant.is_administrator else ""
    text = f"{grant.account}{role} signed in, not {expected}."
    yield Failure(Stage.SIGN_IN, "oauth.wrong-account", text, facts=facts)


def _audience_failures(endpoints: Endpoints, grant: Grant) -> Iterator[Failure]:
    """Unknown is not wrong: a token that is no JWT, or a scope that names no resource, says nothing."""
    audience = grant.audience.rstrip("/").casefold()
    if not audience or not endpoints.audiences or audience in endpoints.audiences:
        return
    wanted = min(endpoints.audiences, key=lambda one: ("://" not in one, one))
    text = f"The token is for {grant.audience}, not for {wanted}."
    facts = {"audience": grant.audience, "wanted": wanted, "scope": " ".join(endpoints.scopes)}
    yield Failure(Stage.SIGN_IN, "oauth.wrong-audience", text, facts=facts)


def _scope_failures(endpoints: Endpoints, grant: Grant) -> Iterator[Failure]:
    """Services drop scopes they do not know without a word, so what came is compared with what was asked."""
    granted = {_permission(scope) for scope in grant.scopes}
    wanted = [endpoints.permission] if endpoints.permission else list(endpoints.scopes)
    missing = [scope for scope in wanted if _permission(scope) not in granted and scope != ".default"]
    missing = [scope for scope in missing if not scope.endswith("/.default")]
    if not missing:
        return
    text = (
        f"The permission {', '.join(missing)} was not granted; granted: {' '.join(grant.scopes) or 'none'}."
    )
    facts = {"permission": " ".join(missing), "granted": " ".join(grant.scopes), "account": grant.account}
    yield Failure(Stage.SIGN_IN, "oauth.missing-scope", text, facts=facts)


def _role_failures(endpoints: Endpoints, grant: Grant) -> Iterator[Failure]:
    """Entra ID issues app tokens even with no role at all (fact: "tokens without the roles claim")."""
    if not grant.is_readable or not endpoints.permission or endpoints.is_oidc:
        return
    if endpoints.permission.casefold() in {role.casefold() for role in grant.roles}:
        return
    text = f"The token carries no role {endpoints.permission}; roles: {' '.join(grant.roles) or 'none'}."
    facts = {"permission": endpoints.permission, "roles": " ".join(grant.roles), "client_id": grant.client_id}
    yield Failure(Stage.SIGN_IN, "oauth.no-roles", text, facts=facts)


def _permission(scope: str) -> str:
    return scope.rpartition("/")[2].casefold() if "://" in scope else scope.casefold()
