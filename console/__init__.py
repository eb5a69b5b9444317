"""The engine of the mail set-up console: everything but the screens.

Nothing below this package imports ``textual`` or ``screens`` (the front door ``__main__`` alone opens the
screens, when they are asked for).
"""

__version__ = "0.1.0"
