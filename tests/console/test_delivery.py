"""Deliver: through a real server, into the real log, explained."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.appliance import Profile
from console.deadline import Cancellation, Deadline
from console.delivery import deliver, deliver_all, is_unverified, new_id, send_test, server_of
from console.engine import Engine, open_engine
from console.errors import ConsoleError, MailOffError
from console.message import Message
from console.sandbox.smtp_server import PASSWORD, USER
from console.secret import Secret
from console.settings.model import Encryption, Settings
from console.transcript import Event, Line, Outcome, Recorder, Stage, Step
from console.values import replace
from console.verdict import RecipientResult, Result, Sent
from tests.support.children import run_python
from tests.support.deliveries import BEGAN
from tests.support.smtp_world import SmtpWorld, authority, mail, smtp_world

__all__ = ["authority", "smtp_world"]


@pytest.fixture
def engine(smtp_world: SmtpWorld, tmp_path: Path) -> Engine:
    defaults: dict[str, object] = {
        "mail.enabled": True,
        "mail.sender": USER,
        "smtp.host": "localhost",
        "smtp.port": smtp_world.stand_in.port("starttls"),
        "smtp.user": USER,
        "network.ca_file": str(smtp_world.authority.ca_file),
        "network.connect_timeout": 2,
        "network.read_timeout": 1,
        "network.total_timeout": 10,
    }
    engine = open_engine(tmp_path / "root", profile=Profile(defaults=defaults))
    engine.secrets.put("smtp.password", Secret(PASSWORD))
    return engine


def preset(engine: Engine, **values: object) -> Engine:
    """Return the engine with other settings (``smtp_host`` for ``smtp.host``)."""
    named = {key.replace("_", ".", 1): value for key, value in values.items()}
    profile = replace(engine.profile, defaults={**engine.profile.defaults, **named})
    return replace(engine, profile=profile, settings=type(engine.settings)(engine.paths.settings, profile))


def test_a_mail_is_sent_recorded_and_logged(engine: Engine, smtp_world: SmtpWorld) -> None:
    delivery = deliver(engine, mail(), purpose="report")
    assert delivery.result is Result.ACCEPTED, delivery.findings
    assert delivery.findings == ()
    assert delivery.purpose == "report"
    assert delivery.transport == "smtp"
    assert delivery.server.startswith("localhost:")
    assert delivery.reply.startswith("250")
    assert [one.accepted for one in delivery.recipients] == [True]
    assert delivery.seconds > 0
    assert len(smtp_world.mailbox.wait_for(1)) == 1
    logged = engine.log.find(delivery.id)
    assert logged is not None
    assert logged.result is Result.ACCEPTED
    assert len(logged.transcript.lines) == len(delivery.transcript.lines) > 10


def test_no_secret_is_in_anything(engine: Engine, tmp_path: Path) -> None:
    delivery = deliver(engine, mail(), purpose="test")
    assert PASSWORD not in repr(delivery)
    for file in engine.paths.log.iterdir():
        assert PASSWORD not in file.read_text(encoding="utf-8")
    assert PASSWORD not in engine.log.export(delivery.id)


def test_events_are_told_while_it_goes(engine: Engine) -> None:
    events: list[Event] = []
    delivery = deliver(engine, mail(), purpose="test", subscriber=events.append)
    assert [one for one in events if isinstance(one, Line)] == list(delivery.transcript.lines)
    assert {one.stage for one in events if isinstance(one, Step)} >= {
        Stage.DNS,
        Stage.TLS,
        Stage.AUTH,
        Stage.DATA,
    }


def test_a_test_mail_says_what_it_is(engine: Engine, smtp_world: SmtpWorld) -> None:
    delivery = send_test(engine, "admin@contoso.com")
    assert delivery.result is Result.ACCEPTED, delivery.findings
    assert delivery.purpose == "test"
    assert delivery.subject
    assert smtp_world.mailbox.wait_for(1)[0].recipients == ("admin@contoso.com",)


def test_a_test_mail_to_nonsense_is_a_failed_delivery(engine: Engine) -> None:
    delivery = send_test(engine, "not an address\r\nBcc: x@y.z")
    assert delivery.result is Result.FAILED
    assert delivery.findings
    assert engine.log.find(delivery.id) is not None


def test_mail_off_is_a_refusal_before_anything(engine: Engine) -> None:
    off = preset(engine, mail_enabled=False)
    for attempt in (
        lambda: deliver(off, mail(), purpose="send"),
        lambda: send_test(off, "admin@contoso.com"),
        lambda: list(deliver_all(off, [mail()], purpose="send")),
    ):
        with pytest.raises(MailOffError):
            attempt()
    assert not engine.paths.log.exists()


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"smtp_host": ""}, "no-mail-server"),
        ({"mail_sender": ""}, "no-sender"),
        ({"smtp_port": 1}, "connect-refused"),
        ({"smtp_host": "no-such-host.invalid"}, "name-not-found"),
        ({"network_ca_file": ""}, "certificate-untrusted"),
        ({"network_ca_file": "/no/such/file.pem"}, "ca-file-unusable"),
        ({"smtp_encryption": Encryption.TLS}, "plain-server-on-tls-port"),
    ],
)
def test_what_is_set_wrong_ends_in_its_finding(
    engine: Engine, values: dict[str, object], finding: str
) -> None:
    delivery = deliver(preset(engine, **values), mail(), purpose="test")
    assert delivery.result is Result.FAILED
    assert [one.id for one in delivery.findings] == [finding]
    assert delivery.recipients == (RecipientResult("admin@contoso.com", accepted=False),)
    logged = engine.log.find(delivery.id)
    assert logged is not None
    assert logged.findings == delivery.findings


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("wrong-password", "wrong-password"),
        ("smtp-auth-off-tenant", "smtp-auth-disabled-tenant"),
        ("sender-refused", "sender-refused"),
        ("recipient-unknown", "recipient-unknown"),
        ("greylisted", "greylisting"),
        ("size-refused", "message-too-large"),
        ("spam", "message-is-spam"),
        ("close-data", "smtp-closed"),
        ("close-end-of-data", "fate-unknown"),
        ("hang-end-of-data", "fate-unknown"),
        ("hang-greeting", "smtp-timeout"),
        ("garbage", "no-mail-server-there"),
        ("tls-expired", "certificate-expired"),
        ("tls-wrong-name", "certificate-wrong-name"),
        ("tls-self-signed", "certificate-self-signed"),
        ("starttls-missing", "starttls-not-offered"),
    ],
)
def test_what_a_server_does_ends_in_its_finding(
    engine: Engine, smtp_world: SmtpWorld, fault: str, finding: str
) -> None:
    smtp_world.stand_in.set_fault(fault)
    delivery = deliver(engine, mail(), purpose="test")
    assert delivery.result is Result.FAILED
    assert [one.id for one in delivery.findings] == [finding]
    assert delivery.reply


def test_one_recipient_refused_is_a_finding_of_a_mail_that_was_sent(
    engine: Engine, smtp_world: SmtpWorld
) -> None:
    smtp_world.stand_in.set_fault("recipient-partly")
    delivery = deliver(engine, mail("a@contoso.com", "b@contoso.com"), purpose="send")
    assert delivery.result is Result.PARTLY
    assert [one.accepted for one in delivery.recipients] == [True, False]
    (finding,) = delivery.findings
    assert finding.id == "recipient-unknown"
    assert "b@contoso.com" in finding.cause


def test_esc_stops_a_hanging_server_at_once(engine: Engine, smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("hang-ehlo")
    cancellation = Cancellation()

    def press_esc(event: Event) -> None:
        if isinstance(event, Line) and event.text.startswith("EHLO"):
            cancellation.cancel()

    slow = preset(engine, network_read_timeout=60, network_total_timeout=60)
    delivery = deliver(slow, mail(), purpose="test", subscriber=press_esc, cancellation=cancellation)
    assert delivery.result is Result.CANCELLED
    assert delivery.findings == ()
    assert delivery.seconds < 10
    assert Outcome.CANCELLED in {step.outcome for step in delivery.transcript.steps}
    assert engine.log.page(result=Result.CANCELLED).entries


def test_stopped_when_the_message_was_out_it_is_said_that_it_may_have_been_sent(
    engine: Engine, smtp_world: SmtpWorld
) -> None:
    smtp_world.stand_in.set_fault("hang-end-of-data")
    cancellation = Cancellation()

    def press_esc(event: Event) -> None:
        if isinstance(event, Line) and "final dot" in event.text:
            cancellation.cancel()

    slow = preset(engine, network_read_timeout=60, network_total_timeout=60)
    delivery = deliver(slow, mail(), purpose="test", subscriber=press_esc, cancellation=cancellation)
    assert delivery.result is Result.CANCELLED
    assert [one.id for one in delivery.findings] == ["fate-unknown"]
    assert delivery.may_be_sent


def test_the_deadline_after_the_whole_message_leaves_its_fate_unknown(
    engine: Engine, smtp_world: SmtpWorld
) -> None:
    smtp_world.stand_in.set_fault("hang-end-of-data")
    delivery = deliver(
        preset(engine, network_read_timeout=60, network_total_timeout=5), mail(), purpose="test"
    )
    assert (delivery.result, delivery.may_be_sent) == (Result.FAILED, True)


def test_switched_off_verification_is_in_the_transcript(engine: Engine) -> None:
    delivery = deliver(preset(engine, smtp_verify=False), mail(), purpose="test")
    assert delivery.result is Result.ACCEPTED, delivery.findings
    assert any("verification is switched off" in line.text for line in delivery.transcript.lines)


def test_several_mails_go_over_one_connection(engine: Engine, smtp_world: SmtpWorld) -> None:
    deliveries = list(deliver_all(engine, [mail() for _ in range(3)], purpose="send"))
    assert [one.result for one in deliveries] == [Result.ACCEPTED] * 3
    connects = [
        sum(step.stage is Stage.CONNECT for step in delivery.transcript.steps) for delivery in deliveries
    ]
    assert connects == [1, 0, 0]
    assert len(smtp_world.mailbox.wait_for(3)) == 3
    assert len(engine.log.page().entries) == 3
    assert len({one.id for one in deliveries}) == 3


def test_after_esc_the_rest_is_not_tried(engine: Engine) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    deliveries = list(deliver_all(engine, [mail(), mail()], purpose="send", cancellation=cancellation))
    assert [one.result for one in deliveries] == [Result.CANCELLED]


def test_a_log_that_cannot_be_written_is_a_finding_of_a_mail_that_was_sent(engine: Engine) -> None:
    engine.paths.log.parent.mkdir(parents=True)
    engine.paths.log.write_text("in the way")
    delivery = deliver(engine, mail(), purpose="send")
    assert delivery.result is Result.ACCEPTED
    assert [one.id for one in delivery.findings] == ["log-not-written"]


class _Broken:
    """A transport that fails in a way nobody foresaw."""

    server = "mail.example.com:587"

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def send(self, message: Message, recorder: Recorder, deadline: Deadline) -> Sent:
        with recorder.step(Stage.DATA):
            raise self.error


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[BaseException], None]]:
    def use(error: BaseException) -> None:
        monkeypatch.setattr("console.transports.table.transport_for", lambda *_: _Broken(error))

    return use  # type: ignore[return-value]


def test_a_fault_of_ours_is_a_finding_without_its_words(
    engine: Engine, broken: Callable[[BaseException], None]
) -> None:
    broken(ValueError("hunter2-the-secret"))
    delivery = deliver(engine, mail(), purpose="send")
    assert delivery.result is Result.FAILED
    assert [one.id for one in delivery.findings] == ["internal"]
    assert delivery.findings[0].stage is Stage.DATA
    assert "ValueError in tests.console.test_delivery, line" in delivery.reply
    assert "hunter2" not in repr(delivery)


def test_an_error_of_ours_that_is_no_failure_is_explained_by_its_code(
    engine: Engine, broken: Callable[[BaseException], None]
) -> None:
    class DiskError(ConsoleError):
        code = "local.disk-full"

    broken(DiskError("The disk is full."))
    delivery = deliver(engine, mail(), purpose="send")
    assert [one.id for one in delivery.findings] == ["disk-full"]
    assert delivery.reply == "The disk is full."


def test_the_total_time_ends_at_the_stage_that_was_running(engine: Engine, smtp_world: SmtpWorld) -> None:
    smtp_world.stand_in.set_fault("slow")
    hurried = preset(engine, network_total_timeout=1, network_read_timeout=60)
    delivery = deliver(hurried, mail(), purpose="send")
    assert [one.id for one in delivery.findings] == ["time-used-up"]
    assert delivery.findings[0].stage is Stage.EHLO
    assert delivery.seconds < 5


def test_ids_sort_by_time_and_differ() -> None:
    ids = [new_id(BEGAN) for _ in range(200)]
    assert len(set(ids)) > 195
    assert all(one.startswith(f"{BEGAN:%Y%m%d}T060000-") for one in ids)


@pytest.mark.parametrize(
    ("values", "server"),
    [
        ({}, ""),
        ({"smtp.host": "mx.example.com"}, "mx.example.com:587"),
        ({"smtp.host": "2001:db8::1"}, "[2001:db8::1]:587"),
        ({"mail.transport": "microsoft365", "microsoft365.smtp_host": "x"}, "x:587"),
        ({"mail.transport": "graph", "microsoft365.graph_root": "https://g"}, "https://g"),
    ],
)
def test_the_server_is_named_even_before_there_is_a_transport(values: dict[str, object], server: str) -> None:
    assert server_of(Settings().with_values(values)) == server


def test_only_tls_without_check_or_pin_is_unverified() -> None:
    off = Settings().with_values({"smtp.verify": False})
    assert is_unverified(off)
    assert not is_unverified(Settings())
    assert not is_unverified(off.with_values({"smtp.encryption": Encryption.NONE}))
    assert not is_unverified(off.with_values({"smtp.fingerprint": "3f"}))
    assert not is_unverified(off.with_values({"mail.transport": "graph"}))


def test_a_mail_that_goes_well_loads_no_catalogue(engine: Engine, tmp_path: Path) -> None:
    program = (
        "import json, sys; from pathlib import Path\n"
        "from console.appliance import Profile; from console.delivery import deliver\n"
        "from console.engine import open_engine; from console.message import Message\n"
        "engine = open_engine(Path(sys.argv[1]), profile=Profile(defaults=json.loads(sys.argv[2])))\n"
        "mail = Message(sys.argv[3], ('a@contoso.com',), b'Subject: x\\r\\n\\r\\nx\\r\\n', 'x', '<1@x>')\n"
        "result = deliver(engine, mail, purpose='send').result\n"
        "heavy = {'yaml', 'msal', 'requests', 'textual', 'qrcode', 'cryptography', 'console.diagnosis'}\n"
        "print(result, sorted(heavy & set(sys.modules)))\n"
    )
    said = run_python(program, str(tmp_path / "root"), json.dumps(dict(engine.profile.defaults)), USER)
    assert said == "accepted []\n"
