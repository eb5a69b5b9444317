"""The stand-in for Entra ID, asked over real TLS: the same fields, errors and tokens as the real one."""

import base64
import json
import re
import uuid
from typing import Any

import jwt
import pytest
import requests

from console.sandbox.directory import CLIENT_ID, SENDER, TENANT_ID
from tests.support.sandbox import GRAPH_SCOPE, SMTP_SCOPE, Client

GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def refused(answer: requests.Response, status: int, error: str, number: int) -> dict[str, Any]:
    """Check a refusal's whole shape and return its fields."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (
        status,
        error,
        [number] if number else [],
    )
    words = body["error_description"]
    assert words.startswith(f"AADSTS{number}: ") or not number
    ids = f"Trace ID: {body['trace_id']} Correlation ID: {body['correlation_id']}"
    assert words.endswith(f" {ids} Timestamp: {body['timestamp']}")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", body["timestamp"])
    assert re.fullmatch(GUID, body["trace_id"]) and re.fullmatch(GUID, body["correlation_id"])
    if number:
        assert body["error_uri"] == f"https://login.microsoftonline.com/error?code={number}"
    assert "no-store" in answer.headers["Cache-Control"]
    return body


def verified(client: Client, token: str, audience: str) -> dict[str, Any]:
    """Verify a token with the published keys, as a resource would."""
    discovery = client.http.get(f"{client.base}/{TENANT_ID}/v2.0/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(client.http.get(discovery["jwks_uri"]).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience)
    return claims


@pytest.mark.parametrize("tenant", ["contoso.com", TENANT_ID, "CONTOSO.COM", "common", "organizations"])
def test_discovery_names_the_endpoints(client: Client, tenant: str) -> None:
    found = client.http.get(f"{client.base}/{tenant}/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{client.base}/{tenant}/oauth2/v2.0/token"
    assert found["device_authorization_endpoint"] == f"{client.base}/{tenant}/oauth2/v2.0/devicecode"
    shared = tenant in ("common", "organizations")
    assert found["issuer"] == f"{client.base}/{'{tenantid}' if shared else TENANT_ID}/v2.0"


@pytest.mark.parametrize(
    ("tenant", "number"),
    [("example.com", 90002), (str(uuid.UUID(int=5)), 90002), ("contoso", 900023), ("a b", 900023)],
)
def test_unknown_tenant_is_refused_at_discovery(client: Client, tenant: str, number: int) -> None:
    answer = client.http.get(f"{client.base}/{tenant}/v2.0/.well-known/openid-configuration")
    assert tenant in refused(answer, 400, "invalid_tenant", number)["error_description"]


def test_code_has_the_documented_fields_and_no_others(client: Client) -> None:
    answer = client.code()
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"user_code", "device_code", "verification_uri", "expires_in", "interval", "message"}
    assert re.fullmatch(r"[A-Z0-9]{9}", body["user_code"])
    assert body["verification_uri"] == f"{client.base}/device"
    assert body["expires_in"] == 900
    assert body["user_code"] in body["message"] and body["verification_uri"] in body["message"]


def test_polling_is_pending_until_the_phone_approves(client: Client) -> None:
    code = client.code().json()
    refused(client.poll(code["device_code"]), 400, "authorization_pending", 70016)
    assert client.box.phone.approve() == code["user_code"]
    answer = client.poll(code["device_code"])
    assert answer.status_code == 200
    assert set(answer.json()) == {
        "token_type", "scope", "expires_in", "ext_expires_in", "access_token", "refresh_token", "id_token",
    }  # fmt: skip
    refused(client.poll(code["device_code"]), 400, "invalid_grant", 54005)


def test_access_token_is_a_user_token_of_exchange(client: Client) -> None:
    tokens = client.signed_in()
    claims = verified(client, tokens["access_token"], "https://outlook.office.com")
    assert claims["iss"] == f"https://sts.windows.net/{TENANT_ID}/"
    assert (claims["tid"], claims["appid"], claims["ver"]) == (TENANT_ID, CLIENT_ID, "1.0")
    assert (claims["scp"], claims["upn"], claims["oid"]) == ("SMTP.Send", SENDER.address, SENDER.oid)
    assert claims["appidacr"] == "0" and "roles" not in claims
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] and claims["nbf"] == claims["iat"]
    assert 3600 <= tokens["expires_in"] < 5400
    assert tokens["scope"] == "https://outlook.office.com/SMTP.Send"


def test_id_token_names_the_account(client: Client) -> None:
    claims = verified(client, client.signed_in()["id_token"], CLIENT_ID)
    assert claims["preferred_username"] == SENDER.address
    assert claims["iss"] == f"{client.base}/{TENANT_ID}/v2.0"
    assert claims["ver"] == "2.0"


def test_client_info_comes_when_asked_for(client: Client) -> None:
    code = client.code().json()
    client.box.phone.approve()
    info = client.poll(code["device_code"], client_info="1").json()["client_info"]
    assert json.loads(base64.urlsafe_b64decode(info + "==")) == {"uid": SENDER.oid, "utid": TENANT_ID}


def test_refresh_and_id_token_only_with_their_scopes(client: Client) -> None:
    tokens = client.signed_in("https://outlook.office.com/SMTP.Send")
    assert "refresh_token" not in tokens and "id_token" not in tokens


def test_correlation_id_of_the_client_comes_back(client: Client) -> None:
    own = str(uuid.uuid4())
    answer = client.http.post(
        f"{client.base}/contoso.com/oauth2/v2.0/token", data={}, headers={"client-request-id": own}
    )
    assert answer.json()["correlation_id"] == own == answer.headers["client-request-id"]
    hostile = client.http.post(
        f"{client.base}/contoso.com/oauth2/v2.0/token", data={}, headers={"client-request-id": "x<y>"}
    )
    assert re.fullmatch(GUID, hostile.json()["correlation_id"])


def test_refresh_rotates_and_the_old_token_stays_good(client: Client) -> None:
    first = client.signed_in()["refresh_token"]
    second = client.refreshed(first).json()["refresh_token"]
    assert second != first
    assert client.refreshed(first).status_code == 200
    assert client.refreshed(second).status_code == 200


def test_one_sign_in_serves_the_other_resource(client: Client) -> None:
    tokens = client.refreshed(client.signed_in()["refresh_token"], GRAPH_SCOPE).json()
    assert tokens["scope"] == "https://graph.microsoft.com/Mail.Send"
    assert verified(client, tokens["access_token"], "https://graph.microsoft.com")["scp"] == "Mail.Send"


def test_revoked_sessions_end_the_refresh_token_but_not_a_new_sign_in(client: Client) -> None:
    old = client.signed_in()["refresh_token"]
    client.box.entra.refresh_tokens.revoke(SENDER)
    assert refused(client.refreshed(old), 400, "invalid_grant", 50173)["suberror"] == "bad_token"
    assert client.refreshed(client.signed_in()["refresh_token"]).status_code == 200


def test_unknown_refresh_token(client: Client) -> None:
    refused(client.refreshed("1.nonsense"), 400, "invalid_grant", 70000)


def test_phone_declines(client: Client) -> None:
    code = client.code().json()["device_code"]
    client.box.phone.decline()
    refused(client.poll(code), 400, "authorization_declined", 65004)


def test_phone_lets_it_lapse(client: Client) -> None:
    code = client.code().json()["device_code"]
    client.box.phone.lapse()
    refused(client.poll(code), 400, "expired_token", 70020)


def test_phone_is_blocked(client: Client) -> None:
    code = client.code().json()["device_code"]
    client.box.phone.block()
    refused(client.poll(code), 400, "invalid_grant", 53003)


def test_phone_signs_in_with_the_wrong_account(client: Client) -> None:
    code = client.code().json()["device_code"]
    client.box.phone.wrong_account()
    token = client.poll(code).json()["access_token"]
    assert verified(client, token, "https://outlook.office.com")["upn"] == "admin@contoso.com"


def test_unknown_code(client: Client) -> None:
    refused(client.poll("nonsense"), 400, "bad_verification_code", 70018)


def test_app_must_be_the_registered_one(client: Client) -> None:
    stranger = str(uuid.UUID(int=7))
    answer = client.code(client_id=stranger)
    assert stranger in refused(answer, 400, "unauthorized_client", 700016)["error_description"]


@pytest.mark.parametrize("field", ["client_id", "scope"])
def test_missing_field_is_named(client: Client, field: str) -> None:
    body = refused(client.code(**{field: ""}), 400, "invalid_request", 900144)
    assert f"'{field}'" in body["error_description"]


@pytest.mark.parametrize(
    ("scope", "error", "number"),
    [
        (
            "https://outlook.office.com/SMTP.Send https://graph.microsoft.com/Mail.Send",
            "invalid_scope",
            700022,
        ),
        ("https://example.com/Send", "invalid_resource", 500011),
        ("  ", "invalid_scope", 70011),
    ],
)
def test_impossible_scope(client: Client, scope: str, error: str, number: int) -> None:
    refused(client.code(scope), 400, error, number)


def test_permission_without_consent(client: Client) -> None:
    code = client.code("https://outlook.office.com/IMAP.AccessAsUser.All").json()["device_code"]
    client.box.phone.approve()
    assert refused(client.poll(code), 400, "invalid_grant", 65001)["suberror"] == "consent_required"


def test_default_scope_grants_what_has_consent(client: Client) -> None:
    tokens = client.signed_in("https://graph.microsoft.com/.default offline_access")
    granted = tokens["scope"].split()
    assert granted == ["https://graph.microsoft.com/Mail.Send", "https://graph.microsoft.com/User.Read"]


def test_shared_tenant_is_refused(client: Client) -> None:
    code = client.post("oauth2/v2.0/devicecode", {"client_id": CLIENT_ID, "scope": SMTP_SCOPE}, "common")
    refused(code, 400, "invalid_request", 50194)
    app = {"client_id": CLIENT_ID, "grant_type": "client_credentials", "client_secret": "x"}
    refused(client.post("oauth2/v2.0/token", app, "organizations"), 400, "invalid_request", 50059)


def test_unknown_grant(client: Client) -> None:
    refused(client.token("password", username="a", password="b"), 400, "unsupported_grant_type", 70003)


@pytest.mark.parametrize(
    ("resource", "role"),
    [("https://outlook.office365.com", "SMTP.SendAsApp"), ("https://graph.microsoft.com", "Mail.Send")],
)
def test_app_token(client: Client, resource: str, role: str) -> None:
    answer = client.app(resource).json()
    assert set(answer) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    claims = verified(client, answer["access_token"], resource)
    assert (claims["roles"], claims["appidacr"], claims["appid"]) == ([role], "1", CLIENT_ID)
    assert "scp" not in claims and "upn" not in claims


@pytest.mark.parametrize("secret", ["wrong", "ünïcode", str(uuid.UUID(int=3))])
def test_wrong_secret(client: Client, secret: str) -> None:
    body = refused(client.app(client_secret=secret), 401, "invalid_client", 7000215)
    assert "is the client secret value, not the client secret ID" in body["error_description"]


def test_empty_secret_means_no_credential(client: Client) -> None:
    refused(client.app(client_secret=""), 401, "invalid_client", 7000218)


@pytest.mark.parametrize(
    "scope", ["https://outlook.office.com/SMTP.Send", ".default", "https://a/.default https://b/.default"]
)
def test_app_scope_must_be_one_default(client: Client, scope: str) -> None:
    refused(client.app(scope=scope), 400, "invalid_scope", 1002012)


def test_public_flow_must_not_send_a_secret(client: Client) -> None:
    token = client.signed_in()["refresh_token"]
    refused(client.refreshed(token, client_secret="sandbox-client-secret"), 401, "invalid_client", 700025)


def test_plain_issuer_offers_the_complete_address_and_plain_errors(client: Client) -> None:
    issuer = client.box.addresses.issuer
    found = client.http.get(f"{issuer}/.well-known/openid-configuration").json()
    assert found["issuer"] == issuer
    fields = {"client_id": CLIENT_ID, "scope": SMTP_SCOPE}
    code = client.http.post(found["device_authorization_endpoint"], data=fields).json()
    assert code["verification_uri_complete"] == f"{client.base}/device?user_code={code['user_code']}"
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    poll = {"client_id": CLIENT_ID, "grant_type": grant, "device_code": code["device_code"]}
    pending = client.http.post(found["token_endpoint"], data=poll)
    assert (pending.status_code, set(pending.json())) == (400, {"error", "error_description"})
    client.box.phone.approve()
    tokens = client.http.post(found["token_endpoint"], data=poll).json()
    assert verified(client, tokens["id_token"], CLIENT_ID)["iss"] == issuer


@pytest.mark.parametrize(
    "path", ["/", "/contoso.com", "/contoso.com/oauth2/v2.0/authorize", "/%00", "/../../x"]
)
def test_other_paths_are_not_found(client: Client, path: str) -> None:
    assert client.http.get(client.base + path).status_code == 404


def test_request_is_bounded_in_fields_and_repeats_are_harmless(client: Client) -> None:
    many = "&".join(f"a{number}=1" for number in range(100))
    answer = client.http.post(f"{client.base}/contoso.com/oauth2/v2.0/token", data=many)
    refused(answer, 400, "invalid_request", 900144)
