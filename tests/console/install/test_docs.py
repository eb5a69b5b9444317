"""What the documentation tells a maker to write is what the program takes."""

import re
from pathlib import Path

from console.profile_file import profile_in

UPKEEP = Path(__file__).parents[3] / "docs" / "upkeep.md"


def test_the_red_hat_example_is_a_profile() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", UPKEEP.read_text("utf-8"), re.DOTALL)
    tokens = profile_in(example.encode(), "appliance.yaml").token_directory
    assert str(tokens.path) == "/var/www/tokens"
    assert (tokens.owner, tokens.group, tokens.reader) == ("apache", "apache", "apache")
    assert (tokens.directory_mode, tokens.file_mode) == (0o750, 0o640)
