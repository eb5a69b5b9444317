"""Signing in (RFC 4954): PLAIN, LOGIN, CRAM-MD5 with a password, XOAUTH2 with a bearer token.

What is secret is recorded as ``***``, and every form in which a server could echo it is made known to the
recorder before anything is sent.
"""

import base64
import binascii
from collections.abc import Callable
from contextlib import suppress

from console.annotations import Final
from console.secret import Secret
from console.settings.model import AuthMechanism
from console.text import decoded
from console.transcript import Recorder, Stage, StepRecorder
from console.transports.smtp.conversation import Conversation
from console.transports.smtp.model import BearerToken, Capabilities, Login, Password
from console.transports.smtp.replies import Reply
from console.verdict import TransportError

_CONTINUE: Final = 334
_INITIAL_LIMIT: Final = 400
"""Octets of an initial response; with the command it must stay below 512 (RFC 5321 §4.5.3.1.4)."""

_BY_STRENGTH_OVER_TLS: Final = ("PLAIN", "LOGIN", "CRAM-MD5")
"""Over TLS the password is safe on its way; CRAM-MD5 would make the server store it readable."""

_BY_STRENGTH_IN_PLAIN: Final = ("CRAM-MD5", "PLAIN", "LOGIN")


def sign_in(
    conversation: Conversation, login: Login, capabilities: Capabilities, *, renew: bool = False
) -> None:
    """Sign in.

    Args:
        conversation: After EHLO.
        login: Who, and with what.
        capabilities: What the server offers.
        renew: Ask for a new token, the last having been refused.

    Raises:
        TransportError: ``auth.*``, ``smtp.reply`` (535 …), or the connection's.
        SignInError: No token could be had.
        CancelledError: The operator stopped it.
    """
    if isinstance(login, BearerToken):
        with conversation.step(Stage.AUTH, "XOAUTH2") as step:
            _refuse_without(conversation, capabilities, "XOAUTH2", allow_plaintext=False)
            _xoauth2(conversation, login, step, renew=renew)
        return
    with conversation.step(Stage.AUTH, login.mechanism.value.upper()) as step:
        mechanism = _chosen(conversation, login, capabilities)
        step.fact("mechanism", mechanism)
        step.fact("user", login.user)
        _expect_success(
            conversation, _PASSWORD_TALKS[mechanism](conversation, login), login.user, mechanism, step
        )


def _chosen(conversation: Conversation, login: Password, capabilities: Capabilities) -> str:
    if login.mechanism is not AuthMechanism.AUTO:
        wanted = login.mechanism.value.upper()
        _refuse_without(conversation, capabilities, wanted, allow_plaintext=login.allow_plaintext)
        return wanted
    order = _BY_STRENGTH_OVER_TLS if capabilities.is_encrypted else _BY_STRENGTH_IN_PLAIN
    usable = [one for one in order if one in capabilities.mechanisms]
    _refuse_without(
        conversation, capabilities, usable[0] if usable else "", allow_plaintext=login.allow_plaintext
    )
    return usable[0]


def _refuse_without(
    conversation: Conversation, capabilities: Capabilities, mechanism: str, *, allow_plaintext: bool
) -> None:
    offered = " ".join(capabilities.mechanisms)
    if not capabilities.is_encrypted and not allow_plaintext:
        text = "The connection is not encrypted, so the password was not sent."
        raise conversation.failure("auth.password-without-tls", text, offered=offered)
    if not offered:
        raise conversation.failure("auth.not-offered", "The server offers no sign-in (AUTH).")
    if mechanism not in capabilities.mechanisms:
        text = f"The server offers {offered}."
        raise conversation.failure("auth.no-common-mechanism", text, offered=offered, mechanism=mechanism)


def _expect_success(
    conversation: Conversation, reply: Reply, user: str, mechanism: str, step: StepRecorder
) -> None:
    step.fact("reply", reply.text)
    if reply.code == _CONTINUE:
        with suppress(TransportError):  # what comes of that changes nothing
            conversation.say("*")  # RFC 4954 §4: give it up
            conversation.reply()
        text = "The server asks for more than this sign-in method has."
        raise conversation.failure("auth.bad-challenge", text, user=user, mechanism=mechanism)
    conversation.demand(reply, user=user, mechanism=mechanism)


def _plain(conversation: Conversation, login: Password) -> Reply:
    """RFC 4616."""
    response = _sasl(conversation.recorder, f"\0{login.user}\0{login.password.reveal()}", login.password)
    if len(response.reveal()) <= _INITIAL_LIMIT:
        conversation.say_secret(response, "AUTH PLAIN ")
        return conversation.reply()
    return _answered(conversation, conversation.command("AUTH PLAIN"), response)


def _login(conversation: Conversation, login: Password) -> Reply:
    """LOGIN (draft-murchison-sasl-login); what the server asks with is not looked at: servers differ."""
    user = _sasl(conversation.recorder, login.user, Secret(""))
    password = _sasl(conversation.recorder, login.password.reveal(), login.password)
    asked = _answered(conversation, conversation.command("AUTH LOGIN"), user)
    return _answered(conversation, asked, password)


def _cram_md5(conversation: Conversation, login: Password) -> Reply:
    """RFC 2195."""
    conversation.recorder.conceal(login.password)
    asked = conversation.command("AUTH CRAM-MD5")
    if asked.code != _CONTINUE:
        return asked
    try:
        challenge = base64.b64decode(asked.lines[0], validate=True)
    except (binascii.Error, ValueError):
        challenge = b""
    if not challenge:
        text = f"The server's challenge is no base64: {asked.lines[0]}"
        raise conversation.failure("auth.bad-challenge", text, mechanism="CRAM-MD5") from None
    digest = _cram_digest(login.password, challenge)
    conversation.recorder.conceal(digest)  # beside its challenge it is enough to try passwords on
    response = Secret(base64.b64encode(f"{login.user} {digest.reveal()}".encode()).decode())
    return _answered(conversation, asked, response)


def _cram_digest(password: Secret, challenge: bytes) -> Secret:
    import hashlib
    import hmac

    def md5(octets: bytes = b"") -> "hashlib._Hash":
        return hashlib.md5(octets, usedforsecurity=False)  # RFC 2195 wants it; FIPS systems else refuse

    return Secret(hmac.new(password.reveal().encode(), challenge, md5).hexdigest())


_PASSWORD_TALKS: Final[dict[str, Callable[[Conversation, Password], Reply]]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
}


def _xoauth2(conversation: Conversation, login: BearerToken, step: StepRecorder, *, renew: bool) -> None:
    """XOAUTH2 in two steps: with the token the command line would be longer than RFC 4954 §4 allows, and
    Postfix cuts it at 2,048 octets, which looks like a wrong password."""
    step.fact("mechanism", "XOAUTH2")
    step.fact("user", login.user)
    response = _bearer(conversation.recorder, login.user, login.token(renew, conversation.deadline))
    reply = _answered(conversation, conversation.command("AUTH XOAUTH2"), response)
    if reply.code == _CONTINUE:  # why not, as JSON (Gmail, Dovecot); an empty line brings the 535
        conversation.recorder.note("The server explains: " + _explained(reply))
        conversation.say("")
        reply = conversation.reply()
    _expect_success(conversation, reply, login.user, "XOAUTH2", step)


def _bearer(recorder: Recorder, user: str, token: Secret) -> Secret:
    return _sasl(recorder, f"user={user}\x01auth=Bearer {token.reveal()}\x01\x01", token)


def _explained(reply: Reply) -> str:
    try:
        return decoded(base64.b64decode(reply.lines[0], validate=True))
    except (binascii.Error, ValueError):
        return reply.lines[0]


def _answered(conversation: Conversation, asked: Reply, response: Secret) -> Reply:
    """Return the reply to `response`, or what the server said instead of asking for it."""
    if asked.code != _CONTINUE:
        return asked
    conversation.say_secret(response)
    return conversation.reply()


def _sasl(recorder: Recorder, response: str, secret: Secret) -> Secret:
    """Return a SASL response in base64, its forms made known to the recorder."""
    if secret:
        recorder.conceal(secret)
        recorder.conceal(Secret(response))
    return Secret(base64.b64encode(response.encode("utf-8", "surrogateescape")).decode())


def is_token_refused(error: TransportError, login: Login | None) -> bool:
    """Whether a new token may help: the server refused this one (535)."""
    failure = error.failure
    return isinstance(login, BearerToken) and failure.stage is Stage.AUTH and failure.reply_code == 535
