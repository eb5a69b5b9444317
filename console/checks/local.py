"""Checks of what lies on the appliance: settings, secrets, token directory, components, timer, disk, log."""

import os
from datetime import UTC, datetime
from typing import Final

from console.checks.model import Subject, Verdict, failed, not_applicable, ok, warning
from console.deadline import Deadline
from console.grade import Grade
from console.install import renewal, token_directory
from console.install.model import Need, components
from console.install.presence import State, look
from console.settings.model import FIELDS, MICROSOFT
from console.settings.needs import needed_keys
from console.text import one_line
from console.verdict import Result

_LEAST_FREE: Final = 50 << 20
_OLD_TEST_DAYS: Final = 90


def settings_file(subject: Subject, _deadline: Deadline) -> Verdict:
    """The settings file can be read, every key and value of it."""
    path = subject.engine.paths.settings
    settings = subject.settings  # raises with every problem
    needed = [key for key in needed_keys(settings) if not FIELDS[key].secret]
    missing = [FIELDS[key].title for key in needed if settings.value(key) == ""]
    if missing:
        return failed(f"Not filled in: {', '.join(missing)}.", "Menu item 3, Mail host and sender.")
    return ok(str(path) if path.exists() else "No file yet: the appliance's defaults hold.")


def mail_on(subject: Subject, _deadline: Deadline) -> Verdict:
    """Outgoing mail is switched on."""
    if subject.settings.mail.enabled:
        return ok("on")
    return failed("Outgoing mail is off.", "Menu item 1, or: mail-console settings set mail.enabled=true")


def secrets(subject: Subject, _deadline: Deadline) -> Verdict:
    """Secrets that the settings need are there, readable by their owner alone."""
    engine, store = subject.engine, subject.engine.secrets
    needed = [key for key in needed_keys(subject.settings) if FIELDS[key].secret]
    missing = [FIELDS[key].title for key in needed if not store.has(key)]
    if missing:
        return failed(f"Missing: {', '.join(missing)}.", "Menu item 3, Mail host and sender.")
    for key in needed:
        store.get(key)  # raises with the reason where it cannot be read
    from console.install import secret_rights

    folder = engine.paths.secrets
    repairs = secret_rights.plan(folder)
    if repairs:
        fix = "; ".join(one.command.text for one in repairs[:3]) + ("; …" if len(repairs) > 3 else "")
        places = ", ".join(dict.fromkeys(one.command.argv[-1] for one in repairs[:3]))
        return failed(f"Not for their owner alone: {places}.", fix, "fix-secret-modes")
    if odd := secret_rights.strangers(folder):
        shown = ", ".join(one_line(name, 60) for name in odd[:3])
        return warning(f"No plain files: {shown}.", f"Look at {folder}; nothing of the console's is a link.")
    return ok("readable by their owner alone" if folder.exists() else "none needed")


def token_folder(subject: Subject, deadline: Deadline) -> Verdict:
    """The token directory is as the profile wants it, and its reader can read."""
    if subject.has_settings and subject.settings.mail.transport not in MICROSOFT:
        return not_applicable("This transport needs no token.")
    engine = subject.engine
    want = token_directory.wanted(engine.profile.token_directory, engine.paths.tokens)
    aspects = token_directory.inspect(want, deadline)
    bad = [one for one in aspects if one.grade is Grade.FAILED]
    odd = [one for one in aspects if one.grade is Grade.WARNING]
    if bad:
        offer = "fix-token-directory" if any(one.is_fixable for one in bad) else ""
        fix = bad[0].note or "mail-console tokens fix, or menu item Components and tokens"
        return failed("; ".join(f"{one.title}: {one.found}, wanted {one.wanted}" for one in bad), fix, offer)
    if odd:
        return warning("; ".join(f"{one.title}: {one.found}" for one in odd), odd[0].note)
    return ok(str(want.path))


def installed_components(subject: Subject, deadline: Deadline) -> Verdict:
    """Every component that is needed is there in a version that will do."""
    lacking = []
    for component in components(subject.engine.profile):
        if component.renewal:
            continue  # has a check of its own
        presence = look(component, deadline)
        if not presence.is_found and (component.need is Need.REQUIRED or presence.state is State.OUTDATED):
            lacking.append(f"{component.title} ({presence.state.value})")
    if lacking:
        return failed(", ".join(lacking), "mail-console components install NAME, or the menu", "components")
    return ok("all that are needed")


def renewal_timer(subject: Subject, deadline: Deadline) -> Verdict:
    """The timer that renews the token is on and ran."""
    if subject.has_settings and subject.settings.mail.transport not in MICROSOFT:
        return not_applicable("This transport needs no token.")
    if missing := renewal.lacking():
        fix = "mail-console components install token-timer"
        return warning(f"Nothing renews the token by itself. Lacking: {missing}.", fix, "enable-timer")
    if not renewal.has_systemd():
        return _cron(subject)
    state = renewal.timer_state(deadline)
    if not state.is_active:
        return failed("The timer is enabled but not running.", f"systemctl start {renewal.UNIT}.timer")
    if state.has_failed:
        return failed("Its last run failed.", f"journalctl -u {renewal.UNIT} -n 20")
    return ok(f"last run {state.last_run}" if state.last_run else "no run yet")


def _cron(subject: Subject) -> Verdict:
    """The cron daemon runs; when it last renewed, the sign-in tells."""
    if not renewal.cron_runs():
        return warning("The cron line is there, but no cron daemon runs.", "Start it: service cron start")
    from console.microsoft365.status import sign_in_status

    last = sign_in_status(subject.engine, subject.settings).renewed_at if subject.has_settings else None
    return ok(f"cron, last renewed {last:%Y-%m-%d %H:%M} UTC" if last else "cron, nothing renewed yet")


def disk(subject: Subject, _deadline: Deadline) -> Verdict:
    """There is room where settings, secrets, tokens and log are written."""
    paths = subject.engine.paths
    for path in (paths.settings.parent, paths.secrets, paths.tokens, paths.log):
        there = next(one for one in (path, *path.parents) if one.exists())
        space = os.statvfs(there)
        free = space.f_bavail * space.f_frsize
        if space.f_flag & os.ST_RDONLY:
            return failed(f"{there} is on a read-only file system.", "Mount it writable.")
        if free < _LEAST_FREE:
            return failed(f"{there}: only {free >> 20} MiB free.", "Make room; df -h shows where.")
        if space.f_files and space.f_favail < 100:
            return failed(f"{there}: only {space.f_favail} inodes free.", "Delete files; df -i shows where.")
    return ok("room enough")


def last_test(subject: Subject, _deadline: Deadline) -> Verdict:
    """The last mail went well, and not too long ago."""
    newest = subject.engine.log.summary().newest
    if newest is None:
        return warning("No mail was sent yet.", "Menu item 6, or: mail-console test")
    days = (datetime.now(UTC) - newest.at).days
    if newest.result is Result.FAILED:
        return failed(f"The last mail failed: {newest.cause}", f"mail-console log show {newest.id}")
    if newest.result is not Result.ACCEPTED:
        return warning(f"The last mail was {newest.result.value}.", f"mail-console log show {newest.id}")
    if days > _OLD_TEST_DAYS:
        return warning(f"The last mail went out {days} days ago.", "Menu item 6, or: mail-console test")
    return ok(f"accepted {'today' if days == 0 else f'{days} days ago'}")
