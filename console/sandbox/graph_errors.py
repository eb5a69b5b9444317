"""The refusals of Microsoft Graph's ``sendMail`` and their JSON (microsoft-graph-docs ``errors``)."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from console.sandbox.https_server import Reply


@dataclass(frozen=True, slots=True)
class GraphRefusal:
    """One refusal of Graph.

    Attributes:
        status: HTTP status.
        code: ``error.code``: what programs branch on.
        words: ``error.message``.
        retry_after: Seconds to wait, or None for no such header.
    """

    status: int
    code: str
    words: str
    retry_after: int | None = None

    def reply(self, client_request_id: str = "") -> Reply:
        """Return the answer as Graph words it."""
        request_id, headers = identified(client_request_id)
        if self.status == 401:
            headers += (
                (
                    "WWW-Authenticate",
                    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
                ),
            )
        if self.retry_after is not None:
            headers += (("Retry-After", str(self.retry_after)),)
        inner = {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id or request_id,
        }
        body = {"error": {"code": self.code, "message": self.words, "innerError": inner}}
        return Reply.json(self.status, body, headers)


def identified(client_request_id: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a new request id, and the headers Graph names it and the client's own in."""
    request_id = str(uuid.uuid4())
    given = client_request_id if client_request_id.isprintable() and client_request_id.isascii() else ""
    return request_id, (("request-id", request_id), ("client-request-id", given[:64] or request_id))


GRAPH_REFUSALS: Final = {
    "invalid-token": GraphRefusal(
        401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."
    ),
    "wrong-audience": GraphRefusal(
        401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience."
    ),
    "no-token": GraphRefusal(401, "InvalidAuthenticationToken", "Access token is empty."),
    "insufficient-claims": GraphRefusal(
        403,
        "insufficient_claims",
        "Continuous access evaluation resulted in challenge with result: InteractionRequired",
    ),
    "no-permission": GraphRefusal(
        403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."
    ),
    "access-denied": GraphRefusal(403, "ErrorAccessDenied", "Access to OData is disabled."),
    "request-denied": GraphRefusal(
        403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
    ),
    "send-as-denied": GraphRefusal(
        403,
        "ErrorSendAsDenied",
        "The user account which was used to submit this request does not have the right to send mail on "
        "behalf of the specified sending account., Cannot submit message.",
    ),
    "invalid-user": GraphRefusal(404, "ErrorInvalidUser", "The requested user is invalid."),
    "resource-not-found": GraphRefusal(404, "ResourceNotFound", "Resource could not be discovered."),
    "mailbox-not-enabled": GraphRefusal(
        404, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox."
    ),
    "invalid-mime": GraphRefusal(
        400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."
    ),
    "me-without-user": GraphRefusal(
        400, "BadRequest", "/me request is only valid with delegated authentication flow."
    ),
    "bad-request": GraphRefusal(400, "BadRequest", "Unable to read JSON request payload."),
    "invalid-recipients": GraphRefusal(
        400,
        "ErrorInvalidRecipients",
        "At least one recipient isn't valid., A message can't be sent because it contains no recipients.",
    ),
    "message-size": GraphRefusal(
        400,
        "ErrorMessageSizeExceeded",
        "The message exceeds the maximum supported size., Cannot submit message.",
    ),
    "too-large": GraphRefusal(
        413, "RequestEntityTooLarge", "The request entity is too large: the maximum is 4194304 bytes."
    ),
    "throttled": GraphRefusal(
        429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", 300
    ),
    "throttled-briefly": GraphRefusal(
        429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.", 1
    ),
    "quota-exceeded": GraphRefusal(
        507, "ErrorQuotaExceeded", "The mailbox quota was exceeded., Cannot submit message."
    ),
    "internal": GraphRefusal(
        500, "ErrorInternalServerError", "An internal server error occurred. The operation failed."
    ),
    "unavailable": GraphRefusal(503, "serviceNotAvailable", "The service is temporarily unavailable.", 300),
    "gateway-timeout": GraphRefusal(504, "UnknownError", "Gateway timeout."),
}
"""Every refusal the stand-in can play, by the name it is chosen with."""
