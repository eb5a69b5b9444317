"""Every scenario of the sandbox, through the whole engine: each ends in the finding that its table names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.diagnosis import catalogue
from console.sandbox.box import Sandbox
from console.sandbox.scenarios import Moment, Scenario, Trick, scenarios
from console.sandbox.smtp_fault import Behaviour
from console.settings.model import TransportName
from tests.support.rehearsal import Rehearsal

NAMED = {name: one for name, one in scenarios().items() if one.shown.story and not name.startswith("aadsts-")}
WHILE_SIGNING_IN = {
    Trick.DECLINED,
    Trick.LAPSED,
    Trick.WRONG_ACCOUNT,
    Trick.SLOW_DOWN,
    Trick.POLLING_503,
    Trick.CAPTIVE_PORTAL,
}
ANYWHERE = {Trick.CAPTIVE_PORTAL}


def ways(one: Scenario) -> Iterator[tuple[str, str]]:
    """Yield each way an operator meets a scenario, and the finding it must end in there."""
    expects = one.shown.expects
    if one.at & {Moment.CODE, Moment.POLL, Moment.APPROVED} or one.trick in WHILE_SIGNING_IN:
        yield "sign-in", expects
    if Moment.REFRESH in one.at or one.trick in ANYWHERE:
        yield "renewal", expects
    if Moment.REFRESH in one.at and one.smtp is None:
        yield "microsoft365", expects
        yield "graph", expects
    if one.at & {Moment.APP, Moment.SECRET, Moment.CERTIFICATE} or one.trick in {Trick.NO_ROLES, *ANYWHERE}:
        yield "office365-app", expects
        yield "graph-app", one.expects_graph
    login = "" if one.smtp is None else one.smtp.login
    if one.smtp is not None or one.trick is Trick.CONNECTION_REFUSED:
        if login != "token":
            yield "smtp", expects
        if login != "password":
            yield "microsoft365", expects
    if one.graph is not None or one.trick is Trick.THROTTLED_ONCE:
        yield "graph", one.expects_graph


EVERY_WAY = [(name, way, finding) for name, one in NAMED.items() for way, finding in ways(one)]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("sandbox"), interval=0) as running:
        yield running
        assert not running.https.crashes


@pytest.fixture
def rehearsal(box: Sandbox, root: Path) -> Rehearsal:
    box.set_fault(None)
    return Rehearsal(box, root)


@pytest.fixture(scope="module")
def signed_in(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """Return an appliance that is signed in, for tests that only look at what is said then."""
    box.set_fault(None)
    appliance = Rehearsal(box, tmp_path_factory.mktemp("appliance"))
    appliance.ready(TransportName.MICROSOFT365)
    return appliance


def test_every_scenario_is_met_somewhere() -> None:
    assert {name for name, _way, _finding in EVERY_WAY} == set(NAMED)


def test_every_finding_expected_is_in_the_catalogue() -> None:
    known = {entry.id for entry in catalogue()}
    for name, _way, finding in EVERY_WAY:
        assert not finding or finding in known, name


@pytest.mark.parametrize(("name", "way", "finding"), EVERY_WAY)
def test_scenario_ends_in_its_finding(rehearsal: Rehearsal, name: str, way: str, finding: str) -> None:
    assert rehearsal.finding_of(name, way) == finding


@pytest.mark.parametrize("transport", list(TransportName))
def test_without_a_fault_every_transport_sends(rehearsal: Rehearsal, transport: TransportName) -> None:
    before = len(rehearsal.box.mailbox.mails())
    assert rehearsal.finding_of(None, transport) == ""
    [mail] = rehearsal.box.mailbox.wait_for(before + 1)[before:]
    assert mail.recipients == ("you@example.com",)
    assert mail.via == ("graph" if "graph" in transport else "smtp")
    assert mail.user == "alerts@contoso.com"


def test_a_fault_of_tokens_shows_at_the_next_mail_though_the_last_token_still_lived(
    rehearsal: Rehearsal,
) -> None:
    for transport, fault, finding in (
        (TransportName.OFFICE365_APP, "secret-expired", "secret-expired"),
        (TransportName.GRAPH_APP, "app-disabled", "app-disabled"),
        (TransportName.MICROSOFT365, "mfa-on-refresh", "mfa-required"),
    ):
        assert rehearsal.finding_of(None, transport) == ""
        rehearsal.box.set_fault(fault)
        assert rehearsal.finding_now(transport) == finding
        rehearsal.box.set_fault(None)
        assert rehearsal.finding_now(transport) == ""


def test_every_number_of_the_sign_in_service_is_known(rehearsal: Rehearsal) -> None:
    rehearsal.ready(TransportName.MICROSOFT365)
    unknown = []
    for name, one in scenarios().items():
        if name.startswith("aadsts-"):
            rehearsal.box.set_fault(name)
            if rehearsal.renewal_finding() in ("unknown", "", "sign-in-refused-by-service"):
                unknown.append(one.aadsts)
    assert unknown == []


GRAPH = [name for name, one in scenarios().items() if name not in NAMED and one.graph]


@pytest.mark.parametrize("name", [name for name in GRAPH if name != "graph-throttled-briefly"])
def test_every_refusal_of_graph_is_known(signed_in: Rehearsal, name: str) -> None:
    signed_in.choose(TransportName.GRAPH)
    signed_in.box.set_fault(name)
    assert signed_in.finding_now("graph") not in ("unknown", "")


REPLIES = [
    name
    for name, one in scenarios().items()
    if name not in NAMED and one.smtp and one.smtp.behaviour is Behaviour.REPLY and one.smtp.expects
]


@pytest.mark.parametrize("name", [name for name in REPLIES if name != "recipient-partly"])
def test_every_reply_of_the_mail_server_is_known(signed_in: Rehearsal, name: str) -> None:
    signed_in.choose(TransportName.MICROSOFT365)
    signed_in.box.set_fault(name)
    assert signed_in.finding_now("microsoft365") not in ("unknown", "")


def test_a_new_attempt_after_the_fault_is_put_right_succeeds(rehearsal: Rehearsal) -> None:
    for name, way in (
        ("secret-expired", "office365-app"),
        ("app-not-found", "sign-in"),
        ("revoked", "renewal"),
    ):
        assert rehearsal.finding_of(name, way)
        rehearsal.box.set_fault(None)
        assert rehearsal.finding_now(way) == "", name
