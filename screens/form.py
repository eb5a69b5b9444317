"""Forms made from the declared fields: one row a field, problems at their row, Go applies."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from console.errors import ConsoleError
from console.secret import Secret
from console.settings import FIELDS, Field, Settings
from screens.applying import Applied, Change, NotApplied, apply_change, problems_by_key
from screens.theme import Tone
from screens.told_whole import ToldWhole
from screens.widgets.drawn import PlainLabel
from screens.widgets.field_row import FieldRow
from screens.widgets.one_of import Action, Check, OneOf
from screens.widgets.text_input import SecretInput, TextInput

if TYPE_CHECKING:
    from console.engine import Engine

DANGERS: Mapping[str, bool] = {"smtp.verify": False, "smtp.allow_plaintext_password": True}
"""Values that make mail unsafe."""

MORE = "More settings"
FEWER = "Fewer settings"


def row_id(key: str) -> str:
    """Return the widget id of a settings key's row."""
    return key.replace(".", "-")


def row_for(field: Field, engine: "Engine", settings: Settings) -> FieldRow:
    """Return the row that suits a field."""
    lock = engine.settings.lock_on(field.key)
    locked = lock.reason or "by the maker" if lock else ""
    rule, value, name = field.rule, settings.value(field.key), row_id(field.key)
    hint = field.help
    if field.secret:
        stored = engine.secrets.has(field.key)
        return SecretInput(
            field.title,
            is_stored=stored,
            hint=hint,
            locked=locked,
            max_length=rule.max_length,
            check=rule.parse,
            id=name,
        )
    if isinstance(value, bool):
        danger = DANGERS.get(field.key)
        return Check(
            field.title, value, danger=danger, hint=f"{hint} Space changes it.", locked=locked, id=name
        )
    if rule.choices:
        hint = f"{hint} Left and Right change it."
        return OneOf(field.title, rule.choices, rule.text(value), hint=hint, locked=locked, id=name)
    example = f" Example: {field.example}" if field.example else ""
    return TextInput(
        field.title,
        rule.text(value),
        hint=hint + example,
        locked=locked,
        restrict=rule.restrict,
        max_length=rule.max_length,
        check=rule.parse,
        groups=rule.groups,
        id=name,
    )


class FormScreen(ToldWhole):
    """A form. Subclasses say which fields (`form_fields`) and what else follows from what is typed.

    Args:
        at: Settings keys; it opens at the first of them that it has and that can be changed.
        suggested: Values that a finding suggests, by settings key; F8 enters one in its row.
    """

    STATUS_ROWS = 2
    WHOLE = frozenset({Tone.FAILURE, Tone.WARNING})  # hints must not move the rows while one walks along
    KEYS = (("↑↓", "field"), ("Enter", "next"), ("F2", "Go"), ("Esc", "back"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "apply", show=False),
        Binding("pagedown", "walk(6)", show=False),
        Binding("pageup", "walk(-6)", show=False),
    ]
    DEFAULT_CSS = """
    FormScreen Body { padding-top: 1; }
    FormScreen.-short Body { padding-top: 0; }
    FormScreen .-hidden { display: none; }
    """

    def __init__(self, at: Sequence[str] = (), suggested: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._at = at
        self._suggested = suggested or {}
        self.rows: dict[str, FieldRow] = {}
        self._then: Callable[[], object] | None = None
        self._shows_more = False

    def form_fields(self, settings: Settings) -> Iterable[Field]:
        """Return the fields of the form, in their order."""
        raise NotImplementedError

    def is_hidden(self, key: str) -> bool:
        """Whether a field makes no sense with what is chosen in others."""
        return self.is_seldom(key) and not self._shows_more

    def is_seldom(self, key: str) -> bool:
        """Whether a field stands below the toggle for more."""
        return FIELDS[key].advanced

    def compose_body(self) -> ComposeResult:
        """Yield a row for each field, then the toggle for more and Go."""
        engine = self.console.engine
        try:
            settings = engine.settings.load()
            fields = list(self.form_fields(settings))
            self.rows = {field.key: row_for(field, engine, settings) for field in fields}
            self._suggest()
        except ConsoleError as error:
            yield PlainLabel(f"Error: {error}", Tone.FAILURE)
            return
        seldom = [field for field in fields if self.is_seldom(field.key)]
        usual = [field for field in fields if field not in seldom]
        self._part(usual)
        yield from (self.rows[field.key] for field in usual)
        if seldom:
            yield Action(MORE, "Settings that are seldom needed.", id="more").add_class("-gap")
        yield from (self.rows[field.key] for field in seldom)
        yield Action("Go", "Saves all of this at once.", id="go").add_class("-gap")
        self.hide_rows()

    def on_mount(self) -> None:
        """Go to the field that was asked for."""
        super().on_mount()
        if not self.rows:
            self.show_keys(("Esc", "back"))
        row = next((self.rows[key] for key in self._at if self._can_go_to(key)), None)
        if row is not None:
            self._go_to(row)

    def _can_go_to(self, key: str) -> bool:
        """Whether the form has this field, and going there would show it."""
        row = self.rows.get(key)
        return row is not None and row.can_focus and (FIELDS[key].advanced or not self.is_hidden(key))

    def _suggest(self) -> None:
        """Let rows offer what a finding suggests."""
        for key, value in self._suggested.items():
            row = self.rows.get(key)
            if isinstance(row, TextInput) and not row.locked:
                row.suggestion = value

    def _part(self, fields: Iterable[Field]) -> None:
        """Leave a gap between sections."""
        section = ""
        for field in fields:
            if section and field.section != section:
                self.rows[field.key].add_class("-gap")
            section = field.section

    def hide_rows(self) -> None:
        """Show the rows that make sense, hide the others."""
        for key, row in self.rows.items():
            row.set_class(self.is_hidden(key), "-hidden")

    def typed_of(self, key: str) -> str:
        """Return what stands in a row, as text of its rule."""
        row = self.rows[key]
        if isinstance(row, Check):
            return "true" if row.value else "false"
        assert isinstance(row, OneOf | TextInput)  # noqa: S101 - row_for makes no others
        return row.value

    @property
    def change(self) -> Change:
        """What differs from what is saved."""
        changed = {key: row for key, row in self.rows.items() if row.is_changed and not row.locked}
        secrets = {key: row for key, row in changed.items() if isinstance(row, SecretInput)}
        return Change(
            typed={key: self.typed_of(key) for key in changed if key not in secrets},
            secrets={key: Secret(row.value) for key, row in secrets.items()},
        )

    @property
    def is_unsaved(self) -> bool:
        """Whether something was typed and not applied."""
        return not self.change.is_empty

    def save(self, then: Callable[[], object]) -> None:
        """Apply, then leave."""
        self._then = then
        self.action_apply()

    def action_apply(self) -> None:
        """Save what was changed; wrong rows are shown instead."""
        wrong = [row for row in self.rows.values() if row.problem and row.is_changed]
        if wrong:
            self._then = None
            self._go_to(wrong[0])
            return
        change = self.change
        if change.is_empty:
            self.tell("Nothing was changed.")
            self._finish()
            return
        self.tell("Saving …")
        self.write(change)

    @work(thread=True, exclusive=True, exit_on_error=False, group="save")
    def write(self, change: Change) -> None:
        """Write off the event loop: a lock may have to be waited for."""
        self.post_message(apply_change(self.console.engine, change))

    @on(Applied)
    def saved(self, event: Applied) -> None:
        """Show what was saved."""
        for key, row in self.rows.items():
            self._note_saved(key, row, event)
        self.console.note_settings(event.settings)
        if event.notices:
            self.tell(f"Saved. {' '.join(event.notices)}", Tone.WARNING)
        else:
            self.tell(self.saved_words(event), Tone.OK)
        self._finish()

    def saved_words(self, event: Applied) -> str:
        """Return what is said after saving."""
        return f"Saved: {event.change.in_words(event.settings)}."

    def _note_saved(self, key: str, row: FieldRow, event: Applied) -> None:
        if isinstance(row, SecretInput):
            if key in event.change.secrets:
                row.note_stored(bool(event.change.secrets[key]))
        elif key in event.change.typed:
            text = FIELDS[key].rule.text(event.settings.value(key))
            if isinstance(row, Check):
                row.saved = row.value
            elif isinstance(row, OneOf | TextInput) and row.value == event.change.typed[key]:
                row.saved = row.value = text

    @on(NotApplied)
    def not_saved(self, event: NotApplied) -> None:
        """Show what is wrong at its row; nothing was saved."""
        self._then = None
        problems = problems_by_key(event.error)
        rows = [self.rows[key] for key in problems if key in self.rows]
        for key, what in problems.items():
            if key in self.rows:
                self.rows[key].show_problem(what)
        if rows:
            self._go_to(rows[0])
        else:
            self.tell_error(f"{event.error} Nothing was saved.")

    def _finish(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _go_to(self, row: FieldRow) -> None:
        """Bring a wrong row to the eye."""
        if row.has_class("-hidden"):
            self.show_more(True)
        row.focus()
        self.explain(row)

    def explain(self, row: FieldRow) -> None:
        """Say what is wrong with a row, or what it is for."""
        if row.problem:
            self.tell_error(row.problem)
        elif isinstance(row, TextInput) and row.is_suggesting:
            self.tell(
                f"F8 enters what the server showed, once you have compared: {row.suggestion}", Tone.WARNING
            )
        else:
            self.tell(row.hint)

    @on(events.DescendantFocus)
    def row_focused(self, event: events.DescendantFocus) -> None:
        """Explain the row that has the focus."""
        if isinstance(event.widget, FieldRow):
            self.explain(event.widget)

    @on(FieldRow.Changed)
    def row_changed(self, event: FieldRow.Changed) -> None:
        """Explain the row as it is now; rows that depend on it follow."""
        if event.row.id == "go":
            self.action_apply()
        elif event.row.id == "more":
            self.show_more(not self._shows_more)
        else:
            self.explain(event.row)
            self.follow(event.row)

    @on(FieldRow.Refused)
    def key_refused(self, event: FieldRow.Refused) -> None:
        """Say why a key did nothing."""
        allowed = next((FIELDS[key].rule.allowed for key, row in self.rows.items() if row is event.row), "")
        self.tell(f"{event.why}{f' Allowed: {allowed}.' if allowed else ''}", Tone.WARNING)

    @on(TextInput.Submitted)
    def row_submitted(self, event: TextInput.Submitted) -> None:
        """Enter goes on to the next row."""
        self.focus_next()

    def follow(self, row: FieldRow) -> None:
        """Let other rows follow a change; nothing does here."""

    def show_more(self, more: bool) -> None:
        """Show or hide the rows that are seldom needed."""
        self._shows_more = more
        self.query_one("#more", Action).show_title(FEWER if more else MORE)
        self.hide_rows()

    def action_walk(self, by: int) -> None:
        """Go several rows on."""
        for _ in range(abs(by)):
            if by > 0:
                self.focus_next()
            else:
                self.focus_previous()
