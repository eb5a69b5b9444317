"""Microsoft's own client library against the stand-in: each understands the other."""

import msal
import pytest

from console.sandbox.directory import CLIENT_ID, CLIENT_SECRET, SENDER, TENANT_ID
from tests.support.sandbox import Client

SMTP = ["https://outlook.office.com/SMTP.Send"]
GRAPH = ["https://graph.microsoft.com/Mail.Send"]


@pytest.fixture
def public(client: Client) -> msal.PublicClientApplication:
    return msal.PublicClientApplication(
        CLIENT_ID,
        authority=f"{client.base}/{TENANT_ID}",
        instance_discovery=False,
        http_client=client.http,
        http_cache={},
    )


def test_code_silent_renewal_and_the_other_resource(
    client: Client, public: msal.PublicClientApplication
) -> None:
    flow = public.initiate_device_flow(SMTP)
    client.box.phone.approve()
    answer = public.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)
    assert answer["id_token_claims"]["preferred_username"] == SENDER.address
    [account] = public.get_accounts()
    assert account["username"] == SENDER.address
    assert account["home_account_id"] == f"{SENDER.oid}.{TENANT_ID}"
    renewed = public.acquire_token_silent_with_error(SMTP, account, force_refresh=True)
    assert renewed["access_token"] != answer["access_token"]
    assert public.acquire_token_silent_with_error(GRAPH, account)["scope"] == GRAPH[0]


def test_refusal_arrives_with_its_codes(client: Client, public: msal.PublicClientApplication) -> None:
    client.box.set_fault("public-client-flows-off")
    flow = public.initiate_device_flow(SMTP)
    answer = public.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)
    assert (answer["error"], answer["error_codes"]) == ("invalid_client", [7000218])
    assert answer["correlation_id"] == flow["_correlation_id"]


def test_secret(client: Client) -> None:
    confidential = msal.ConfidentialClientApplication(
        CLIENT_ID,
        client_credential=CLIENT_SECRET,
        authority=f"{client.base}/contoso.com",
        instance_discovery=False,
        http_client=client.http,
    )
    answer = confidential.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert answer["token_type"] == "Bearer"


def test_plain_issuer(client: Client) -> None:
    public = msal.PublicClientApplication(
        CLIENT_ID, oidc_authority=client.box.addresses.issuer, http_client=client.http
    )
    flow = public.initiate_device_flow(SMTP)
    client.box.phone.approve()
    answer = public.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)
    assert answer["id_token_claims"]["iss"] == client.box.addresses.issuer


def test_tenant_that_does_not_exist(client: Client) -> None:
    with pytest.raises(ValueError, match="authority configuration"):
        msal.PublicClientApplication(
            CLIENT_ID,
            authority=f"{client.base}/example.com",
            instance_discovery=False,
            http_client=client.http,
        )


def test_captive_portal(client: Client) -> None:
    client.box.set_fault("captive-portal")
    with pytest.raises(ValueError, match="authority configuration"):
        msal.PublicClientApplication(
            CLIENT_ID,
            authority=f"{client.base}/contoso.com",
            instance_discovery=False,
            http_client=client.http,
        )
