"""One message over an open conversation: MAIL, RCPT, DATA (RFC 5321 §3.3)."""

import re

from console.annotations import Final
from console.errors import CancelledError, ConsoleError, MessageError
from console.message_model import Message
from console.text import one_line
from console.transcript import Outcome, Stage
from console.transports.smtp.conversation import Conversation
from console.transports.smtp.model import Capabilities
from console.transports.smtp.replies import Reply
from console.values import replace
from console.verdict import NO_LAST_WORD, Failure, LateCancelError, RecipientResult, Sent, TransportError

LAST_WORD_PATIENCE: Final = 4.0
"""The server may take this many answer timeouts for its word on the whole message: giving up there makes
people send twice (RFC 5321 §4.5.3.2.6 allows ten minutes)."""

TOGETHER_LIMIT: Final = 50
"""Recipients named in one write: more could fill both sides' buffers, each waiting for the other."""

_LAST_LOOK: Final = 0.02
"""The part of the answer timeout in which words that were said already are read."""

_ADDRESS: Final = r"""(?:"(?:[^\x00-\x1f"\\\x7f]|\\[\x20-\x7e])*")?[^\x00-\x20\x7f<>"]*"""


def transact(conversation: Conversation, capabilities: Capabilities, message: Message) -> Sent:
    """Send one message; it is sent once the server's 250 after DATA has come.

    Raises:
        TransportError: It was sent to nobody.
        MessageError: An address cannot stand in a command.
        CancelledError: The operator stopped it.
    """
    try:
        with conversation.checks(Stage.SENDER, message.sender):
            message = _fitting(conversation, capabilities, message)
            sender = _mail_command(conversation, capabilities, message)
        recipients = [f"RCPT TO:{_path(address)}" for address in message.recipients]
        with conversation.recorder.held():  # the next command goes out before the last reply is written down
            if capabilities.has("PIPELINING") and len(recipients) <= TOGETHER_LIMIT:
                conversation.send_ahead([sender, *recipients, "DATA"])
            _name_sender(conversation, message, sender)
            results, refused = _name_recipients(conversation, message, recipients)
            reply = _hand_over(conversation, message)
    except (TransportError, MessageError):
        conversation.settle()
        raise
    return Sent(one_line(reply.text), tuple(results), tuple(refused))


def _fitting(conversation: Conversation, capabilities: Capabilities, message: Message) -> Message:
    """Return `message` as the server can take it; raises where it cannot (see `transact`)."""
    if message.needs_smtputf8 and not capabilities.has("SMTPUTF8"):
        text = "An address or header is not ASCII, and the server does not take that (SMTPUTF8)."
        raise conversation.failure("message.smtputf8-not-offered", text)
    if not message.needs_8bitmime or capabilities.has("8BITMIME"):
        return message
    from console.message_recode import in_seven_bits

    content = in_seven_bits(message.content)
    if content is None:
        text = "The content has 8-bit octets, and the server does not take them (8BITMIME)."
        raise conversation.failure("message.8bit-not-offered", text)
    conversation.recorder.note("The server takes no 8-bit content (8BITMIME), so the message was encoded.")
    return replace(message, content=content)


def _mail_command(conversation: Conversation, capabilities: Capabilities, message: Message) -> str:
    """Return the MAIL command for `message`; raises what the server cannot take (see `transact`)."""
    size, limit = len(message.content), capabilities.size_limit
    if limit is not None and size > limit:
        text = f"The message has {size} octets, the server takes {limit}."
        raise conversation.failure("message.too-large", text, size=str(size), limit=str(limit))
    parts = [f" SIZE={size}"] if capabilities.has("SIZE") else []
    if message.needs_8bitmime:
        parts.append(" BODY=8BITMIME")
    if message.needs_smtputf8:
        parts.append(" SMTPUTF8")
    return f"MAIL FROM:{_path(message.sender)}{''.join(parts)}"


def _path(address: str) -> str:
    """Return an address between angle brackets; ours are checked long before, this is the last guard."""
    if not re.fullmatch(_ADDRESS, address):
        raise MessageError("An address holds a space, a bracket or a control character outside its quotes.")
    return f"<{address}>"


def _name_sender(conversation: Conversation, message: Message, command: str) -> None:
    with conversation.step(Stage.SENDER, message.sender) as step:
        reply = conversation.command(command)
        step.fact("reply", reply.text)
        conversation.demand(reply, size=str(len(message.content)), sender=message.sender)


def _name_recipients(
    conversation: Conversation, message: Message, commands: list[str]
) -> tuple[list[RecipientResult], list[Failure]]:
    """Return one result a recipient and the failures of those refused; raises when none was taken."""
    results: list[RecipientResult] = []
    refused: list[Failure] = []
    for address, command in zip(message.recipients, commands, strict=True):
        with conversation.step(Stage.RECIPIENT, address) as step:
            reply = conversation.command(command)
            step.fact("reply", reply.text)
            if not reply.is_good:
                refused.append(conversation.refusal(reply, recipient=address))
                step.end(Outcome.FAILED)
            results.append(RecipientResult(address, reply.is_good, one_line(reply.text)))
        if not conversation.is_open:  # 421: it closes now
            raise TransportError(refused[-1])
    if len(refused) == len(results):
        raise TransportError(refused[0])
    return results, refused


def _hand_over(conversation: Conversation, message: Message) -> Reply:
    with conversation.step(Stage.DATA) as step:
        ready = conversation.command("DATA")
        if ready.code != 354:
            raise conversation.refused(ready)
        octets = on_the_wire(message.content)
        step.fact("size", len(message.content))
        conversation.recorder.note(f"The message, {len(message.content)} octets, and its final dot.")
        _send(conversation, octets)
        reply = _last_word(conversation)
        step.fact("reply", reply.text)
        return conversation.demand(reply, size=str(len(message.content)), sender=message.sender)


def _last_word(conversation: Conversation) -> Reply:
    """Return the reply to the whole message; without one nobody knows whether it was taken (RFC 1047)."""
    try:
        return conversation.reply(LAST_WORD_PATIENCE)
    except TransportError as error:
        raise TransportError(replace(error.failure, kind=NO_LAST_WORD)) from None
    except CancelledError as error:
        raise LateCancelError(conversation.failure(NO_LAST_WORD, error.what).failure) from None


def _send(conversation: Conversation, octets: bytes) -> None:
    try:
        conversation.send(octets)
    except TransportError as error:
        if error.failure.kind not in ("smtp.closed", "smtp.timeout"):
            raise
        raise _last_words(conversation) or error from None


def _last_words(conversation: Conversation) -> TransportError | None:
    """A server that closes, or takes no more, while we send has mostly said why: return that, or None."""
    try:
        reply = conversation.reply(_LAST_LOOK)
    except ConsoleError:  # then it has not
        return None
    return None if reply.is_good else conversation.refused(reply)


def on_the_wire(content: bytes) -> bytes:
    """Return content with CRLF line ends, dots doubled, and the final dot: one buffer for one write.

    One write, because a separate one for the dot costs 40 ms where Nagle meets a delayed acknowledgement.
    A lone CR or LF is made CRLF: left as they are, some servers see a final dot where others see none.
    """
    if not content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r"):
        content = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    if content and not content.endswith(b"\r\n"):
        content += b"\r\n"
    first = b"." if content.startswith(b".") else b""
    return b"".join((first, content.replace(b"\r\n.", b"\r\n.."), b".\r\n"))
