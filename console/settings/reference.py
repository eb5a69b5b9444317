"""The reference of all settings, made from the fields; ``docs/settings.md`` is its text."""

from collections.abc import Iterator
from typing import Final

from console.settings.model import EVERY, FIELDS, Field
from console.settings.values import SECTIONS

_HEAD: Final = """# Settings

Every setting there is, made from the program (`python -m console.settings.reference`). They stand in one
YAML file, `/etc/mail-console/settings.yaml`; the screens and `mail-console settings set KEY=VALUE` write it,
and one may edit it by hand. Comment lines of your own stay; those that begin with `#:` are written anew.
Secrets stand in files of their own that only root can read; `mail-console settings set KEY=-` asks for them.
The same as JSON Schema: `settings.schema.json`.
"""


def reference() -> str:
    """Return the reference as Markdown."""
    return "\n".join([_HEAD, *(line for section in SECTIONS for line in _section(section))])


def _section(section: str) -> Iterator[str]:
    yield f"## {section}\n"
    yield "| setting | what it is | allowed | default |"
    yield "|---|---|---|---|"
    for field in FIELDS.values():
        if field.section == section:
            yield _row(field)
    yield ""


def _row(field: Field) -> str:
    about = f"**{field.title}.** {field.help}"
    if field.shown_for != EVERY:
        about += f" ({', '.join(sorted(field.shown_for))})"
    default = (
        "a secret" if field.secret else f"`{field.rule.text(field.default)}`" if field.default != "" else ""
    )
    allowed = field.rule.allowed + (f"; as in `{field.example}`" if field.example else "")
    return (
        "| "
        + " | ".join(one.replace("|", "\\|") for one in (f"`{field.name}`", about, allowed, default))
        + " |"
    )


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201 - printing is what it is for
