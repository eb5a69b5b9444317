"""Telling somebody outside mail: when mail itself cannot go out, no mail can say so.

The system log is where monitoring and people look; the menu, ``status`` and the login message read the same
state from disk.
"""

import syslog

from console.text import one_line


def raise_alarm(text: str) -> None:
    """Write one line to the system log, facility mail, level error; `text` is made one printable line."""
    syslog.openlog("mail-console", syslog.LOG_PID, syslog.LOG_MAIL)
    syslog.syslog(syslog.LOG_ERR, one_line(text, 800))
    syslog.closelog()
