"""The send log: every delivery with its whole transcript, as JSON Lines that ordinary tools read.

Appended by several processes at once, read from its end in time that does not depend on its length.
"""

from console.sendlog.files import Limits
from console.sendlog.log import Entry, Page, Position, Progress, SendLog, Summary

__all__ = ["Entry", "Limits", "Page", "Position", "Progress", "SendLog", "Summary"]
