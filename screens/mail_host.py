"""Mail host and sender: the form of the chosen transport."""

from collections.abc import Iterable
from typing import Final

from console.errors import ConsoleError
from console.settings import Field, Settings, form_fields
from console.settings.model import AppCredential, Encryption
from console.status import KEY_PAIR, missing
from screens.applying import Applied
from screens.form import FormScreen
from screens.theme import Tone
from screens.widgets.field_row import FieldRow
from screens.widgets.one_of import OneOf
from screens.widgets.text_input import TextInput

PORTS: Final = {Encryption.STARTTLS: "587", Encryption.TLS: "465", Encryption.NONE: "25"}
"""The usual port for each encryption (RFC 8314 §3, RFC 6409, RFC 5321)."""

CREDENTIAL: Final = "microsoft365.credential"
ONLY_WITH: Final = {
    "microsoft365.client_secret": AppCredential.SECRET,
    "microsoft365.client_secret_expires": AppCredential.SECRET,
    "microsoft365.certificate_file": AppCredential.CERTIFICATE,
    "microsoft365.certificate_pass_phrase": AppCredential.CERTIFICATE,
}
"""Fields that one of the two app credentials needs, and the other does not."""


class MailHostScreen(FormScreen):
    """The form of the chosen transport."""

    TITLE_TEXT = "Mail host and sender"
    HELP = """
What the chosen transport needs: the From address, the server, and what proves who sends. Another transport
has another form: choose it in Mail transport.

Every field is checked while you type. Go (F2) saves all at once; nothing is sent by it. Passwords and client
secrets are kept in files of their own that only root can read; they are never shown again. F8 forgets a
stored one.

Fields that the maker locked are shown with the reason.
"""
    COMMAND = "mail-console settings show\nmail-console settings set smtp.host=mail.example.com smtp.port=587"

    def form_fields(self, settings: Settings) -> Iterable[Field]:
        """Return the fields of the chosen transport."""
        return form_fields(settings.mail.transport)

    def is_hidden(self, key: str) -> bool:
        """Whether a field makes no sense: seldom needed, or of the other app credential."""
        if not self._follows_credential(key):
            return super().is_hidden(key)
        return self.typed_of(CREDENTIAL) != ONLY_WITH[key]

    def is_seldom(self, key: str) -> bool:
        """Whether a field stands below the toggle; what an app credential needs stands below its choice."""
        return super().is_seldom(key) and not self._follows_credential(key)

    def _follows_credential(self, key: str) -> bool:
        return key in ONLY_WITH and CREDENTIAL in self.rows

    def follow(self, row: FieldRow) -> None:
        """Suggest the usual port for an encryption; show the fields of the app credential chosen."""
        if row is self.rows.get("smtp.encryption"):
            self._suggest_port()
        elif row is self.rows.get(CREDENTIAL):
            self.hide_rows()

    def _suggest_port(self) -> None:
        encryption, port = self.rows["smtp.encryption"], self.rows["smtp.port"]
        if not (isinstance(encryption, OneOf) and isinstance(port, TextInput)) or port.locked:
            return
        usual = PORTS[Encryption(encryption.value)]
        if port.value in PORTS.values() and port.value != usual:
            port.value = usual
            self.tell(f"Port {usual} goes with it: changed. {encryption.hint}", Tone.TEXT)

    def saved_words(self, event: Applied) -> str:
        """Return what was saved, and what is still missing."""
        try:
            gaps = missing(self.console.engine, event.settings)
        except ConsoleError as error:
            return f"{super().saved_words(event)} {error}"
        more = f" Still missing: {', '.join(gaps)}." if gaps else ""
        if KEY_PAIR in gaps:
            more += " Menu item 4 makes it."
        return super().saved_words(event) + more
