"""``mail-console settings``: show, change and check what was chosen."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.applying import apply
from console.cli.deliveries import JSON_VERSION
from console.cli.exit_codes import ExitCode
from console.cli.output import put, put_json, say
from console.errors import UsageError
from console.secret import MASK, Secret
from console.settings.model import FIELDS
from console.text import nearest, one_line

if TYPE_CHECKING:
    from console.cli.session import Session
    from console.engine import Engine
    from console.settings.model import Settings


def arguments(parser: ArgumentParser) -> None:
    """Declare what may follow ``settings``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="every setting, or those named")
    show.add_argument("keys", metavar="KEY", nargs="*", help="a key (smtp.host) or a section (smtp)")
    show.add_argument("--json", action="store_true", help="print values, secrets kept and locks as JSON")
    change = actions.add_parser("set", help="change settings, all or none")
    change.add_argument(
        "pairs",
        metavar="KEY=VALUE",
        nargs="+",
        help="for a secret KEY=- asks for it, or reads a line of stdin; KEY= forgets it",
    )
    actions.add_parser("check", help="say every problem of the settings file")
    actions.add_parser("path", help="print where the settings file is")
    actions.add_parser("schema", help="print the JSON Schema of the settings file")


def run(options: Namespace, session: "Session") -> int:
    """Do what the action says."""
    engine = session.engine
    if options.action == "show":
        _show(engine, options)
    elif options.action == "set":
        _set(engine, options.pairs)
    elif options.action == "check":
        _check(engine)
    elif options.action == "path":
        put(str(engine.paths.settings))
    else:
        _schema()
    return ExitCode.OK


def _check(engine: "Engine") -> None:
    """Say that all is well, and what one may not expect all the same."""
    path = engine.paths.settings
    overruled = engine.settings.overruled()
    put(f"{path}: no problems" if path.exists() else f"{path} is not there: the defaults hold")
    if path.is_symlink():
        say("Note: it is a symbolic link. It is read, but nothing is written through it or in its place.")
    for lock in overruled:
        say(f"Note: {lock.key} does not hold as it stands there; the maker has locked it: {lock.reason}")


def _show(engine: "Engine", options: Namespace) -> None:
    settings = engine.settings.load()
    keys = _keys(options.keys)
    if options.json:
        put_json(_shape(engine, settings, keys))
        return
    for key in keys:
        if FIELDS[key].secret:
            put(f"{key}={MASK if engine.secrets.has(key) else ''}")
        else:
            put(f"{key}={one_line(FIELDS[key].rule.text(settings.value(key)))}")


def _shape(engine: "Engine", settings: "Settings", keys: list[str]) -> Mapping[str, object]:
    locks = {key: lock.reason for key in keys if (lock := engine.settings.lock_on(key))}
    return {
        "version": JSON_VERSION,
        "settings": {key: settings.value(key) for key in keys if not FIELDS[key].secret},
        "secrets": {key: engine.secrets.has(key) for key in keys if FIELDS[key].secret},
        "locked": locks,
    }


def _keys(named: list[str]) -> list[str]:
    if not named:
        return list(FIELDS)
    keys = []
    for name in named:
        found = [key for key, field in FIELDS.items() if name in (key, field.section)]
        if not found:
            raise _unknown(name)
        keys += found
    return keys


def _unknown(name: str) -> UsageError:
    meant = nearest(name[:60], tuple(FIELDS))
    hint = f"Did you mean {meant}?" if meant else "See: mail-console settings show"
    return UsageError(f"there is no setting {one_line(name, 60)}.", hint)


def _set(engine: "Engine", pairs: list[str]) -> None:
    typed: dict[str, str] = {}
    secrets: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(
                f"{one_line(key, 60)}: KEY=VALUE is wanted.", "See: mail-console settings set --help"
            )
        if key in typed or key in secrets:
            raise UsageError(f"{key} stands here twice.")
        field = FIELDS.get(key)
        kind = unknown if field is None else secrets if field.secret else typed
        kind[key] = value
    _refuse_on_command_line(secrets)
    _refuse_wrong(engine, typed, unknown)  # before anybody types a secret in vain
    _refuse_locked(engine, secrets)
    for one in apply(engine, typed, {key: _secret(key, value) for key, value in secrets.items()}).notices:
        say(f"Note: {one}")


def _refuse_wrong(engine: "Engine", typed: dict[str, str], unknown: dict[str, str]) -> None:
    """Tell all that is wrong at once; one unknown name alone is a slip on the command line."""
    from console.settings.problems import SettingsError

    try:
        engine.settings.check(typed | unknown)
    except SettingsError as error:
        if unknown and len(error.problems) == 1:
            raise _unknown(*unknown) from None
        raise


def _refuse_on_command_line(secrets: Mapping[str, str]) -> None:
    for key, value in secrets.items():
        if value not in ("", "-"):
            raise UsageError(
                f"{key}: every user of this machine can read a command line (process list); "
                "a secret does not belong there.",
                f"Use {key}=- and type it, or pipe it in.",
            )


def _refuse_locked(engine: "Engine", secrets: Mapping[str, object]) -> None:
    from console.settings.store import SettingsError, lock_problem

    locks = [lock for key in secrets if (lock := engine.settings.lock_on(key))]
    if locks:
        raise SettingsError([lock_problem(one) for one in locks])


def _secret(key: str, value: str) -> Secret:
    from console.cli.secrets import ask_secret

    if value == "":
        return Secret("")
    typed = ask_secret(FIELDS[key].title)
    try:
        FIELDS[key].rule.parse(typed)
    except ValueError as error:
        raise UsageError(f"{key}: {error}") from None
    if not typed:
        raise UsageError(f"{key}: nothing came.", f"To forget it, use {key}= without a value.")
    return Secret(typed)


def _schema() -> None:
    import json

    from console.settings.schema import schema

    put(json.dumps(schema(), indent=2, ensure_ascii=False))
