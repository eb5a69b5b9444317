"""Is everything as it must be? One verdict a check, side by side, each bounded in time.

`model` says what a check and its result are, `runner` runs them, `table` lists them; the other files hold the
checks themselves, by subject.
"""
