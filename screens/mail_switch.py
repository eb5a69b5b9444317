"""Mail on or off."""

from screens.choice_screen import ChoiceScreen, Option


class MailSwitchScreen(ChoiceScreen):
    """Switches outgoing mail on or off."""

    TITLE_TEXT = "Mail on or off"
    KEY = "mail.enabled"
    HELP = """
While mail is off this appliance sends none: no reports, no alerts, no test mail. Programs that try are told
so, and can tell it from a failure.

What is set up stays as it is.
"""
    COMMAND = "mail-console settings set mail.enabled=true"
    OPTIONS = (
        Option("true", "On", ("This appliance sends mail: reports, alerts, test mails.",)),
        Option("false", "Off", ("Nothing is sent. Programs that try are told that mail is off.",)),
    )
