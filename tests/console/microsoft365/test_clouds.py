"""Where one signs in and what for: the table, what overrides it, and what is refused before any request."""

import pytest

from console.microsoft365.clouds import CLOUDS, resolve, settings_problems
from console.settings.model import CloudName, Settings, TransportName
from console.verdict import SignInError

CLIENT = "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"


def settings(transport: str = "microsoft365", /, **typed: object) -> Settings:
    values = {"tenant": "contoso.com", "client_id": CLIENT, **typed}
    keyed = {f"microsoft365.{key}": value for key, value in values.items()}
    return Settings().with_values({"mail.transport": TransportName(transport), **keyed})


@pytest.mark.parametrize(
    ("transport", "scope", "permission"),
    [
        ("microsoft365", "https://outlook.office.com/SMTP.Send", "SMTP.Send"),
        ("office365-app", "https://outlook.office365.com/.default", "SMTP.SendAsApp"),
        ("graph", "https://graph.microsoft.com/Mail.Send", "Mail.Send"),
        ("graph-app", "https://graph.microsoft.com/.default", "Mail.Send"),
    ],
)
def test_empty_scope_is_the_default_of_transport_and_cloud(
    transport: str, scope: str, permission: str
) -> None:
    endpoints = resolve(settings(transport))
    assert endpoints.scopes == (scope,)
    assert endpoints.permission == permission
    assert endpoints.authority == "https://login.microsoftonline.com/contoso.com"
    assert endpoints.is_microsoft


@pytest.mark.parametrize("cloud", [name for name in CloudName if name is not CloudName.CUSTOM])
def test_every_cloud_has_every_value(cloud: CloudName) -> None:
    for transport in ("microsoft365", "office365-app", "graph", "graph-app"):
        endpoints = resolve(settings(transport, cloud=cloud))
        assert endpoints.graph_root.startswith("https://")
        assert "." in endpoints.smtp_host
        assert endpoints.scopes[0].startswith("https://")
        assert endpoints.audiences
    assert CLOUDS[cloud].portal.startswith("https://")


def test_each_value_of_a_cloud_can_be_overridden() -> None:
    endpoints = resolve(
        settings(
            "graph",
            cloud=CloudName.DOD,
            authority="https://login.example.us/",
            graph_root="https://graph.example.us/",
            smtp_host="smtp.example.us",
            smtp_port=2587,
            scope="https://graph.example.us/Mail.Send openid offline_access",
        )
    )
    assert endpoints.authority == "https://login.example.us/contoso.com"
    assert endpoints.graph_root == "https://graph.example.us"
    assert (endpoints.smtp_host, endpoints.smtp_port) == ("smtp.example.us", 2587)
    assert endpoints.scopes == ("https://graph.example.us/Mail.Send",), "MSAL adds the reserved ones itself"


def test_authority_with_a_path_is_taken_as_it_is() -> None:
    assert resolve(settings(authority="https://idp.test:8443/acme")).authority == "https://idp.test:8443/acme"


def test_plain_issuer_needs_no_tenant_and_loses_its_trailing_slash() -> None:
    chosen = settings(
        cloud=CloudName.CUSTOM,
        tenant="",
        oidc=True,
        authority="https://idp.test/realms/acme/",
        smtp_host="mail.test",
        scope="smtp",
    )
    endpoints = resolve(chosen)
    assert endpoints.authority == "https://idp.test/realms/acme"
    assert endpoints.is_oidc
    assert endpoints.audiences == frozenset(), "a scope without resource says nothing about the audience"


@pytest.mark.parametrize("tenant", ["common", "Organizations", "consumers"])
def test_shared_tenants_are_refused_with_the_reason(tenant: str) -> None:
    with pytest.raises(SignInError) as caught:
        resolve(settings(tenant=tenant))
    assert caught.value.failure.kind == "local.settings"
    assert "AADSTS50194" in caught.value.what


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"tenant": ""}, "tenant is missing"),
        ({"tenant": "not a domain"}, "neither"),
        ({"client_id": ""}, "client ID is missing"),
        ({"cloud": CloudName.CUSTOM}, "authority"),
        ({"cloud": CloudName.CUSTOM, "authority": "https://a.test", "smtp_host": "m.test"}, "scope"),
        ({"oidc": True}, "issuer needs"),
        ({"scope": "https://a.test/One https://b.test/Two"}, "one resource"),
    ],
)
def test_what_is_missing_is_named(typed: dict[str, object], word: str) -> None:
    assert word in " ".join(settings_problems(settings("microsoft365", **typed)))


@pytest.mark.parametrize(
    ("scope", "word"),
    [("https://graph.microsoft.com/Mail.Send", "/.default"), ("https://a.test/.default x/.default", "one")],
)
def test_an_apps_scope_is_one_resource_and_default(scope: str, word: str) -> None:
    assert word in " ".join(settings_problems(settings("graph-app", scope=scope)))


def test_a_shared_tenant_in_the_authority_is_refused_too() -> None:
    chosen = settings(authority="https://login.microsoftonline.com/common/")
    assert "cannot be 'common'" in " ".join(settings_problems(chosen))


def test_all_problems_are_told_at_once() -> None:
    assert len(list(settings_problems(settings(tenant="", client_id="")))) == 2


def test_smtp_needs_no_sign_in() -> None:
    assert "needs no" in " ".join(settings_problems(settings("smtp")))
