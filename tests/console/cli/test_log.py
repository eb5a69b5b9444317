"""``log``: what was sent is found again."""

from tests.console.cli.conftest import Appliance
from tests.support.cli import run_cli


def test_mails_are_listed_newest_first_shown_searched_and_exported(appliance: Appliance) -> None:
    assert appliance.cli("log").err == "No mails.\n"
    for subject in ("first", "second"):
        assert appliance.cli("send", "-s", subject, "ops@contoso.com", stdin="b").code == 0
    mails = appliance.cli("log", "list", "--json").json["mails"]
    assert [one["subject"] for one in mails] == ["second", "first"]
    listed = appliance.cli("log").out.splitlines()
    assert [line.partition(" ")[0] for line in listed] == [one["id"] for one in mails]
    oldest = mails[1]["id"]

    shown = appliance.cli("log", "show", oldest).out
    assert "Subject:   first" in shown
    assert "> MAIL FROM:" in shown
    assert appliance.cli("log", "show", oldest, "--json").json["delivery"]["subject"] == "first"

    found = appliance.cli("log", "search", "SECOND".lower(), "--json").json["mails"]
    assert [one["subject"] for one in found] == ["second"]
    assert appliance.cli("log", "search", "no such words").code == 1
    assert len(appliance.cli("log", "list", "--limit", "1").out.splitlines()) == 1
    assert appliance.cli("log", "list", "--result", "failed", "--json").json["mails"] == []
    assert len(appliance.cli("log", "--limit", "1").out.splitlines()) == 1
    assert len(appliance.cli("log", "--json").json["mails"]) == 2

    exported = appliance.cli("log", "export", oldest).out
    assert "contoso.com" not in exported.replace("outlook", "")
    assert "ops@contoso.com" in appliance.cli("log", "export", oldest, "--keep-addresses").out


def test_a_mail_that_is_not_there(root: object) -> None:
    for action in ("show", "export"):
        ended = run_cli("--root", str(root), "log", action, "20000101T000000-000000")
        assert (ended.code, "no mail" in ended.err) == (2, True)


def test_options_alone_are_those_of_the_list_and_no_action_is_guessed(root: object) -> None:
    for words, said in (
        (("--limit", "x"), "log list --help"),
        (("--limitt", "1"), "unrecognized arguments: --limitt"),
        (("shw",), "invalid choice: 'shw'"),
        (("--root", str(root), "show"), "required: ID"),
        (("--help",), ""),
    ):
        ended = run_cli("--root", str(root), "log", *words)
        assert (ended.code, said in ended.err) == (0 if words == ("--help",) else 2, True)
    assert run_cli("--root", str(root), "components", "--json").json["components"]
