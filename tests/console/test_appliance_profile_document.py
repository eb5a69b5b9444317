"""docs/appliance-profile.md shows a profile that the program takes, with every key there is."""

import re

from console.profile_file import _COLOURS, _PLACES, _SECTIONS, _TOKENS, profile_in
from tests.support.cli import PROJECT

DOCUMENT = (PROJECT / "docs/appliance-profile.md").read_text("utf-8")


def test_the_example_is_a_profile() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    profile = profile_in(example.encode(), "appliance.yaml")
    assert profile.product == "Acme Mail"
    assert profile.defaults["smtp.host"] == "relay.acme.example"
    assert [one.key for one in profile.locks] == ["smtp.host", "smtp.encryption"]
    assert str(profile.places["log"]) == "/data/log/mail"
    assert profile.token_directory.reader == "www-data"


def test_every_key_is_told() -> None:
    keys = {*_SECTIONS, *_COLOURS, *_PLACES, *_TOKENS} - {"version"}
    assert [one for one in keys if f"`{one}`" not in DOCUMENT] == []
