"""Rehearses a scenario of the sandbox through the engine, and says which finding it ends in."""

from collections.abc import Mapping
from pathlib import Path

from console.deadline import Deadline
from console.delivery import send_test
from console.diagnosis import diagnose
from console.engine import Engine, open_engine
from console.microsoft365.own_certificate import new_own_certificate, upload_path
from console.microsoft365.sign_in import DeviceSignIn
from console.microsoft365.states import Code, Declined, Lapsed, Refused, SignedIn, State
from console.microsoft365.tokens import renew
from console.sandbox.box import Sandbox
from console.sandbox.directory import CLIENT_SECRET, PASSWORD
from console.sandbox.scenarios import Moment, find
from console.secret import Secret
from console.settings.model import DELEGATED, AppCredential, Settings, TransportName
from console.verdict import Delivery, SignInError

QUICK: Mapping[str, object] = {
    "mail.enabled": True,
    "network.connect_timeout": 2,
    "network.read_timeout": 1,
    "network.total_timeout": 20,
}
PATIENCE = 20.0


class JumpingClock:
    """A clock that is set forward instead of waited for."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Rehearsal:
    """An appliance beside a sandbox.

    Args:
        box: The sandbox.
        root: Where the appliance's files lie.
    """

    def __init__(self, box: Sandbox, root: Path) -> None:
        self.box = box
        self.engine: Engine = open_engine(root, profile=box.profile, is_sandbox=True)
        self.engine.settings.save(self.engine.settings.load().with_values(QUICK))
        self.engine.secrets.put("smtp.password", Secret(PASSWORD))
        self.engine.secrets.put("microsoft365.client_secret", Secret(CLIENT_SECRET))

    def choose(self, transport: TransportName, **values: object) -> Settings:
        """Choose a transport, and set other keys (``mail__sender=…``)."""
        chosen = {key.replace("__", "."): value for key, value in values.items()}
        settings = self.engine.settings.load().with_values({"mail.transport": transport, **chosen})
        self.engine.settings.save(settings)
        return settings

    def begin(self) -> tuple[DeviceSignIn, JumpingClock, Code]:
        """Ask for a code."""
        clock = JumpingClock()
        signing = DeviceSignIn(self.engine, self.engine.settings.load(), clock)
        return signing, clock, signing.start(Deadline(PATIENCE))

    def states(self, polls: int = 6, approve_before: int = 3) -> list[State]:
        """Sign in with a code: the phone approves before a poll; return what each poll said."""
        signing, clock, _code = self.begin()
        seen: list[State] = []
        for number in range(1, polls + 1):
            if number == approve_before:
                self.box.phone.approve()
            clock.now = max(clock.now, signing.next_poll)
            self._let_time_pass()
            seen.append(signing.poll(Deadline(PATIENCE)))
            if isinstance(seen[-1], SignedIn | Declined | Lapsed | Refused):
                break
        if isinstance(seen[-1], SignedIn) and not seen[-1].result.fit.failures:
            signing.keep(seen[-1].result)
        return seen

    def _let_time_pass(self) -> None:
        """Let the interval be over for the sign-in service too."""
        for code in self.box.entra.codes._codes.values():
            code.last_poll -= 60.0

    def sign_in_finding(self) -> str:
        """Sign in; return the id of the finding it ends in, "" when all went well."""
        try:
            end = self.states()[-1]
        except SignInError as error:
            return diagnose(error.failure)[0].id
        match end:
            case Refused() | Declined():
                return end.findings[0].id
            case Lapsed():
                return diagnose(end.failure)[0].id
            case SignedIn():
                failures = end.result.fit.failures
                return diagnose(failures[0])[0].id if failures else ""
        return f"still {type(end).__name__}"

    def renewal_finding(self) -> str:
        """Renew the token; return the id of the finding it ends in, "" when all went well."""
        try:
            renew(self.engine, self.engine.settings.load(), Deadline(PATIENCE))
        except SignInError as error:
            return diagnose(error.failure)[0].id
        return ""

    def sent(self) -> Delivery:
        """Send a test mail."""
        return send_test(self.engine, "you@example.com")

    def sending_finding(self) -> str:
        """Send a test mail; return the id of the finding it ends in, "" when it was accepted."""
        delivery = self.sent()
        assert bool(delivery.findings) != delivery.result.is_sent
        return delivery.findings[0].id if delivery.findings else ""

    def finding_of(self, fault: str | None, way: str) -> str:
        """Play a fault on a way: ``sign-in``, ``renewal`` or a transport; return the id of the finding.

        What comes before on that way is done while everything still works.
        """
        if way in ("sign-in", "renewal"):
            self.choose(TransportName.MICROSOFT365)
        if way == "renewal":
            self.ready(TransportName.MICROSOFT365)
        if way in list(TransportName):
            self.ready(TransportName(way))
        if fault is not None and Moment.CERTIFICATE in find(fault).at:
            self._prove_by_certificate()
        self.box.set_fault(fault)
        return self.finding_now(way)

    def finding_now(self, way: str) -> str:
        """Go that way once; return the finding's id, "" when all went well."""
        match way:
            case "sign-in":
                return self.sign_in_finding()
            case "renewal":
                return self.renewal_finding()
        return self.sending_finding()

    def _prove_by_certificate(self) -> None:
        new_own_certificate(self.engine, bits=2048)
        self.box.entra.certificates.upload(upload_path(self.engine).read_bytes())
        settings = self.engine.settings.load()
        self.engine.settings.save(
            settings.with_values({"microsoft365.credential": AppCredential.CERTIFICATE})
        )

    def ready(self, transport: TransportName) -> None:
        """Choose a transport and sign in where it needs that, all before anything is played."""
        self.choose(transport)
        if transport in DELEGATED:
            assert isinstance(self.states()[-1], SignedIn)
