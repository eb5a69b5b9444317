"""Microsoft's sign-in library kept on a short lead.

MSAL speaks the protocol and keeps the token cache; time, network, errors and logs are ours. Each trap is
noted where it is avoided; tests/console/microsoft365/test_msal_canary.py pins what is leaned on.
"""

import logging
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlencode

from console.deadline import Deadline
from console.errors import ConsoleError
from console.microsoft365.certificates import Certificate
from console.microsoft365.clouds import Endpoints
from console.microsoft365.faults import RefusedError, read_json, refused, wire_fault
from console.microsoft365.http import Answer, HttpsClient, Request
from console.microsoft365.wire import WireError
from console.secret import Redactor, Secret
from console.text import one_line
from console.transcript import Stage
from console.verdict import Failure, SignInError

if TYPE_CHECKING:
    import msal

_SECRET_FIELDS: Final = frozenset(
    {"refresh_token", "device_code", "code", "client_secret", "client_assertion", "assertion"}
)
_REDIRECT_LIMIT: Final = 3
UNUSABLE: Final = "unusable_answer"
"""Stands for the OAuth2 error where the service answered well-formed nonsense."""


class Response:
    """What MSAL reads of an answer (msal.oauth2cli.http.Response)."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.text = answer.text
        # Without Retry-After: MSAL would answer later polls from its own cache; we honour it ourselves.
        self.headers = {name: value for name, value in answer.fields.items() if name != "retry-after"}

    def raise_for_status(self) -> None:
        """Never has to: `MsalHttp` raises for whatever is no OAuth2 answer."""


class MsalHttp:
    """The ``http_client`` handed to MSAL; its errors are ours and pass through MSAL untouched.

    Attributes:
        deadline: For the requests to come; set anew before each attempt.
        redactor: Knows every secret that was sent.
        retry_after: What the last answer asked for, in seconds, or None.
        clock_offset: Seconds the server's clock was ahead of ours at the last answer, or None.
        status: HTTP status of the last answer, or None while none came.
    """

    def __init__(self, client: HttpsClient, endpoints: Endpoints) -> None:
        self.deadline = Deadline(60.0)
        self.redactor = Redactor()
        self.retry_after: float | None = None
        self.clock_offset: float | None = None
        self.status: int | None = None
        self._client = client
        self._is_known = endpoints.is_microsoft

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: object,
    ) -> Response:
        """Make a GET request (discovery); an error answer is raised, redirects on the same host followed."""
        answer = self._exchange(Request("GET", _with_query(url, params), _printable_fields(headers)))
        for _ in range(_REDIRECT_LIMIT):
            moved = _moved(url, answer)
            if not moved:
                break
            answer = self._exchange(Request("GET", moved, _printable_fields(headers)))
        fields = read_json(answer, url, self.redactor)
        if answer.status != 200:
            raise refused(fields, self.redactor, status=answer.status, clock_offset=answer.clock_offset)
        return Response(answer)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: object,
    ) -> Response:
        """Make a POST request (device code, token); OAuth2 error answers go to MSAL like good ones."""
        form = data if isinstance(data, Mapping) else {}
        for name in _SECRET_FIELDS & form.keys():
            self.redactor.add(Secret(_as_text(form[name])))
        body = urlencode(data) if isinstance(data, Mapping) else data or ""
        fields = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        request = Request(
            "POST", _with_query(url, params), {**fields, **_printable_fields(headers)}, body.encode()
        )
        answer = self._exchange(request)
        read_json(answer, url, self.redactor)
        return Response(answer)

    def close(self) -> None:
        """Nothing is kept open."""

    def _exchange(self, request: Request) -> Answer:
        self.retry_after = self.status = None
        try:
            answer = self._client.exchange(request, self.deadline)
        except WireError as error:
            raise wire_fault(error, self._client, request.url, self.deadline, known=self._is_known) from error
        self.retry_after, self.clock_offset = answer.retry_after, answer.clock_offset
        self.status = answer.status
        return answer


class MsalClient:
    """One MSAL application with its own network, cache and limits.

    Args:
        endpoints: Where and what for.
        client_id: The app's ID.
        client: How this appliance reaches web services.
        cache: JSON text of an earlier `cache_text`, or None.
        credential: What a confidential app proves itself with; None for a public one.
        facts: What findings may name.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        client_id: str,
        client: HttpsClient,
        *,
        cache: Secret | None = None,
        credential: "Credential" = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        self.http = MsalHttp(client, endpoints)
        self._endpoints = endpoints
        self._client_id = client_id
        self._credential = credential
        self._facts = dict(facts or {})
        self._cache_text = cache
        self._http_cache: dict[str, object] = {}
        self._app: Any = None
        self._cache: Any = None

    def call(self, deadline: Deadline, act: "Callable[[msal.ClientApplication], Any]") -> Any:
        """Let MSAL act, with a deadline, and return what it returns.

        Raises:
            SignInError: Whatever went wrong on the way.
            DeadlineError, CancelledError: The time is used up, or it was stopped.
        """
        self.http.deadline = deadline
        # A 400 would be answered from this cache for 60 s: a fix in the portal would seem to do nothing.
        self._http_cache.clear()
        try:
            answer = act(self._application())
        except ConsoleError as error:
            # Without MSAL's frames, which hold what was sent in clear.
            error.__cause__ = error.__context__ = None
            raise error.with_traceback(None) from None
        except Exception as error:  # noqa: BLE001 - the boundary to MSAL: it raises what its imports raise
            self._raise_unexpected(error)
        return QuietAnswer(answer) if isinstance(answer, dict) else answer

    def checked(self, answer: object) -> dict[str, Any]:
        """Return MSAL's answer when it is a token answer.

        Raises:
            RefusedError: It is an OAuth2 error, or nothing at all.
        """
        fields = answer if isinstance(answer, dict) else {}
        if isinstance(fields.get("access_token"), str) and fields["access_token"]:
            return fields
        raise self.refusal(fields)

    def refusal(self, fields: Mapping[str, object]) -> SignInError:
        """Return the error for an OAuth2 error answer."""
        return refused(
            fields,
            self.http.redactor,
            facts=self._facts,
            status=self.http.status,
            clock_offset=self.http.clock_offset,
        )

    def cache_text(self) -> Secret:
        """Return the token cache as JSON text: it holds every token in clear."""
        if self._cache is None:
            return self._cache_text or Secret("{}")
        return Secret(self._cache.serialize())

    def _application(self) -> "msal.ClientApplication":
        if self._app is None:
            self._app = self._build()
        return self._app

    def _build(self) -> "msal.ClientApplication":
        import msal

        own_msal()
        self._cache = msal.SerializableTokenCache()
        self._cache.deserialize(self._cache_text.reveal() if self._cache_text else "")
        options: dict[str, Any] = {
            "token_cache": self._cache,
            "http_client": self.http,
            "http_cache": self._http_cache,
            # Also silences the silent call's own request to login.microsoftonline.com/common.
            "instance_discovery": False,
        }
        authority = self._endpoints.authority
        if self._endpoints.is_oidc:
            # MSAL wants a path; "/." is none to a server (RFC 3986 §5.2.4).
            has_path = "/" in authority.partition("://")[2]
            options["oidc_authority"] = authority if has_path else f"{authority}/."
        else:
            options["authority"] = authority
        if self._credential is None:
            return msal.PublicClientApplication(self._client_id, **options)
        # azure_region False: else MSAL_FORCE_REGION in the environment would change the endpoint.
        return msal.ConfidentialClientApplication(
            self._client_id, client_credential=_plain(self._credential), azure_region=False, **options
        )

    def _raise_unexpected(self, error: Exception) -> NoReturn:
        said = self.http.redactor.redact(one_line(f"{type(error).__name__}: {error}", 300))
        text = f"The sign-in service's answer cannot be used ({said})"
        facts = {**self._facts, "error": UNUSABLE, "host": self._endpoints.authority}
        # Without the cause: its frames hold tokens and secrets in clear.
        raise RefusedError(Failure(Stage.SIGN_IN, "oauth.error", text, facts=facts), UNUSABLE) from None


Credential = Secret | Certificate | None


def own_msal() -> None:
    """Silence MSAL's loggers and warnings: they would tear the screen, and one logs answers in clear."""
    logger = logging.getLogger("msal")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module=r"msal(\.|\Z)")


def _plain(credential: Secret | Certificate) -> str | dict[str, str]:
    """Return the credential in the form MSAL takes (``client_credential``)."""
    if isinstance(credential, Secret):
        return credential.reveal()
    return {"private_key": credential.private_key.reveal(), "public_certificate": credential.public_pem}


class QuietAnswer(dict[str, Any]):
    """An answer of the service that does not show itself: a traceback may show local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<answer: {', '.join(sorted(self))}>"


def _with_query(url: str, params: Mapping[str, str] | None) -> str:
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def _printable_fields(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return header fields without what HTTP forbids: the error codes MSAL reports come from the server."""
    return {name: one_line(str(value), 1000) for name, value in (headers or {}).items() if value}


def _as_text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _moved(url: str, answer: Answer) -> str:
    """Return where a discovery document moved to, when it stays on the same host; else ""."""
    from urllib.parse import urljoin, urlsplit

    if answer.status not in (301, 302, 307, 308):
        return ""
    target = urljoin(url, answer.fields.get("location", ""))
    return target if urlsplit(target)[:2] == urlsplit(url)[:2] and target != url else ""
