"""Where one works: the folder of ``--root``, told whether it is missing or none, and the sandbox's own."""

from pathlib import Path

import pytest

from tests.support.cli import run_cli


@pytest.mark.parametrize("front", [(), ("--sandbox",)])
def test_root_that_is_not_there_is_said_to_be_missing(root: Path, front: tuple[str, ...]) -> None:
    ended = run_cli(*front, "--root", root / "missing", "log")
    assert (ended.code, ended.out) == (2, "")
    assert f"--root: {root}/missing does not exist." in ended.err
    assert "Create the folder, or correct its path." in ended.err
    assert not (root / "missing").exists()


def test_root_that_is_a_file_is_said_to_be_no_folder(root: Path) -> None:
    (root / "file").write_bytes(b"")
    ended = run_cli("--root", root / "file", "log")
    assert ended.code == 2
    assert f"--root: {root}/file is not a folder." in ended.err


def test_link_that_leads_nowhere_is_no_folder(root: Path) -> None:
    (root / "link").symlink_to(root / "gone")
    assert "link is not a folder." in run_cli("--root", root / "link", "log").err


def test_an_empty_root_is_not_wherever_one_stands(root: Path) -> None:
    for arguments in (("--root", "", "log"), ("log", "--root", ""), ("log", "--root=")):
        ended = run_cli(*arguments)
        assert (ended.code, ended.err) == (
            2,
            "mail-console: --root: the folder's name is empty. Name a folder.\n",
        )


def test_a_sandbox_without_a_folder_works_in_one_of_its_own_and_leaves_nothing() -> None:
    ended = run_cli("--sandbox", "settings", "path")
    assert ended.code == 0
    root = Path(ended.out.strip()).parents[2]
    assert root.name.startswith("mail-console-")
    assert not root.exists()
