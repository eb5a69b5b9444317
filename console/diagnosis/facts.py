"""What the words of cause and fix may name, taken from the settings where the failure did not say it."""

from collections.abc import Mapping

from console.settings.model import Settings, TransportName
from console.values import replace
from console.verdict import Failure


def with_settings(failure: Failure, settings: Settings) -> Failure:
    """Return `failure` with the facts that the settings know and the failure did not bring itself."""
    return replace(failure, facts={**settings_facts(settings), **failure.facts})


def settings_facts(settings: Settings) -> Mapping[str, str]:
    """Return the facts that the settings hold; without empty ones."""
    smtp, microsoft365 = settings.smtp, settings.microsoft365
    is_smtp = settings.mail.transport is TransportName.SMTP
    facts = {
        "sender": settings.mail.sender,
        "host": smtp.host if is_smtp else microsoft365.smtp_host,
        "port": str(smtp.port if is_smtp else microsoft365.smtp_port),
        "user": smtp.user if is_smtp else settings.mailbox,
        "mailbox": "" if is_smtp else settings.mailbox,
        "tenant": "" if is_smtp else microsoft365.tenant,
        "client_id": "" if is_smtp else microsoft365.client_id,
        "expires": "" if is_smtp else microsoft365.client_secret_expires,
        "transport": str(settings.mail.transport),
    }
    return {name: fact for name, fact in facts.items() if fact}
