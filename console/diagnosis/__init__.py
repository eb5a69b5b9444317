"""From what happened to cause, fix and who can fix it.

The knowledge is data (``catalogue/*.yaml``, one file a realm); here it is matched (`console.diagnosis.entry`
has the rules) and its words are filled with this appliance's values. Nothing is loaded until it is needed.
"""

from console.diagnosis.facts import with_settings
from console.diagnosis.finding import catalogue, diagnose
from console.diagnosis.reading import explain

__all__ = ["catalogue", "diagnose", "explain", "with_settings"]
