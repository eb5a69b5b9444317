"""The operator's comments: which stand above a key, and which head the file."""

from pathlib import Path

import pytest

from console.appliance import Profile
from console.settings.store import SettingsStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.yaml"


def written(path: Path, text: str) -> SettingsStore:
    path.write_text(text)
    return SettingsStore(path, Profile())


@pytest.mark.parametrize("mark", ["\n", "---\n", "\n# relay\n"])
def test_a_comment_that_heads_the_file_stays_at_its_top(path: Path, mark: str) -> None:
    text = f"# Managed by our tool.\n#\n# Do not edit.\n{mark}smtp:\n  host: a.example\n"
    store = written(path, text)
    for port in ("25", "26"):  # and again, when the file is as the console writes it
        store.change({"smtp.port": port})
        lines = path.read_text().splitlines()
        assert lines[:3] == ["# Managed by our tool.", "#", "# Do not edit."]
        assert lines.count("# Do not edit.") == 1
        if "relay" in mark:
            assert lines[lines.index("smtp:") - 1] == "# relay"


def test_comments_alone_stay_at_the_top(path: Path) -> None:
    written(path, "# Managed by our tool.\n").change({"smtp.port": "25"})
    assert path.read_text().startswith("# Managed by our tool.\n")
