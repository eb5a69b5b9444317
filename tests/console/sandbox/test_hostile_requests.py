"""Whatever is asked of the sandbox's web site, it answers, and never with a mistake of ours."""

import base64
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.sandbox.app_page import AppPage
from console.sandbox.client_assertion import KIND
from console.sandbox.directory import CLIENT_ID, GRAPH, SENDER
from console.sandbox.entra import Entra
from console.sandbox.graph_server import Graph
from console.sandbox.https_server import Reply, Request
from console.sandbox.mailbox import Mailbox
from console.sandbox.phone_page import PhonePage
from console.sandbox.scenarios import ChosenFaults
from console.sandbox.site import Site

FAULTS = ChosenFaults()
ENTRA = Entra(FAULTS)
MAILBOX = Mailbox()
SITE = Site(
    FAULTS,
    (ENTRA, Graph(ENTRA.mint, ENTRA.app, MAILBOX, FAULTS)),
    (PhonePage(ENTRA.codes), AppPage(ENTRA.certificates)),
)
TOKEN = ENTRA.mint.for_user(SENDER, CLIENT_ID, GRAPH, "Mail.Send", 3600)
TEXT = st.text(max_size=60)
GRANTS = st.sampled_from(
    ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token", "client_credentials", "password", ""]
)
FIELDS = st.sampled_from(
    [
        "scope", "client_secret", "client_assertion", "client_assertion_type", "device_code", "code",
        "refresh_token", "client_info", "user_code", "account", "answer", "certificate", "sandbox_form",
    ]
)  # fmt: skip
PATHS = st.sampled_from(
    [
        "/contoso.com/oauth2/v2.0/token", "/contoso.com/oauth2/v2.0/devicecode", "/oidc/token",
        "/oidc/devicecode",
        "/common/oauth2/v2.0/token", "/device", "/device/answer", "/app", "/app/certificate",
        "/contoso.com/v2.0/.well-known/openid-configuration", "/v1.0/me/sendMail", "/v1.0/users/x/sendMail",
    ]
) | TEXT.map(lambda text: "/" + text)  # fmt: skip


def answered(request: Request) -> Reply:
    reply = SITE(request)
    assert 200 <= reply.status < 600
    for name, value in reply.headers:
        assert "\n" not in name + value and "\r" not in name + value
    return reply


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    yield
    assert len(ENTRA.codes.waiting()) <= 100


@given(
    method=st.sampled_from(["GET", "POST"]), path=PATHS, grant=GRANTS, fields=st.dictionaries(FIELDS, TEXT)
)
@settings(max_examples=300)
def test_forms(method: str, path: str, grant: str, fields: dict[str, str]) -> None:
    from urllib.parse import urlencode

    form = {"client_id": CLIENT_ID, "grant_type": grant, **fields}
    body = urlencode(form, errors="surrogatepass").encode()
    headers = {"cookie": "sandbox_form=x", "client-request-id": fields.get("code", "")}
    answered(Request(method, path, fields, headers, body, len(body)))


@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "x5t", "x5t#S256", "kid", "typ"]), st.none() | TEXT | st.integers()
    )
)
@settings(max_examples=100)
def test_assertions(header: dict[str, object]) -> None:
    import json
    from urllib.parse import urlencode

    parts = [json.dumps(header).encode(), b'{"iss": 1}', b"x"]
    assertion = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode()
    form = {"client_id": CLIENT_ID, "grant_type": "client_credentials", "client_assertion": assertion}
    body = urlencode(
        {**form, "client_assertion_type": KIND, "scope": "https://outlook.office365.com/.default"}
    )
    reply = answered(Request("POST", "/contoso.com/oauth2/v2.0/token", {}, {}, body.encode(), len(body)))
    assert reply.status in (400, 401)


@given(mail=st.binary(max_size=400), to=st.binary(max_size=60))
@settings(max_examples=200)
def test_mails(mail: bytes, to: bytes) -> None:
    body = base64.b64encode(b"To: " + to + b"\r\n" + mail)
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "text/plain"}
    assert answered(Request("POST", "/v1.0/me/sendMail", {}, headers, body, len(body))).status in (
        202,
        400,
        403,
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["message", "subject", "from", "toRecipients", "emailAddress", "address", "body", "content",
             "attachments", "name", "contentType", "contentBytes"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(described=JSON)
@settings(max_examples=200)
def test_json_mails(described: object) -> None:
    import json

    body = json.dumps({"message": described}).encode()
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    assert answered(Request("POST", "/v1.0/me/sendMail", {}, headers, body, len(body))).status in (
        202,
        400,
        403,
    )


@given(authorization=TEXT)
@settings(max_examples=100)
def test_tokens(authorization: str) -> None:
    for kind in ("", "Bearer "):
        request = Request("POST", "/v1.0/me/sendMail", {}, {"authorization": kind + authorization}, b"", 0)
        assert answered(request).status == 401
