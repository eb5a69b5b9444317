"""The section ``microsoft365``, which the four Microsoft transports share."""

from console.settings import rules
from console.settings.choices import APP, EXCHANGE_SMTP, MICROSOFT, AppCredential, CloudName, TransportName
from console.settings.declaring import setting
from console.values import dataclass


@dataclass(frozen=True, slots=True)
class Microsoft365:
    """Section ``microsoft365``: shared by the four Microsoft transports, so that one can switch."""

    tenant: str = setting(
        "",
        "Tenant",
        "Directory (tenant) ID, or a domain verified in the tenant.",
        example="contoso.com",
        rule=rules.tenant,
        shown_for=MICROSOFT,
    )
    client_id: str = setting(
        "",
        "Client ID",
        "Application (client) ID of the app registration.",
        example="6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34",
        rule=rules.guid,
        shown_for=MICROSOFT,
    )
    mailbox: str = setting(
        "",
        "Mailbox",
        "The account that signs in, or the mailbox the app sends as; empty: the From address.",
        example="alerts@contoso.com",
        rule=rules.address,
        shown_for=MICROSOFT,
    )
    credential: AppCredential = setting(
        AppCredential.SECRET,
        "App proves itself by",
        "A client secret (expires), or a certificate (better).",
        rule=rules.choice(AppCredential),
        shown_for=APP,
    )
    client_secret: str = setting(
        "",
        "Client secret",
        "The secret's Value, not its ID. Kept in a file that only root can read.",
        rule=rules.secret,
        shown_for=APP,
        secret=True,
    )
    client_secret_expires: str = setting(
        "",
        "Secret expires",
        "No token tells it: copy the date from the portal, to be warned in time.",
        example="2028-05-31",
        rule=rules.date,
        shown_for=APP,
    )
    certificate_file: str = setting(
        "",
        "Certificate",
        "PEM pair or PFX file; empty: the pair that this console made.",
        example="/etc/mail-console/app.pfx",
        rule=rules.file_path,
        shown_for=APP,
        advanced=True,
    )
    certificate_pass_phrase: str = setting(
        "",
        "Pass phrase",
        "Of the certificate file's private key; empty for none.",
        rule=rules.secret,
        shown_for=APP,
        secret=True,
        advanced=True,
    )
    cloud: CloudName = setting(
        CloudName.GLOBAL,
        "Cloud",
        "Global (GCC too), GCC High, DoD, China (21Vianet), or your own.",
        rule=rules.choice(CloudName),
        shown_for=MICROSOFT,
        advanced=True,
    )
    scope: str = setting(
        "",
        "Scope",
        "Empty: the right one for transport and cloud.",
        example="https://outlook.office.com/SMTP.Send",
        rule=rules.scope,
        shown_for=MICROSOFT,
        advanced=True,
    )
    authority: str = setting(
        "",
        "Authority",
        "Address of the sign-in service; empty: the cloud's.",
        example="https://login.microsoftonline.com",
        rule=rules.https_url,
        shown_for=MICROSOFT,
        advanced=True,
    )
    oidc: bool = setting(
        False,
        "Plain OIDC issuer",
        "The authority is an OpenID Connect issuer, not Entra ID.",
        rule=rules.boolean,
        shown_for=MICROSOFT,
        advanced=True,
    )
    graph_root: str = setting(
        "",
        "Graph root",
        "Empty: the cloud's.",
        example="https://graph.microsoft.com",
        rule=rules.https_url,
        shown_for=frozenset({TransportName.GRAPH, TransportName.GRAPH_APP}),
        advanced=True,
    )
    smtp_host: str = setting(
        "",
        "SMTP host",
        "Empty: the cloud's.",
        example="smtp.office365.com",
        rule=rules.host,
        shown_for=EXCHANGE_SMTP,
        advanced=True,
    )
    smtp_port: int = setting(
        587,
        "SMTP port",
        "587 with STARTTLS is what Exchange Online wants.",
        rule=rules.port,
        shown_for=EXCHANGE_SMTP,
        advanced=True,
    )
    save_to_sent_items: bool = setting(
        True,
        "Keep in Sent Items",
        "Graph keeps a copy in the mailbox's Sent Items.",
        rule=rules.boolean,
        shown_for=frozenset({TransportName.GRAPH, TransportName.GRAPH_APP}),
        advanced=True,
    )
