"""What the chosen transport cannot do without, by settings key: status, checks and forms name the same."""

from console.settings.model import APP, AppCredential, Settings, TransportName


def needed_keys(settings: Settings) -> tuple[str, ...]:
    """Return the keys of what must be filled in before a mail can go out, secrets among them.

    An app's certificate has no key of its own: it is a file, or the pair that the console made.
    """
    if settings.mail.transport is TransportName.SMTP:
        password = ("smtp.password",) if settings.smtp.signs_in else ()
        return ("mail.sender", "smtp.host", *password)
    tenant = () if settings.microsoft365.authority else ("microsoft365.tenant",)  # an authority may name it
    secret = ("microsoft365.client_secret",) if uses_client_secret(settings) else ()
    return ("mail.sender", *tenant, "microsoft365.client_id", *secret)


def uses_client_secret(settings: Settings) -> bool:
    """Whether an app signs in, and proves itself by a secret."""
    is_secret = settings.microsoft365.credential is AppCredential.SECRET
    return settings.mail.transport in APP and is_secret
