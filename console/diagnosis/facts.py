"""What the words of cause and fix may name, taken from the settings where the failure did not say it."""

import re
from collections.abc import Mapping

from console.annotations import Final
from console.settings.model import EXCHANGE_SMTP, MICROSOFT, CloudName, Settings, TransportName
from console.transcript import Stage
from console.values import replace
from console.verdict import Failure

PORTALS: Final = {
    CloudName.GCC_HIGH: "entra.microsoft.us",
    CloudName.DOD: "entra.microsoft.us",
    CloudName.CHINA: "entra.microsoftonline.cn",
}
"""Where apps are registered in the national clouds; elsewhere the words of the fixes have the usual one."""

_WEB_STAGES: Final = (Stage.SIGN_IN, Stage.GRAPH)
_WEB_KINDS: Final = ("oauth.", "app.", "graph.")


def with_settings(failure: Failure, settings: Settings) -> Failure:
    """Return `failure` with the facts that the settings know and the failure did not bring itself.

    Host and port belong together, and those of the settings are the mail server's: they do not stand in where
    the failure names a host of its own, or happened on the way to the sign-in service or to Graph.
    """
    known = dict(settings_facts(settings))
    if "host" in failure.facts or failure.stage in _WEB_STAGES or failure.kind.startswith(_WEB_KINDS):
        known.pop("host", None)
        known.pop("port", None)
    return replace(failure, facts={**known, **failure.facts})


def with_folder(failure: Failure) -> Failure:
    """Return `failure` with the folder that its text names, when it is about a file of this appliance."""
    if not failure.kind.startswith("local.") or "folder" in failure.facts:
        return failure
    named = re.search(r"(?<!\S)/[^\s:]{1,300}(?=[\s:.]|$)", failure.text)
    if named is None:
        return failure
    path = named[0].rstrip(".")
    folder, _, name = path.rpartition("/")
    return replace(failure, facts={**failure.facts, "folder": folder if "." in name else path})


def settings_facts(settings: Settings) -> Mapping[str, str]:
    """Return the facts that the settings hold; without empty ones."""
    smtp, microsoft365 = settings.smtp, settings.microsoft365
    is_smtp = settings.mail.transport is TransportName.SMTP
    is_graph = settings.mail.transport in MICROSOFT - EXCHANGE_SMTP
    facts = {
        "sender": settings.mail.sender,
        "host": "" if is_graph else smtp.host if is_smtp else microsoft365.smtp_host,
        "port": "" if is_graph else str(smtp.port if is_smtp else microsoft365.smtp_port),
        "user": smtp.user if is_smtp else settings.mailbox,
        "mailbox": "" if is_smtp else settings.mailbox,
        "tenant": "" if is_smtp else microsoft365.tenant,
        "client_id": "" if is_smtp else microsoft365.client_id,
        "portal": "" if is_smtp else PORTALS.get(microsoft365.cloud, ""),
        "transport": str(settings.mail.transport),
    }
    return {name: fact for name, fact in facts.items() if fact}
