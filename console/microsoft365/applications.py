"""MSAL applications as the settings want them: public for a sign-in with a code, confidential for an app."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.microsoft365.app_credentials import Proof, proof_of
from console.microsoft365.clouds import Endpoints
from console.microsoft365.http import https_client
from console.microsoft365.msal_client import Credential, MsalClient
from console.secret import Secret
from console.settings.model import Settings

if TYPE_CHECKING:
    from console.engine import Engine


def public_client(
    engine: "Engine", settings: Settings, endpoints: Endpoints, cache: Secret | None = None
) -> MsalClient:
    """Return the client for device code and refresh: without credential, or Entra ID refuses (AADSTS700025).

    Raises:
        WireError, SecretError: The proxy cannot be used as it is set.
    """
    return MsalClient(
        endpoints,
        settings.microsoft365.client_id,
        https_client(engine, settings),
        cache=cache,
        facts=_facts(settings, endpoints),
    )


def app_client(engine: "Engine", settings: Settings, endpoints: Endpoints) -> tuple[MsalClient, str]:
    """Return the client for the app itself, and the last day its credential holds or "".

    Raises:
        SignInError: The credential cannot work; nothing was asked of any server.
        WireError, SecretError, FileError: Something it needs cannot be read.
    """
    proof = proof_of(engine, settings)
    client = MsalClient(
        endpoints,
        settings.microsoft365.client_id,
        https_client(engine, settings),
        credential=_credential(proof),
        facts={**_facts(settings, endpoints), "expires": proof.expires},
    )
    if proof.secret:
        client.http.redactor.add(proof.secret)
    return client, proof.expires


def _credential(proof: Proof) -> Credential:
    if proof.certificate is None:
        return proof.secret
    return proof.certificate


def _facts(settings: Settings, endpoints: Endpoints) -> Mapping[str, str]:
    """Return what findings may name."""
    return {
        "tenant": settings.microsoft365.tenant,
        "client_id": settings.microsoft365.client_id,
        "mailbox": settings.mailbox,
        "sender": settings.mail.sender,
        "scope": " ".join(endpoints.scopes),
        "authority": endpoints.authority,
    }
