"""The send log: every delivery with its whole transcript, as JSON Lines that ordinary tools read.

Appended by several processes at once, read from its end in time that does not depend on its length.
"""
