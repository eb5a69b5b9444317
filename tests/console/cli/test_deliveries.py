"""The exit code of a mail: "for good" only where somebody refused it, and each entry it goes by is there."""

import pytest

from console.cli.deliveries import _CODES_OF_FINDINGS, exit_code_of_delivery
from console.diagnosis import catalogue, diagnose
from console.transcript import Stage
from console.values import replace
from console.verdict import Failure, Result
from tests.console.cli.conftest import Appliance
from tests.support.deliveries import made_delivery


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Failure(Stage.DNS, "dns.not-found"), 68),
        (Failure(Stage.DNS, "dns.timeout"), 75),
        (Failure(Stage.CONNECT, "connect.refused"), 75),
        (Failure(Stage.TLS, "tls.self-signed"), 76),
        (Failure(Stage.GREETING, "smtp.closed"), 75),
        (Failure(Stage.SENDER, "smtp.timeout"), 75),
        (Failure(Stage.RECIPIENT, "smtp.closed"), 75),
        (Failure(Stage.DATA, "smtp.closed"), 75),
        (Failure(Stage.DATA, "deadline"), 75),
        (Failure(Stage.AUTH, "smtp.timeout"), 75),
        (Failure(Stage.AUTH, "smtp.reply", "535 5.7.8 no", 535, "5.7.8"), 77),
        (Failure(Stage.RECIPIENT, "smtp.reply", "550 5.1.1 no", 550, "5.1.1"), 67),
        (Failure(Stage.RECIPIENT, "smtp.reply", "450 4.2.0 later", 450, "4.2.0"), 75),
        (Failure(Stage.DATA, "smtp.reply", "554 5.7.1 spam", 554, "5.7.1"), 69),
        (Failure(Stage.GRAPH, "graph.error", "ApplicationThrottled", 429), 75),
        (Failure(Stage.GRAPH, "graph.error", "serviceNotAvailable", 503), 75),
        (Failure(Stage.GRAPH, "graph.error", "InvalidAuthenticationToken", 401), 77),
        (Failure(Stage.GRAPH, "graph.error", "ErrorInvalidRecipients", 400), 69),
        (Failure(Stage.GRAPH, "graph.error", "404 Not Found", 404), 69),
        (Failure(Stage.DATA, "message.no-last-word"), 75),
        (Failure(Stage.GRAPH, "message.no-last-word"), 75),
        (Failure(Stage.SIGN_IN, "oauth.unreachable"), 75),
        (Failure(Stage.LOCAL, "local.address", "foo: The @ is missing."), 65),
        (Failure(Stage.LOCAL, "local.permission"), 77),
        (Failure(Stage.LOCAL, "local.no-host"), 78),
        (Failure(Stage.DATA, "internal"), 70),
    ],
)
def test_exit_code(failure: Failure, code: int) -> None:
    failed = replace(
        made_delivery(result=Result.FAILED), reply=failure.text or failure.kind, findings=diagnose(failure)
    )
    assert exit_code_of_delivery(failed) == code


def test_the_catalogue_has_what_exit_codes_go_by() -> None:
    assert set(_CODES_OF_FINDINGS) <= {one.id for one in catalogue()}


@pytest.mark.parametrize("fault", ["close-mail", "close-rcpt", "close-data", "close-end-of-data"])
def test_a_line_lost_within_a_mail_is_worth_another_try(appliance: Appliance, fault: str) -> None:
    appliance.world.stand_in.set_fault(fault)
    assert appliance.cli("send", "a@contoso.com", stdin="b").code == 75


def test_a_mail_whose_last_answer_is_lost_may_have_been_sent(appliance: Appliance) -> None:
    appliance.world.stand_in.set_fault("close-end-of-data")
    first = appliance.cli("send", "a@contoso.com", stdin="b").err.splitlines()[0]
    assert first.endswith("The server closed the connection. It may have been sent.")
    appliance.world.stand_in.set_fault("close-data")
    assert "may have been" not in appliance.cli("send", "a@contoso.com", stdin="b").err


def test_a_mistaken_recipient_of_a_test_mail_is_no_fault_of_the_settings(appliance: Appliance) -> None:
    assert appliance.cli("test", "--to", "not an address").code == 65
