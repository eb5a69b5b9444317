"""Reading tokens for hints: what can be read is, what cannot is unknown, and nothing raises."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from console.microsoft365.claims import decode_claims, read_grant


def jwt(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.sig"


def test_account_permissions_and_lifetime_are_read() -> None:
    answer = {
        "access_token": jwt(
            aud="https://outlook.office.com",
            scp="SMTP.Send",
            tid="t",
            appid="a",
            upn="Alerts@Contoso.com",
            iat=5,
        ),
        "id_token": jwt(preferred_username="alerts@contoso.com", name="Alerts", email="box@contoso.com"),
        "scope": "https://outlook.office.com/SMTP.Send",
        "expires_in": "3599",
    }
    grant = read_grant(answer, ("asked",), is_app=False)
    assert grant.account == "alerts@contoso.com"
    assert grant.names == ("alerts@contoso.com", "box@contoso.com")
    assert (grant.tenant, grant.client_id, grant.audience) == ("t", "a", "https://outlook.office.com")
    assert grant.scopes == ("https://outlook.office.com/SMTP.Send",)
    assert (grant.lifetime, grant.issued_at, grant.display_name) == (3599.0, 5.0, "Alerts")
    assert grant.is_readable
    assert not grant.is_administrator


def test_no_scope_in_the_answer_means_what_was_asked() -> None:
    assert read_grant({"access_token": "opaque"}, ("a", "b"), is_app=False).scopes == ("a", "b")


def test_an_opaque_token_is_unknown_not_wrong() -> None:
    grant = read_grant({"access_token": "EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA"}, (), is_app=False)
    assert not grant.is_readable
    assert grant.audience == ""


def test_an_app_has_roles_and_no_account() -> None:
    token = jwt(roles=["Mail.Send"], azp="a", upn="x@y.z")
    grant = read_grant({"access_token": token}, ("s",), is_app=True)
    assert (grant.roles, grant.account, grant.scopes) == (("Mail.Send",), "", ())


def test_an_administrator_is_noticed() -> None:
    token = jwt(wids=["62e90394-69f5-4237-9190-012177145e10"])
    assert read_grant({"access_token": "", "id_token": token}, (), is_app=False).is_administrator


def test_what_comes_from_outside_is_printable_and_bounded() -> None:
    token = jwt(aud="\x1b]52;c;evil\x07" + "a" * 5000, upn="\x1b[2J@x")
    grant = read_grant({"access_token": token}, (), is_app=False)
    assert "\x1b" not in grant.audience + grant.account
    assert len(grant.audience) < 500


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["aud", "scp", "roles", "wids", "iat", "tid", "upn", "name", "verified_primary_email"])


@given(claims=st.dictionaries(KEYS, json_values), answer=st.dictionaries(st.text(), json_values))
def test_hostile_claims_never_raise(claims: dict[str, object], answer: dict[str, object]) -> None:
    token = jwt(**json.loads(json.dumps(claims)))
    for is_app in (False, True):
        read_grant({**answer, "access_token": token, "id_token": token}, (), is_app=is_app)
        read_grant(answer, (), is_app=is_app)


@given(st.text(alphabet="eyJ.=_-aZ0\n\x00é", max_size=60))
def test_hostile_tokens_never_raise(token: str) -> None:
    assert isinstance(decode_claims(token), dict)
