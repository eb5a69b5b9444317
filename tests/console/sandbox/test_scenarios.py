"""Every scenario says on the wire exactly what the real service says."""

import smtplib
import socket
import ssl
from pathlib import Path

import pytest

from console.errors import UsageError
from console.sandbox.box import Sandbox
from console.sandbox.client_assertion import KIND
from console.sandbox.directory import CLIENT_ID, SENDER
from console.sandbox.entra_errors import refusals
from console.sandbox.entra_tokens import Grant
from console.sandbox.graph_errors import GRAPH_REFUSALS
from console.sandbox.scenarios import Moment, Scenario, find, scenarios
from console.sandbox.smtp_faults import SMTP_FAULTS
from tests.support.sandbox import GRAPH_SCOPE, Client

NAMED = {name: one for name, one in scenarios().items() if one.shown.story}
WANTED = (
    "public-client-flows-off", "app-not-found", "tenant-not-found", "consent-missing",
    "conditional-access", "device-flow-blocked", "declined", "lapsed", "mfa-on-refresh", "revoked",
    "secret-expired", "secret-wrong", "certificate-wrong", "smtp-auth-disabled-tenant",
    "smtp-auth-disabled-mailbox", "basic-auth-disabled", "security-defaults", "send-as-denied",
    "throttled", "mailbox-without-licence", "policy-excludes-mailbox", "too-large", "slow-down",
    "polling-503", "captive-portal", "wrong-account", "connection-refused", "smtp-timeout",
    "wrong-password", "certificate-self-signed", "certificate-expired", "certificate-wrong-name",
    "starttls-missing", "recipient-refused", "greylisting", "mailbox-full", "quota-exceeded",
)  # fmt: skip


def asked(client: Client, moment: Moment) -> tuple[int, str, list[int]]:
    """Bring the sign-in service to `moment` and return status, error and numbers of its answer."""
    match moment:
        case Moment.DISCOVERY:
            answer = client.http.get(f"{client.base}/contoso.com/v2.0/.well-known/openid-configuration")
        case Moment.CODE:
            answer = client.code()
        case Moment.POLL | Moment.APPROVED:
            code = client.box.entra.codes.issue(CLIENT_ID, GRAPH_SCOPE)
            if moment is Moment.APPROVED:
                client.box.phone.approve()
            answer = client.poll(code.device_code)
        case Moment.REFRESH:
            chosen = client.box.chosen_faults
            client.box.set_fault(None)
            token = client.signed_in(GRAPH_SCOPE)["refresh_token"]
            client.box.set_fault(*chosen)
            answer = client.refreshed(token, GRAPH_SCOPE)
        case Moment.APP | Moment.SECRET:
            answer = client.app()
        case Moment.CERTIFICATE:
            proof = {"client_assertion": "x", "client_assertion_type": KIND, "client_secret": ""}
            answer = client.app(**proof)
    body = answer.json()
    return answer.status_code, body["error"], body["error_codes"]


@pytest.mark.parametrize("name", WANTED)
def test_wanted_scenario_is_there_and_told(name: str) -> None:
    shown = find(name).shown
    assert shown.name == name
    assert shown.title and len(shown.title) <= 60


def test_names_are_words_of_the_command_line() -> None:
    for name in scenarios():
        assert name == name.lower() and " " not in name and not name.startswith("-")


def test_every_refusal_of_the_tables_is_reproducible() -> None:
    every = scenarios().values()
    assert {one.aadsts for one in every} - {0} == set(refusals())
    assert {one.smtp.name for one in every if one.smtp} == set(SMTP_FAULTS)
    assert {one.graph for one in every if one.graph} == set(GRAPH_REFUSALS.values())


@pytest.mark.parametrize(
    ("name", "moment"),
    [(name, moment) for name, one in NAMED.items() for moment in sorted(one.at) if one.aadsts],
)
def test_sign_in_service_refuses_as_the_table_says(client: Client, name: str, moment: Moment) -> None:
    client.box.set_fault(name)
    wanted = refusals()[find(name).aadsts]
    assert asked(client, moment) == (wanted.status, wanted.error, [wanted.number])


@pytest.mark.parametrize("name", ["secret-expired", "secret-wrong"])
def test_secret_faults_leave_a_certificate_alone(client: Client, name: str) -> None:
    client.box.set_fault(name)
    assert asked(client, Moment.CERTIFICATE)[2] == [50027]


def test_words_name_what_was_asked(client: Client) -> None:
    client.box.set_fault("app-not-found")
    assert CLIENT_ID in client.code().json()["error_description"]
    client.box.set_fault("tenant-not-found")
    found = client.http.get(f"{client.base}/contoso.com/v2.0/.well-known/openid-configuration")
    assert "Tenant 'contoso.com' not found." in found.json()["error_description"]


def test_no_placeholder_is_left(client: Client) -> None:
    for name, one in scenarios().items():
        if {Moment.REFRESH, Moment.APP} <= one.at:
            client.box.set_fault(name)
            token = client.box.entra.refresh_tokens.issue(Grant(SENDER, CLIENT_ID, 1_800_000_000.0))
            for answer in (client.refreshed(token), client.app()):
                assert "{" not in answer.json()["error_description"], name


@pytest.mark.parametrize("name", [name for name, one in scenarios().items() if one.graph])
def test_graph_refuses_as_the_table_says(client: Client, name: str) -> None:
    client.box.set_fault(None)
    token = client.signed_in(GRAPH_SCOPE)["access_token"]
    client.box.set_fault(name)
    wanted = find(name).graph
    assert wanted is not None
    answer = client.send(token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (wanted.status, wanted.code)
    assert answer.headers.get("Retry-After") == (str(wanted.retry_after) if wanted.retry_after else None)


@pytest.mark.parametrize("name", [name for name, one in NAMED.items() if one.smtp])
def test_mail_server_plays_the_fault_of_the_table(client: Client, name: str) -> None:
    client.box.set_fault(name)
    assert client.box.smtp.state.fault is find(name).smtp
    client.box.set_fault(None)
    assert client.box.smtp.state.fault is None


def test_declined_and_lapsed_strike_at_the_second_poll(client: Client) -> None:
    for name, error in (("declined", "authorization_declined"), ("lapsed", "expired_token")):
        client.box.set_fault(name)
        code = client.code().json()["device_code"]
        assert client.poll(code).json()["error"] == "authorization_pending"
        assert client.poll(code).json()["error"] == error
        assert client.poll(code).json()["error"] == error


def test_wrong_account_signs_in_whoever_approves(client: Client) -> None:
    client.box.set_fault("wrong-account")
    claims = client.box.entra.mint.checked(client.signed_in()["access_token"])
    assert claims["upn"] == "admin@contoso.com"


def test_slow_down_once_then_well(client: Client) -> None:
    client.box.set_fault("slow-down")
    code = client.code().json()["device_code"]
    first = client.poll(code)
    assert (first.status_code, first.json()["error"]) == (400, "slow_down")
    waiting = client.box.entra.codes.of_device(code)
    assert waiting is not None
    assert waiting.interval == 5
    waiting.last_poll -= 5
    client.box.phone.approve()
    assert client.poll(code).status_code == 200


def test_polling_503_twice_then_well(client: Client) -> None:
    client.box.set_fault("polling-503")
    code = client.code().json()["device_code"]
    answers = [client.poll(code) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 503, 503, 400]
    assert answers[1].headers["Content-Type"].startswith("text/html")
    client.box.phone.approve()
    assert client.poll(code).status_code == 200


def test_captive_portal_answers_services_but_leaves_the_page(client: Client) -> None:
    client.box.set_fault("captive-portal")
    for answer in (client.code(), client.app(), client.send("x")):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Enter code" in client.http.get(f"{client.base}/device").text


def test_no_roles(client: Client) -> None:
    client.box.set_fault("app-without-roles")
    claims = client.box.entra.mint.checked(client.app().json()["access_token"])
    assert "roles" not in claims


def test_connection_refused_and_back_on_the_same_port(client: Client) -> None:
    port = int(client.box.addresses.smtp_starttls.partition(":")[2])
    client.box.set_fault("connection-refused")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    client.box.set_fault(None)
    assert client.box.smtp.port("starttls") == port
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        smtp.starttls(context=ssl.create_default_context(cafile=client.box.authority.ca_file))
        smtp.login("alerts@contoso.com", "sandbox-password")


def test_unknown_name_tells_the_nearest(client: Client) -> None:
    client.box.set_fault("declined")
    with pytest.raises(UsageError) as caught:
        client.box.set_fault("publc-client-flows-of")
    assert "public-client-flows-off" in str(caught.value)
    assert client.box.chosen_faults == ("declined",)


def test_list_names_every_fault_with_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Sandbox.start(tmp_path, ["list"])
    lines = str(caught.value).splitlines()
    assert {line.split()[0] for line in lines[1:]} == set(scenarios())
    assert any(
        line.split(None, 1) == ["greylisting", scenarios()["greylisting"].shown.title] for line in lines
    )
    assert not list(tmp_path.iterdir())


def test_unknown_name_starts_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("box")
    with pytest.raises(UsageError, match="no fault named x"):
        Sandbox.start(folder, ["x"])
    assert not list(folder.iterdir())


def test_several_faults_at_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Sandbox.start(tmp_path_factory.mktemp("box"), ["revoked", "throttled", "mailbox-full"]) as box:
        assert box.chosen_faults == ("revoked", "throttled", "mailbox-full")
        assert box.smtp.state.fault == SMTP_FAULTS["mailbox-full"]


def test_faults_are_listed_with_what_they_lead_to(client: Client) -> None:
    listed = {fault.name: fault for fault in client.box.faults()}
    assert listed["revoked"].expects == "sign-in-revoked"
    assert listed["hang-ehlo"].expects == "smtp.timeout"
    assert listed["aadsts-50105"].expects == "oauth.error 50105"


def test_every_named_scenario_does_something() -> None:
    def acts(one: Scenario) -> bool:
        return bool(one.aadsts and one.at) or any((one.smtp, one.graph, one.trick))

    assert all(acts(one) for one in scenarios().values())


def test_manual_names_every_story() -> None:
    manual = (Path(__file__).parents[3] / "docs/sandbox.md").read_text("utf-8")
    for name, one in NAMED.items():
        if not name.startswith("aadsts-"):
            assert f"| `{name}` | {one.shown.story} | {one.shown.expects or 'ends well'}" in manual
