"""Tokens that never lapse: the current one for whoever sends, renewed in time, nothing lost on the way.

Order on disk: the cache with the (rotated) refresh token first, then our record with the access token, then
the token file for the appliance's software. One lock round load, renew and save: of twenty processes one asks
the service, the others take what it brought.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from console.deadline import Deadline
from console.errors import FileError
from console.files import locked
from console.microsoft365.cache import ASIDE, load_cache, lock_path, make_sure_of_room, save_cache
from console.microsoft365.cache import KEY as CACHE_KEY
from console.microsoft365.claims import Grant, read_grant
from console.microsoft365.clouds import Endpoints, resolve
from console.microsoft365.fit import Fit, check_fit
from console.microsoft365.record import KEYS as RECORD_KEYS
from console.microsoft365.record import LEAST_LIFE, Record, kind_of, read_record, record_of, write_record
from console.microsoft365.status import SignInStatus, invalidated_by, sign_in_status
from console.microsoft365.token_file import remove_token_file, write_token_file
from console.secret import Secret
from console.settings.model import APP, Settings, TransportName
from console.transcript import Stage
from console.values import dataclass
from console.verdict import Failure, SignInError

if TYPE_CHECKING:
    from console.engine import Engine
    from console.microsoft365.msal_client import MsalClient

_LAST_RESORT: Final = 30.0
"""Seconds a token must still live to be used when renewing it failed for now."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """What renewing brought.

    Attributes:
        record: The sign-in as it stands now.
        was_renewed: False when another process had just done it.
        token_file_problem: Why the token file could not be written, or None.
    """

    record: Record
    was_renewed: bool
    token_file_problem: FileError | None = None


class TokenSource:
    """Gives the access token for the settings' transport; renews it when it is about to end.

    Args:
        engine: Where tokens lie.
        settings: What is sent, and as whom.
    """

    def __init__(self, engine: "Engine", settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._given: Secret | None = None

    def __call__(self, force: bool = False, deadline: Deadline | None = None) -> Secret:
        """Return a token.

        Args:
            force: The server refused the token given last: do not give that one again.
            deadline: For renewing it; None: the settings' total timeout.

        Raises:
            SignInError: There is no sign-in, it does not fit, or it cannot be renewed.
            FileError: The renewed refresh token cannot be stored.
            DeadlineError, CancelledError: The time is used up, or it was stopped.
        """
        endpoints = resolve(self._settings)
        record = read_record(self._engine.secrets, kind_of(self._settings))
        if not force and record is not None and _serves(record, endpoints, self._settings) and record.lives():
            check_account(record, self._settings)
        else:
            record = self._renewed(record, endpoints, deadline or self._deadline(), force=force)
        self._given = record.token
        return record.token

    def _renewed(
        self, record: Record | None, endpoints: Endpoints, deadline: Deadline, *, force: bool
    ) -> Record:
        rejected = (self._given or (record.token if record else None)) if force else None
        try:
            return renew(self._engine, self._settings, deadline, rejected=rejected, only_if_due=True).record
        except (SignInError, FileError) as error:
            is_for_now = isinstance(error, FileError) or error.is_for_now
            if force or not is_for_now or record is None or not record.lives(_LAST_RESORT):
                raise
            if not _serves(record, endpoints, self._settings):
                raise
            return record

    def _deadline(self) -> Deadline:
        return Deadline(float(self._settings.network.total_timeout))


def token_source(engine: "Engine", settings: Settings) -> TokenSource:
    """Return what gives the access token: call it with True after the server refused the last one."""
    return TokenSource(engine, settings)


def renew(
    engine: "Engine",
    settings: Settings,
    deadline: Deadline,
    *,
    rejected: Secret | None = None,
    only_if_due: bool = False,
    least_life: float = LEAST_LIFE,
) -> Renewal:
    """Renew the access token and store everything that came with it.

    Args:
        engine: Where tokens lie.
        settings: What for.
        deadline: For the lock and the service together.
        rejected: A token the server refused: any other one on disk will do.
        only_if_due: Leave a token alone that still lives (another process has just renewed it).
        least_life: Seconds a token must still live to be left alone.

    Raises:
        SignInError: There is no sign-in, or the service refused or could not be reached.
        FileError: What came could not be stored; the older sign-in is still there.
        DeadlineError, CancelledError: The time is used up, or it was stopped.
    """
    endpoints = resolve(settings)
    with locked(lock_path(engine), deadline):
        record = read_record(engine.secrets, kind_of(settings))
        is_ours = only_if_due and record is not None and _serves(record, endpoints, settings)
        if is_ours and record is not None and record.lives(least_life) and record.token != rejected:
            check_account(record, settings)
            problem = publish(engine, settings, endpoints, record)
            return Renewal(record, was_renewed=False, token_file_problem=problem)
        fresh = _ask(engine, settings, endpoints, record, deadline)
        write_record(engine.secrets, fresh)
        problem = publish(engine, settings, endpoints, fresh)
        return Renewal(fresh, was_renewed=True, token_file_problem=problem)


def publish(engine: "Engine", settings: Settings, endpoints: Endpoints, record: Record) -> FileError | None:
    """Write the token file; return what went wrong: mail goes out without it."""
    try:
        write_token_file(engine, settings, endpoints, record)
    except FileError as error:
        return error
    return None


def switch_transport(
    engine: "Engine", settings: Settings, transport: TransportName, deadline: Deadline
) -> Renewal:
    """Change the transport and keep the sign-in, where the grant allows it; everything else stays.

    A refresh token of Entra ID is not tied to a resource (entra-docs, refresh-tokens): it is redeemed for the
    new transport's scope first, and only when that succeeds is anything changed.

    Raises:
        SignInError: The grant does not allow it: sign in again, or let the administrator consent.
        FileError, SettingsError: It could not be stored.
        DeadlineError, CancelledError: The time is used up, or it was stopped.
    """
    wanted = settings.with_values({"mail.transport": transport, "microsoft365.scope": ""})
    renewal = renew(engine, wanted, deadline)
    engine.settings.change({"mail.transport": str(transport), "microsoft365.scope": ""})
    return renewal


def sign_out(engine: "Engine") -> None:
    """Forget everything about the sign-in on disk: token cache, access token, token file.

    The app's secret or key stays: it is a setting, not a sign-in.

    Raises:
        FileError: Something could not be removed.
        DeadlineError: Another process held the lock all the while.
    """
    with locked(lock_path(engine), Deadline(30.0)):
        for key in (CACHE_KEY, ASIDE, *RECORD_KEYS.values()):
            engine.secrets.remove(key)
        remove_token_file(engine)


def check_account(record: Record, settings: Settings) -> None:
    """Make sure that the sign-in is the mailbox's.

    Raises:
        SignInError: Another account signed in than the settings name now (kind ``oauth.wrong-account``).
    """
    mailbox = settings.mailbox.casefold()
    if record.kind == "app" or not mailbox or not record.names or mailbox in record.names:
        return
    text = f"{record.account} is signed in, but the mailbox is {settings.mailbox}."
    facts = {"account": record.account, "mailbox": settings.mailbox, "sender": settings.mail.sender}
    raise SignInError(Failure(Stage.SIGN_IN, "oauth.wrong-account", text, facts=facts), text)


def fit_of(record: Record, settings: Settings) -> Fit:
    """Return whether the stored sign-in suits the settings, as far as its token told."""
    grant = Grant(
        account=record.account,
        names=record.names,
        tenant=record.tenant,
        client_id=record.client_id,
        audience=record.audience,
        scopes=record.scopes,
        roles=record.roles,
        is_readable=bool(record.audience),
    )
    return check_fit(settings, resolve(settings), grant)


def not_signed_in(settings: Settings, text: str) -> SignInError:
    """Return the error that says that one must sign in first."""
    facts = {"mailbox": settings.mailbox, "tenant": settings.microsoft365.tenant}
    return SignInError(Failure(Stage.SIGN_IN, "oauth.not-signed-in", text, facts=facts), text)


def _serves(record: Record, endpoints: Endpoints, settings: Settings) -> bool:
    """Whether the record's token is for this authority, app and scope."""
    is_same_scope = record.scope == " ".join(endpoints.scopes)
    return is_same_scope and record.is_for(endpoints, settings.microsoft365.client_id)


def _ask(
    engine: "Engine", settings: Settings, endpoints: Endpoints, record: Record | None, deadline: Deadline
) -> Record:
    """Return a new record from the service; a delegated sign-in's cache is on disk already."""
    from console.microsoft365.app_credentials import acquire_for_app
    from console.microsoft365.applications import app_client, public_client

    client_id = settings.microsoft365.client_id
    if settings.mail.transport in APP:
        client, expires = app_client(engine, settings, endpoints)
        answer = acquire_for_app(client, endpoints, deadline)
        grant = read_grant(answer, endpoints.scopes, is_app=True)
        return record_of(
            answer,
            grant,
            endpoints,
            client_id,
            kind="app",
            credential_expires=expires,
            credential=str(settings.microsoft365.credential),
            earlier=record,
        )
    cache = _cache_to_redeem(engine, settings, endpoints, record)
    client = public_client(engine, settings, endpoints, cache)
    redeemed = _redeem(client, settings, endpoints, record, deadline)
    save_cache(engine, client.cache_text())
    grant = read_grant(redeemed, endpoints.scopes, is_app=False)
    return record_of(redeemed, grant, endpoints, client_id, kind="delegated", earlier=record)


def _cache_to_redeem(
    engine: "Engine", settings: Settings, endpoints: Endpoints, record: Record | None
) -> Secret:
    cache = load_cache(engine)
    if cache is None:
        raise not_signed_in(settings, "Nobody has signed in yet.")
    if record is not None:
        if not record.is_for(endpoints, settings.microsoft365.client_id):
            raise not_signed_in(settings, "The sign-in is for another tenant, app or cloud.")
        check_account(record, settings)
    make_sure_of_room(engine, cache)
    return cache


def _redeem(
    client: "MsalClient",
    settings: Settings,
    endpoints: Endpoints,
    earlier: Record | None,
    deadline: Deadline,
) -> Mapping[str, Any]:
    """Redeem the refresh token; MSAL puts the new one into the cache in its place."""
    scopes = list(endpoints.scopes)
    name = earlier.account.casefold() if earlier else ""

    def act(app: Any) -> Any:
        accounts = app.get_accounts()
        account = next((one for one in accounts if one["username"].casefold() == name), None)
        if account is None and accounts:
            account = accounts[0]
        if account is None:
            return _redeem_without_account(app, scopes)
        return app.acquire_token_silent_with_error(scopes, account, force_refresh=True)

    answer = client.call(deadline, act)
    if answer is None:
        raise not_signed_in(settings, "There is no refresh token for this tenant and app.")
    return client.checked(answer)


def _redeem_without_account(app: Any, scopes: list[str]) -> Any:
    """Redeem for a service that gives no ID token: MSAL makes no account of such a sign-in."""
    cache = app.token_cache
    query = {"client_id": app.client_id, "environment": app.authority.instance}
    found = list(cache.search(cache.CredentialType.REFRESH_TOKEN, query=query))
    if not found:
        return None
    return app.acquire_token_by_refresh_token(found[0]["secret"], scopes)


__all__ = [
    "Renewal",
    "SignInStatus",
    "TokenSource",
    "check_account",
    "fit_of",
    "invalidated_by",
    "publish",
    "renew",
    "sign_in_status",
    "sign_out",
    "switch_transport",
    "token_source",
]
