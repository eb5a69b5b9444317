"""A running sandbox and a client that talks to its web site over real TLS."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from console.sandbox.box import Sandbox
from console.sandbox.directory import CLIENT_ID, CLIENT_SECRET, DOMAIN

SMTP_SCOPE = "https://outlook.office.com/SMTP.Send offline_access openid profile"
GRAPH_SCOPE = "https://graph.microsoft.com/Mail.Send offline_access openid profile"
MAIL = b"From: alerts@contoso.com\r\nTo: you@example.com\r\nSubject: Hello\r\n\r\nA line.\r\n"


class Client:
    """Asks the sandbox's web site, as any program would."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.base = box.addresses.authority
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(box.authority.ca_file)

    def post(self, endpoint: str, fields: Mapping[str, str], tenant: str = DOMAIN) -> requests.Response:
        """POST a form to ``/{tenant}/{endpoint}``."""
        return self.http.post(f"{self.base}/{tenant}/{endpoint}", data=fields, timeout=10)

    def code(self, scope: str = SMTP_SCOPE, **fields: str) -> requests.Response:
        """Ask for a code."""
        return self.post("oauth2/v2.0/devicecode", {"client_id": CLIENT_ID, "scope": scope, **fields})

    def token(self, grant: str, **fields: str) -> requests.Response:
        """Ask for tokens."""
        return self.post("oauth2/v2.0/token", {"client_id": CLIENT_ID, "grant_type": grant, **fields})

    def poll(self, device_code: str, **fields: str) -> requests.Response:
        """Poll for a code."""
        grant = "urn:ietf:params:oauth:grant-type:device_code"
        return self.token(grant, device_code=device_code, **fields)

    def refreshed(self, refresh_token: str, scope: str = SMTP_SCOPE, **fields: str) -> requests.Response:
        """Renew."""
        return self.token("refresh_token", refresh_token=refresh_token, scope=scope, **fields)

    def app(self, resource: str = "https://outlook.office365.com", **fields: str) -> requests.Response:
        """Ask for an app's token with the secret."""
        fields = {"client_secret": CLIENT_SECRET, "scope": f"{resource}/.default", **fields}
        return self.token("client_credentials", **fields)

    def signed_in(self, scope: str = SMTP_SCOPE, address: str = "alerts@contoso.com") -> dict[str, Any]:
        """Sign in as `address` and return the token answer."""
        code = self.code(scope).json()
        self.box.phone.approve(address)
        answer = self.poll(code["device_code"])
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def send(
        self, token: str, path: str = "me", mail: bytes = MAIL, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """Send a MIME message by Graph."""
        return self.http.post(
            f"{self.base}/v1.0/{path}/sendMail",
            data=base64.b64encode(mail),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "text/plain", **(headers or {})},
            timeout=30,
        )


@contextmanager
def client_of_sandbox(folder: Path, *faults: str, interval: int = 0) -> Iterator[Client]:
    """Start a sandbox whose codes may be polled at any pace, and yield a client of it."""
    with Sandbox.start(folder, faults, interval=interval) as box:
        client = Client(box)
        with client.http:
            yield client
        assert not box.https.crashes
