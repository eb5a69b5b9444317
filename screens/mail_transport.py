"""Mail transport: how mail leaves this appliance, and what each way needs."""

from console.settings import TransportName
from screens.choice_screen import ChoiceScreen, Option


class MailTransportScreen(ChoiceScreen):
    """Chooses one of the five transports."""

    TITLE_TEXT = "Mail transport"
    KEY = "mail.transport"
    NEXT = "Next: menu item 3."
    HELP = """
How mail leaves this appliance. What one transport needs is kept when you choose another, so you can try
and come back.

Microsoft 365 has four ways. With a code: a person signs in once on a phone as the mailbox that sends; nobody
has to give the app rights over other mailboxes. As an app: nobody signs in, but an administrator registers
the app, gives it a secret or certificate, and should limit it to one mailbox. SMTP needs SMTP AUTH allowed
for the mailbox; Graph works where it is not.
"""
    DEFAULT_CSS = "MailTransportScreen ChoiceList { margin-top: 0; }"
    COMMAND = "mail-console settings set mail.transport=smtp"
    OPTIONS = (
        Option(
            TransportName.SMTP,
            TransportName.SMTP.label,
            (
                "For your own mail server, a provider, or a relay in the house.",
                "Needs: its name, mostly a user name and password.",
            ),
        ),
        Option(
            TransportName.MICROSOFT365,
            TransportName.MICROSOFT365.label,
            (
                "For one mailbox in Microsoft 365 that a person can sign in to.",
                "Needs: SMTP AUTH on for the mailbox, an app, one sign-in by phone.",
            ),
        ),
        Option(
            TransportName.OFFICE365_APP,
            TransportName.OFFICE365_APP.label,
            (
                "For Microsoft 365 by SMTP, without anybody signing in.",
                "Needs: an app with SMTP.SendAsApp, its secret or certificate.",
            ),
        ),
        Option(
            TransportName.GRAPH_APP,
            TransportName.GRAPH_APP.label,
            (
                "For Microsoft 365 where SMTP is closed, without anybody signing in.",
                "Needs: an app with Mail.Send, its secret or certificate.",
            ),
        ),
        Option(
            TransportName.GRAPH,
            TransportName.GRAPH.label,
            (
                "For one mailbox where SMTP AUTH is off; least rights of all.",
                "Needs: an app with Mail.Send (delegated), one sign-in by phone.",
            ),
        ),
    )
