"""The app registration as a page: its IDs to copy, its secret, and where a certificate is uploaded."""

from html import escape

from console.errors import UsageError
from console.sandbox.client_assertion import Certificates
from console.sandbox.directory import CLIENT_ID, CLIENT_SECRET, DOMAIN, TENANT_ID
from console.sandbox.https_server import Reply, Request
from console.sandbox.page import STALE_FORM, error_line, is_from_our_form, page

_LONGEST = 32 * 1024


class AppPage:
    """``/app``."""

    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates

    def answer(self, request: Request) -> Reply | None:
        """Answer a request for the page; None when it is not for it."""
        match request.method, request.path:
            case "GET", "/app":
                return self._shown(request)
            case "POST", "/app/certificate":
                return self._uploaded(request)
        return None

    def _uploaded(self, request: Request) -> Reply:
        if not is_from_our_form(request):
            return self._shown(request, error=STALE_FORM, status=403)
        pem = request.form().get("certificate", "")[:_LONGEST].encode()
        try:
            thumbprint = self._certificates.upload(pem)
        except UsageError as error:
            return self._shown(request, error=str(error), status=400)
        return self._shown(request, said=f"Uploaded. Thumbprint: {thumbprint}")

    def _shown(self, request: Request, *, said: str = "", error: str = "", status: int = 200) -> Reply:
        rows = "".join(
            f"<p>{name}<br><code>{escape(value)}</code></p>"
            for name, value in (
                ("Application (client) ID", CLIENT_ID),
                ("Directory (tenant) ID", TENANT_ID),
                ("Primary domain", DOMAIN),
                ("Client secret, value", CLIENT_SECRET),
            )
        )
        body = (
            f"{error_line(error)}<p role='status'>{escape(said)}</p>{rows}"
            "<form method='post' action='/app/certificate'>{form}"
            "<label for='certificate'>Upload certificate (paste its PEM text)</label>"
            "<textarea id='certificate' name='certificate' rows='8' required></textarea>"
            "<button>Upload</button></form>"
        )
        return page(request, "App registration: mail console", body, status=status)
