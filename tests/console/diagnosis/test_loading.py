"""The loader refuses what a catalogue file must not say, naming file, entry and key."""

import pytest

from console.diagnosis.loading import CatalogueError, load_text

GOOD = """
- id: some-thing
  match: {kind: smtp.reply, reply: 5xx, text: "no{1,3} way", facts: {host: "x$"}}
  stage: auth
  cause: It is so, {host}.
  fix: [Do this., Then that.]
  who: mail-admin
  source: RFC 5321
  examples: ["no way"]
"""


def test_a_good_entry_is_read() -> None:
    (entry,) = load_text(GOOD, "x.yaml")
    assert entry.fix == ("Do this.", "Then that.")
    assert entry.conditions[0].replies == ("5xx",)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("stage: auth", "stage: nowhere", "stage"),
        ("who: mail-admin", "who: somebody", "who"),
        ("source: RFC 5321", "source: ''", "source"),
        ("source: RFC 5321", "sauce: RFC 5321", "sauce"),
        ("kind: smtp.reply", "kinds: smtp.reply", "kinds"),
        ('"no{1,3} way"', '"no+ way"', "text"),
        ('"no{1,3} way"', '"no.* way"', "text"),
        ('"no{1,3} way"', '"no{3,} way"', "text"),
        ('"no{1,3} way"', '"no("', "text"),
        ('"no{1,3} way"', '"' + "x" * 500 + '"', "text"),
        ("{host}", "{hots}", "hots"),
        ("{host}", "{host", "cause"),
        ("id: some-thing", "id: Some_Thing", "id"),
        ("fix: [Do this., Then that.]", "fix: []", "fix"),
        ("fix: [Do this., Then that.]", "fix: [{a: b}]", "fix"),
        ("fix: [Do this., Then that.]", "fix: [true]", "fix"),
        ('examples: ["no way"]', "examples: []", "examples"),
        ('examples: ["no way"]', "examples: [x]\n  offer: a-pony", "offer"),
        ("  match: {", "  x-match: {", "x-match"),
        ('{host: "x$"}', "[x]", "facts"),
    ],
)
def test_a_slip_is_named(old: str, new: str, named: str) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError, match=r"x\.yaml") as caught:
        load_text(GOOD.replace(old, new), "x.yaml")
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "text", "- text", "[", GOOD + GOOD, "- !!python/object/apply:os.system [id]", "- id: [1]"],
)
def test_other_shapes_are_refused(text: str) -> None:
    with pytest.raises(CatalogueError):
        load_text(text, "x.yaml")
