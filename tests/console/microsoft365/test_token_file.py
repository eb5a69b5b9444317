"""The token file is written where the profile means, and nowhere else."""

import stat
from pathlib import Path

from console.errors import FileError
from console.microsoft365.tokens import renew
from console.values import replace
from tests.support.microsoft365 import World


def test_no_token_through_a_link(world: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    elsewhere.chmod(0o755)
    folder = world.engine.paths.tokens
    world.sign_in()
    for one in folder.iterdir():
        one.unlink()
    folder.rmdir()
    folder.symlink_to(elsewhere)
    renewal = renew(world.engine, world.settings, world.deadline)
    assert isinstance(renewal.token_file_problem, FileError)
    assert "link" in renewal.token_file_problem.what
    assert list(elsewhere.iterdir()) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


def test_no_folder_of_the_system_becomes_a_token_directory(world: World) -> None:
    world.sign_in()
    before = Path("/var/lib").stat()
    engine = replace(world.engine, paths=replace(world.engine.paths, tokens=Path("/var/lib")))
    renewal = renew(engine, world.settings, world.deadline)
    assert isinstance(renewal.token_file_problem, FileError)
    assert "never touched" in renewal.token_file_problem.what
    assert Path("/var/lib").stat().st_mode == before.st_mode
