"""Components: data read with care, found as they are, installed by exact commands, failures explained."""

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from console.appliance import Paths, Profile
from console.deadline import Deadline
from console.errors import InstallError, UsageError
from console.install import installer, log, model, renewal
from console.install.command import Command, CommandResult
from console.install.model import Component, Manager, Need, Probe
from console.install.presence import State, look
from console.install.trouble import explain
from tests.support.children import NOBODY, folder_for_all, run_python

BUILT_IN = model.components(Profile())


def from_profile(*entries: Mapping[str, object]) -> tuple[Component, ...]:
    return model.components(Profile(components=entries))


def entry(**keys: object) -> dict[str, object]:
    return {"name": "thing", "title": "Thing", "why": "Because.", **keys}


def test_the_built_in_list_is_sound() -> None:
    names = [one.name for one in BUILT_IN]
    assert names == ["ca-certificates", "time-sync", "php-cli", "phpmailer", "token-timer", "sendmail"]
    for one in BUILT_IN:
        assert one.present
        for manager in Manager:
            if manager in one.packages or one.renewal:
                assert installer.commands(one, manager, Paths.system())


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([entry(nmae="x")], "unknown key nmae"),
        ([{"name": "a"}], "title is missing"),
        ([entry(name=7)], "name is missing"),
        ([entry(), entry()], "listed twice"),
        ([entry(needs=["ghost"])], "needs ghost"),
        ([entry(need="urgent")], "urgent"),
        ([entry(packages={"brew": ["x"]})], "brew"),
        ([entry(packages={"apt": "x"})], "no list"),
        ([entry(present=[{"file": "relative"}])], "no absolute path"),
        ([entry(present=[{"command": ["x"], "version": "("}])], "regular expression"),
        ([entry(present=[{"command": ["x"], "version": "x"}])], "no group"),
        ([entry(files=[{"shipped": "../../../etc/passwd", "target": "/x"}])], "brings no file"),
        (["text"], "not a list of keys"),
        ([entry(least=7.4)], "quotes"),
    ],
)
def test_a_bad_entry_is_told(entries: list[object], words: str) -> None:
    with pytest.raises(InstallError, match=words):
        model.components(Profile(components=tuple(entries)))  # type: ignore[arg-type]  # hostile on purpose


def test_probes_tell_found_missing_and_too_old(tmp_path: Path) -> None:
    file = tmp_path / "Thing.php"
    file.write_text("const VERSION = '6.5.4';")
    probe = Probe(any_file=("/nonexistent", str(file)), version="VERSION = '([0-9.]+)'")
    thing = Component("thing", "Thing", "Because.", present=(probe,), least="6.6")
    assert (look(thing, Deadline(5)).state, look(thing, Deadline(5)).version) == (State.OUTDATED, "6.5.4")
    file.write_text("const VERSION = '6.10.0';")
    assert look(thing, Deadline(5)).is_found
    file.unlink()
    assert look(thing, Deadline(5)).state is State.MISSING


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        (Probe(command=("sh", "-c", "echo v1.2.3"), version=r"v([\d.]+)"), True),
        (Probe(command=("sh", "-c", "exit 3")), False),
        (Probe(command=("no-such-program",)), False),
        (Probe(any_command=("no-such", "sh")), True),
        (Probe(python_module="textual"), True),
        (Probe(python_module="no_such_module.at_all"), False),
        (Probe(), False),
    ],
)
def test_each_kind_of_probe(probe: Probe, found: bool) -> None:
    assert look(Component("a", "A", "b", present=(probe,)), Deadline(10)).is_found is found


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user: needs root")
def test_a_file_that_this_user_may_not_see_is_missing() -> None:
    program = """
import sys
from console.deadline import Deadline
from console.install.model import Component, Probe
from console.install.presence import look
found = look(Component("thing", "Thing", "why", present=(Probe(file=sys.argv[1]),)), Deadline(5))
print(found.state.value)
"""
    with folder_for_all() as folder:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        (closed / "thing.php").touch()
        assert run_python(program, str(closed / "thing.php"), user=NOBODY) == "missing\n"


def test_what_is_needed_comes_first() -> None:
    assert [one.name for one in installer.chosen(BUILT_IN, ["phpmailer"])] == ["php-cli", "phpmailer"]
    with pytest.raises(UsageError, match="Meant phpmailer"):
        installer.chosen(BUILT_IN, ["phpmialer"])
    loop = from_profile(entry(name="a", needs=["b"]), entry(name="b", needs=["a"]))
    with pytest.raises(UsageError, match="needs itself"):
        installer.chosen(loop, ["a"])


@pytest.mark.parametrize(
    ("manager", "start"),
    [
        (Manager.APT, "apt-get"),
        (Manager.DNF, "dnf install -y"),
        (Manager.YUM, "yum install -y"),
        (Manager.ZYPPER, "zypper --non-interactive install"),
        (Manager.APK, "apk add"),
    ],
)
def test_commands_of_each_package_manager(manager: Manager, start: str) -> None:
    php = next(one for one in BUILT_IN if one.name == "php-cli")
    assert installer.commands(php, manager, Paths.system())[-1].text.startswith(start)


def test_composer_where_the_distribution_has_none() -> None:
    mailer = next(one for one in BUILT_IN if one.name == "phpmailer")
    texts = [one.text for one in installer.commands(mailer, Manager.APK, Paths.system())]
    assert any("composer require" in text for text in texts)
    assert any("TokenFileProvider.php" in text for text in texts)


def test_nothing_known_is_an_error() -> None:
    with pytest.raises(InstallError, match="cannot be installed here"):
        installer.commands(Component("a", "A", "b"), None, Paths.system())


@pytest.mark.skipif(os.geteuid() != 0, reason="installs: needs root")
def test_installing_looks_again_and_claims_nothing(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "TokenFileProvider.php"
    files = [{"shipped": "php/TokenFileProvider.php", "target": str(target)}]
    (right,) = from_profile(entry(present=[{"file": str(target)}], files=files))
    commands: list[Command] = []
    done = installer.install(right, Paths.system(tmp_path), Deadline(20), on_command=commands.append)
    assert done.presence.is_found
    assert done.finding is None
    assert [one.argv[0] for one in commands] == ["install"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o644

    (never,) = from_profile(entry(present=[{"file": str(tmp_path / "never")}], files=files))
    not_done = installer.install(never, Paths.system(tmp_path), Deadline(20))
    assert not not_done.presence.is_found
    assert not_done.finding is not None
    assert "still not found" in not_done.finding.said


@pytest.mark.parametrize(
    ("output", "finding"),
    [
        (
            "E: Could not open lock file /var/lib/dpkg/lock - open (13: Permission denied)",
            "not-root",
        ),
        (
            "E: Could not get lock /var/lib/dpkg/lock. It is held by process 812 (apt)",
            "locked",
        ),
        ("dpkg: error: failed to write: No space left on device", "disk-full"),
        ("W: GPG error: http://deb bookworm InRelease: NO_PUBKEY 0E98404D386FA1D9", "signature"),
        ("Err:1 http://deb stable InRelease\n  Temporary failure resolving 'deb'", "no-network"),
        ("E: Unable to locate package libphp-phpmailer", "no-package"),
        ("Error: Unable to find a match: php-phpmailer6", "no-package"),
        ("ERROR: unable to select packages:\n  nosuch (no such package):", "no-package"),
        ("Could not resolve host: mirrors", "no-network"),
        ("install: cannot create: Read-only file system", "read-only"),
        ("composer: no such program", "no-program"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "disk-full"),
        (
            "Disk Requirements:\n   At least 5MB more space needed on the / filesystem.",
            "disk-full",
        ),
        ("E: Release file for http://deb/InRelease is not valid yet (invalid for another 3h)", "clock"),
        ("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", "interrupted"),
        ("E: Failed to fetch http://deb/php.deb  404  Not Found [IP: 1.2.3.4 80]", "gone"),
        ("SSLError(SSLCertVerificationError(1, 'certificate verify failed'))", "certificate"),
        ("error: externally-managed-environment", "managed-python"),
        ("dpkg: error: dpkg frontend lock was locked by another process with pid 9", "locked"),
        (
            "W: Download is performed unsandboxed as root - pkgAcquire::Run (13: Permission denied)\nE: Oh",
            "unknown",
        ),
        ("something else altogether", "unknown"),
    ],
)
def test_failures_are_explained(output: str, finding: str) -> None:
    result = CommandResult(Command(("apt-get", "install")), 100, tuple(output.splitlines()))
    found = explain(result, BUILT_IN[0])
    assert found.id == f"install-{finding}"
    assert found.fix
    assert found.said


def test_the_units_are_filled_in() -> None:
    text = renewal.unit_text("service", Paths.system())
    assert "@COMMAND@" not in text
    assert "@WRITABLE@" not in text
    assert "token refresh --quiet" in text
    assert "NoNewPrivileges=yes" in text
    assert "-/var/lib/mail-console" in text
    schedule, slash, command = renewal.cron_text(Paths.system()).splitlines()[-1].partition("/mail-console")
    assert schedule.replace("'", "").startswith("*/10 * * * * root /")  # quoted where the place has a blank
    assert slash, command
    assert command.replace("'", "") == " token refresh --quiet --if-due"


def test_need_is_told() -> None:
    assert {one.need for one in BUILT_IN} == set(Need)


def test_lists_that_could_not_be_refreshed_are_the_cause() -> None:
    said = "W: Failed to fetch http://deb/InRelease  Temporary failure resolving 'deb'"
    update = CommandResult(Command(("apt-get", "update"), may_fail=True), 0, (said,))
    result = CommandResult(Command(("apt-get", "install")), 100, ("E: Unable to locate package php-cli",))
    assert explain(result, BUILT_IN[0], (update,)).id == "install-no-network"
    broken = CommandResult(Command(("apt-get", "install")), 100, ("E: Sub-process returned an error",))
    assert explain(broken, BUILT_IN[0], (update,)).id == "install-unknown", "it may be somebody else's source"


def test_a_place_is_left_for_the_sendmail_command() -> None:
    shim = BUILT_IN[-1]
    assert look(shim, Deadline(5)).state is State.COMING
    with pytest.raises(InstallError, match="later release"):
        installer.commands(shim, Manager.APT, Paths.system())


def test_pip_installs_where_it_is_looked_for() -> None:
    (one,) = from_profile(entry(pip="thing", present=[{"python_module": "thing"}]))
    (command,) = installer.commands(one, Manager.APT, Paths.system())
    assert command.argv[:3] == (sys.executable, "-m", "pip")


def test_a_module_tells_its_version_and_runs_elsewhere() -> None:
    found = look(Component("a", "A", "b", present=(Probe(python_module="yaml"),)), Deadline(20))
    assert found.is_found
    assert found.version[0].isdigit()
    assert look(Component("a", "A", "b", present=(Probe(python_module="json"),)), Deadline(20)).is_found


def test_zypper_has_more_to_say_when_all_went_well() -> None:
    note = CommandResult(Command(("zypper", "install")), 106, ())
    assert installer._went_well(note)
    for code in (4, 104, 105):  # an error; nothing of that name; stopped
        assert not installer._went_well(CommandResult(Command(("zypper", "install")), code, ()))


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\nb", ""])
def test_texts_no_command_can_have_are_refused(text: str) -> None:
    with pytest.raises(InstallError):
        from_profile(entry(packages={"apt": [text]}))


def test_the_timer_runs_from_strange_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(renewal, "own_command", lambda: "/opt/my 100%/mail-console")
    below = Paths.system(tmp_path)
    service = renewal.unit_text("service", below)
    assert f'ExecStart="/opt/my 100%%/mail-console" --root {tmp_path} token refresh' in service
    line = renewal.cron_text(below).splitlines()[-1]
    assert f"root '/opt/my 100\\%/mail-console' --root {tmp_path} token refresh" in line
    assert 'MAILTO=""' in renewal.cron_text(below)
    assert "--root" not in renewal.unit_text("service", Paths.system())


def test_a_cron_line_counts_when_it_can_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cron = tmp_path / "mail-console"
    monkeypatch.setattr(renewal, "CRON_FILE", cron)
    monkeypatch.setattr(renewal, "_SYSTEMD_RUNS", tmp_path / "no-systemd")
    monkeypatch.setattr(renewal, "has_cron", lambda: True)
    assert renewal.lacking() == "the cron line that renews the token"
    cron.write_text("# */10 * * * * root /bin/sh token refresh\n")
    assert renewal.lacking() == "the cron line that renews the token"
    cron.write_text("*/10 * * * * root /gone/mail-console token refresh\n")
    assert renewal.lacking() == "the command that the cron line names"
    cron.write_text("*/10 * * * * root /bin/sh token refresh\n")
    assert renewal.lacking() == ""
    monkeypatch.setattr(renewal, "has_cron", lambda: False)
    assert "cron daemon" in renewal.lacking()
    (daemon, *_) = installer._cron_daemon(Manager.APK)
    assert "cronie" in daemon.argv


def test_the_log_is_bounded_and_keeps_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_LIMIT", 2000)
    shown: list[str] = []
    with log.opened(tmp_path) as keep:
        listener = keep(shown.append)
        listener("via http://user:planted-canary@proxy:3128")
        for number in range(1000):
            listener(f"line {number}")
    text = (tmp_path / log.NAME).read_text()
    assert len(text) < 2200
    assert text.endswith("(more was said than is kept)\n")
    assert "planted-canary" not in text
    assert len(shown) == 1001, "what is shown is whole"


def test_the_built_in_list_is_read_without_yaml() -> None:
    program = (
        "import sys\n"
        "from console.appliance import Profile\n"
        "from console.install.model import components\n"
        "print(len(components(Profile())), 'yaml' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [str(len(BUILT_IN)), "False"]


def test_a_process_may_call_itself_anything() -> None:
    code = "for name in (bytes([255]), b'crond'): open('/proc/self/comm', 'wb').write(name); print(); input()"
    with subprocess.Popen(
        [sys.executable, "-uc", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        renewal.cron_runs()  # its name is no UTF-8
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        assert renewal.cron_runs()
        child.communicate(b"\n")
