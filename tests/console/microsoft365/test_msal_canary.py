"""What we lean on in MSAL, pinned: a new version that behaves otherwise fails here, not on an appliance."""

import json
import logging
import warnings
from collections.abc import Mapping
from typing import Any

import msal
import pytest
from msal.authority import AZURE_PUBLIC
from msal.oauth2cli.http import Response as MsalResponse

from console.microsoft365.clouds import RESERVED_SCOPES
from console.microsoft365.msal_client import Response, own_msal

TENANT = "https://idp.test:8443/contoso.com"
SCOPE = ["https://outlook.office.com/SMTP.Send"]


class Answer:
    """An HTTP answer in the shape MSAL reads."""

    def __init__(self, status: int, shape: object, **headers: str) -> None:
        self.status_code, self.text, self.headers = status, json.dumps(shape), headers

    def raise_for_status(self) -> None:
        raise AssertionError("ours never has to")


class Http:
    """Answers MSAL's requests; keeps what was posted."""

    def __init__(self, *token_answers: Answer) -> None:
        self.got: list[str] = []
        self.posted: list[Mapping[str, str]] = []
        self._left = list(token_answers)

    def get(self, url: str, **_: Any) -> Answer:
        self.got.append(url)
        at = TENANT + "/oauth2/v2.0"
        shape = {
            "issuer": TENANT,
            "authorization_endpoint": at + "/authorize",
            "token_endpoint": at + "/token",
        }
        return Answer(200, {**shape, "device_authorization_endpoint": at + "/devicecode"})

    def post(self, url: str, data: Mapping[str, str] | None = None, **_: Any) -> Answer:
        self.posted.append(dict(data or {}))
        if url.endswith("/devicecode"):
            code = {"user_code": "U", "device_code": "D", "verification_uri": "https://x/d"}
            return Answer(200, {**code, "expires_in": 900, "interval": 5})
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]

    def close(self) -> None:
        """Nothing is open."""


def granted(number: int) -> Answer:
    shape = {"access_token": f"A{number}", "refresh_token": f"R{number}", "expires_in": 3600}
    info = "eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ"
    return Answer(200, {**shape, "scope": SCOPE[0], "client_info": info, "id_token": _id_token()})


def _id_token() -> str:
    import base64

    body = base64.urlsafe_b64encode(json.dumps({"sub": "s", "preferred_username": "a@b.c"}).encode()).decode()
    return f"h.{body.rstrip('=')}.s"


def public(http: Http, **more: Any) -> msal.PublicClientApplication:
    return msal.PublicClientApplication(
        "client", authority=TENANT, http_client=http, instance_discovery=False, **more
    )


def poll(app: msal.PublicClientApplication, flow: dict[str, Any]) -> Any:
    return app.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)


def test_our_response_has_what_msal_reads() -> None:
    for name in ("status_code", "text", "headers", "raise_for_status"):
        assert hasattr(MsalResponse, name)
    from console.microsoft365.http import Answer as OurAnswer

    ours = Response(OurAnswer(200, "OK", {"retry-after": "9", "date": "x"}, b"{}"))
    assert (ours.status_code, ours.text, ours.headers) == (200, "{}", {"date": "x"})


def test_authority_with_port_needs_no_instance_discovery() -> None:
    http = Http(granted(1))
    public(http)
    assert http.got == [TENANT + "/v2.0/.well-known/openid-configuration"]
    assert AZURE_PUBLIC == "login.microsoftonline.com"


def test_oidc_authority_appends_the_well_known_path_and_wants_a_path() -> None:
    http = Http(granted(1))
    options: dict[str, Any] = {"http_client": http, "instance_discovery": False}
    msal.PublicClientApplication("client", oidc_authority=TENANT, **options)
    assert http.got == [TENANT + "/.well-known/openid-configuration"]
    with pytest.raises(ValueError, match="segment"):
        msal.PublicClientApplication("client", oidc_authority="https://idp.test:8443", **options)
    msal.PublicClientApplication("client", oidc_authority="https://idp.test:8443/.", **options)
    assert http.got[-1] == "https://idp.test:8443/./.well-known/openid-configuration"


def test_exit_condition_makes_one_poll_and_no_sleep() -> None:
    http = Http(Answer(400, {"error": "authorization_pending"}))
    app = public(http)
    flow = app.initiate_device_flow(SCOPE)
    assert {"user_code", "device_code", "interval", "expires_in", "_correlation_id"} <= flow.keys()
    before = len(http.posted)
    assert poll(app, flow)["error"] == "authorization_pending"
    assert len(http.posted) == before + 1


def test_slow_down_adds_five_to_the_flow() -> None:
    app = public(Http(Answer(400, {"error": "slow_down"})))
    flow = app.initiate_device_flow(SCOPE)
    assert poll(app, flow)["error"] == "slow_down"
    assert flow["interval"] == 10


def test_too_soon_is_only_a_warning_bound_to_the_wall_clock() -> None:
    app = public(Http(Answer(400, {"error": "authorization_pending"})))
    flow = app.initiate_device_flow(SCOPE)
    poll(app, flow)
    with pytest.warns(UserWarning, match="too soon"):
        poll(app, flow)
    flow.pop("latest_attempt_at")
    poll(app, flow)


def test_a_400_is_cached_for_a_minute_until_the_http_cache_is_cleared() -> None:
    http_cache: dict[str, Any] = {}
    http = Http(Answer(400, {"error": "invalid_grant"}), granted(2))
    app = public(http, http_cache=http_cache)
    scopes, token = SCOPE, "R0"
    assert app.acquire_token_by_refresh_token(token, scopes)["error"] == "invalid_grant"
    assert app.acquire_token_by_refresh_token(token, scopes)["error"] == "invalid_grant"
    assert len(http.posted) == 1
    http_cache.clear()
    assert app.acquire_token_by_refresh_token(token, scopes)["access_token"] == "A2"


def test_retry_after_would_freeze_polling_so_it_is_kept_from_msal() -> None:
    pending = Answer(400, {"error": "authorization_pending"}, **{"Retry-After": "30"})
    http = Http(pending, granted(1))
    app = public(http)
    flow = app.initiate_device_flow(SCOPE)
    assert "error" in poll(app, flow)
    flow.pop("latest_attempt_at")
    assert "error" in poll(app, flow), "MSAL answers from its own cache"
    assert len(http.posted) == 2, "the code and one poll"


def test_our_own_errors_pass_through_msal_untouched() -> None:
    from console.transcript import Stage
    from console.verdict import Failure, SignInError

    class Broken(Http):
        def post(self, url: str, data: Mapping[str, str] | None = None, **_: Any) -> Answer:
            raise SignInError(Failure(Stage.SIGN_IN, "oauth.unreachable"))

    with pytest.raises(SignInError):
        public(Broken()).initiate_device_flow(SCOPE)
    with pytest.raises(SignInError):
        public(Broken()).acquire_token_by_refresh_token("R", SCOPE)

    class BrokenDiscovery(Http):
        def get(self, url: str, **_: Any) -> Answer:
            raise SignInError(Failure(Stage.SIGN_IN, "oauth.unreachable"))

    with pytest.raises(SignInError):
        public(BrokenDiscovery())


def test_refresh_rotates_in_the_cache_and_a_refusal_keeps_the_old() -> None:
    cache = msal.SerializableTokenCache()
    http_cache: dict[str, Any] = {}
    http = Http(granted(1), granted(2), Answer(400, {"error": "invalid_grant"}))
    app = public(http, token_cache=cache, http_cache=http_cache)
    poll(app, app.initiate_device_flow(SCOPE))
    account = app.get_accounts()[0]
    assert account["username"] == "a@b.c"
    answer = app.acquire_token_silent_with_error(SCOPE, account, force_refresh=True)
    assert answer["refresh_token"] == "R2"
    assert _refresh_tokens(cache) == ["R2"]
    http_cache.clear()
    refused = app.acquire_token_silent_with_error(SCOPE, account, force_refresh=True)
    assert refused["error"] == "invalid_grant"
    assert _refresh_tokens(cache) == ["R2"]


def _refresh_tokens(cache: msal.SerializableTokenCache) -> list[str]:
    return [entry["secret"] for entry in json.loads(cache.serialize())["RefreshToken"].values()]


def test_a_refresh_token_is_redeemed_for_another_resource() -> None:
    http = Http(granted(1), granted(2))
    app = public(http)
    poll(app, app.initiate_device_flow(SCOPE))
    graph = ["https://graph.microsoft.com/Mail.Send"]
    assert app.acquire_token_silent_with_error(graph, app.get_accounts()[0], force_refresh=True)
    assert http.posted[-1]["refresh_token"] == "R1"
    assert graph[0] in http.posted[-1]["scope"]


def test_no_network_with_an_empty_cache() -> None:
    http = Http(granted(1))
    app = public(http)
    assert app.get_accounts() == []
    assert len(http.got) == 1


def test_reserved_scopes_are_refused() -> None:
    app = public(Http(granted(1)))
    for scope in RESERVED_SCOPES:
        with pytest.raises(ValueError, match="reserved"):
            app.initiate_device_flow([scope])


def test_garbage_caches_that_msal_takes_and_breaks_on_later() -> None:
    for text in ("[]", "null"):
        msal.SerializableTokenCache().deserialize(text)
    with pytest.raises(json.JSONDecodeError):
        msal.SerializableTokenCache().deserialize("{")


def test_confidential_app_sends_the_secret_in_the_form_and_ignores_the_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MSAL_FORCE_REGION", "westus")
    http = Http(granted(1))
    app = msal.ConfidentialClientApplication(
        "client",
        authority=TENANT,
        client_credential="secret",
        http_client=http,
        instance_discovery=False,
        azure_region=False,
    )
    assert app.acquire_token_for_client(["https://graph.microsoft.com/.default"])["access_token"] == "A1"
    assert http.posted[0]["client_secret"] == "secret"
    assert len(http.got) == 1


def test_certificates_are_signed_with_ps256_and_the_sha256_thumbprint() -> None:
    import base64

    from console.microsoft365.certificates import make_certificate

    made = make_certificate("x", bits=2048)
    http = Http(granted(1))
    app = msal.ConfidentialClientApplication(
        "client",
        authority=TENANT,
        client_credential={
            "private_key": made.private_key.reveal(),
            "public_certificate": made.public_pem,
        },
        http_client=http,
        instance_discovery=False,
        azure_region=False,
    )
    app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assertion: Any = http.posted[0]["client_assertion"]
    text = assertion.decode() if isinstance(assertion, bytes) else assertion
    header = json.loads(base64.urlsafe_b64decode(text.split(".")[0] + "=="))
    assert header["alg"] == "PS256"
    thumbprint = base64.urlsafe_b64decode(header["x5t#S256"] + "==").hex()
    assert thumbprint == made.fingerprint


def test_loggers_and_warnings_are_ours(capsys: pytest.CaptureFixture[str]) -> None:
    own_msal()
    root = logging.getLogger()
    heard: list[logging.LogRecord] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record)

    handler = Keeping()
    root.addHandler(handler)
    try:
        for name in ("msal.application", "msal.token_cache", "msal.oauth2cli.oauth2", "msal.telemetry"):
            logging.getLogger(name).error("a body in clear")
    finally:
        root.removeHandler(handler)
    assert heard == []
    assert capsys.readouterr().err == ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        own_msal()
        warnings.warn_explicit("x", UserWarning, "oauth2.py", 1, module="msal.oauth2cli.oauth2")
    assert caught == []
