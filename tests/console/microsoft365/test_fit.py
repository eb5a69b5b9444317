"""Does a sign-in suit the settings? Found right after it."""

import pytest

from console.microsoft365.claims import Grant
from console.microsoft365.clouds import resolve
from console.microsoft365.fit import Fit, check_fit
from console.settings.model import Settings, TransportName
from console.values import replace

BASE = Settings().with_values(
    {
        "mail.sender": "alerts@contoso.com",
        "mail.transport": TransportName.MICROSOFT365,
        "microsoft365.tenant": "contoso.com",
        "microsoft365.client_id": "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
    }
)
GOOD = Grant(
    account="alerts@contoso.com",
    names=("alerts@contoso.com",),
    audience="https://outlook.office.com",
    scopes=("https://outlook.office.com/SMTP.Send",),
    is_readable=True,
)


def fit(grant: Grant, **values: object) -> Fit:
    settings = BASE.with_values({key.replace("_", ".", 1): value for key, value in values.items()})
    return check_fit(settings, resolve(settings), grant)


def kinds(found: Fit) -> list[str]:
    return [failure.kind for failure in (*found.failures, *found.warnings)]


def test_the_right_account_fits() -> None:
    assert fit(GOOD).is_good
    assert kinds(fit(GOOD)) == []


def test_another_account_is_named_with_the_one_expected() -> None:
    found = fit(
        replace(GOOD, account="admin@contoso.com", names=("admin@contoso.com",), is_administrator=True)
    )
    assert found.is_wrong_account
    assert kinds(found) == ["oauth.wrong-account"]
    assert "administrator" in found.failures[0].text
    assert found.blocking == (), "a decision of the operator puts it right"


def test_upper_case_and_other_names_of_the_account_are_the_same_account() -> None:
    assert fit(GOOD, mail_sender="Alerts@Contoso.COM").is_good
    upn = replace(
        GOOD, account="a1@contoso.onmicrosoft.com", names=("a1@contoso.onmicrosoft.com", "alerts@contoso.com")
    )
    assert fit(upn).is_good


def test_the_mailbox_is_what_must_sign_in_not_the_sender() -> None:
    assert fit(GOOD, mail_sender="reports@contoso.com", microsoft365_mailbox="alerts@contoso.com").is_good


def test_without_sender_any_account_will_do() -> None:
    assert fit(replace(GOOD, names=("x@y.z",), account="x@y.z"), mail_sender="").is_good


@pytest.mark.parametrize(
    "audience",
    [
        "https://outlook.office365.com/",
        "00000002-0000-0ff1-ce00-000000000000",
        "HTTPS://OUTLOOK.OFFICE.COM",
        "",
    ],
)
def test_every_name_of_exchange_is_the_right_audience(audience: str) -> None:
    assert fit(replace(GOOD, audience=audience)).is_good


def test_a_graph_token_does_not_fit_smtp() -> None:
    found = fit(replace(GOOD, audience="https://graph.microsoft.com"))
    assert kinds(found) == ["oauth.wrong-audience"]
    assert found.failures[0].facts["wanted"].startswith("https://outlook")


def test_a_dropped_scope_is_noticed() -> None:
    found = fit(replace(GOOD, scopes=("openid", "https://outlook.office.com/User.Read")))
    assert kinds(found) == ["oauth.missing-scope"]


def test_a_custom_scope_is_compared_with_what_was_asked() -> None:
    scope = "https://outlook.office.com/SMTP.Send"
    assert fit(replace(GOOD, scopes=("SMTP.Send",)), microsoft365_scope=scope).is_good
    assert not fit(replace(GOOD, scopes=("other",)), microsoft365_scope=scope).is_good


def test_an_app_without_role_is_only_a_warning() -> None:
    app = Grant(audience="https://outlook.office365.com", is_readable=True)
    by_app = TransportName.OFFICE365_APP
    found = fit(app, mail_transport=by_app)
    assert found.is_good, "App RBAC shows no role in the token"
    assert kinds(found) == ["oauth.no-roles"]
    assert (
        fit(replace(app, roles=("SMTP.SendAsApp",)), mail_transport=TransportName.OFFICE365_APP).warnings
        == ()
    )
    assert fit(replace(app, is_readable=False), mail_transport=TransportName.OFFICE365_APP).warnings == ()


def test_each_misfit_has_a_finding_of_its_own() -> None:
    wrong = replace(GOOD, account="a@b.c", names=("a@b.c",), audience="https://x.test", scopes=())
    ids = [finding.id for finding in fit(wrong).findings()]
    assert len(set(ids)) == 3
    assert "unknown" not in ids
