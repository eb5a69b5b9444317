"""Values keep what `dataclasses` promises, compared with it class by class; what they lack is refused."""

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from console import values
from console.values import dataclass, field, fields, replace

NAMES = ("one", "two", "three", "four")
ATOMS = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.text(max_size=3), st.just((1, "x")))
WAYS = ("bare", "default", "factory", "hidden", "ignored")
_MADE_DEFAULT = ("made", "anew")

Words = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A value as the program declares them."""

    name: str
    port: int = 25
    tags: list[str] = field(default_factory=list)
    word: str = field(default="", repr=False)
    note: str = field(default="", compare=False, metadata={"title": "Note"})

    @property
    def shown(self) -> str:
        """Name and port."""
        return f"{self.name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing in it."""


@dataclass(frozen=True, slots=True)
class Shouting:
    """A value with a repr of its own."""

    word: str

    def __repr__(self) -> str:
        return self.word.upper()


def declared(ways: list[str], defaults: list[Any], decorator: Any, field: Words) -> Any:
    """Return a value class whose fields are declared in these ways."""
    body: dict[str, Any] = {"__annotations__": dict.fromkeys(NAMES[: len(ways)], object)}
    body |= {"__qualname__": "Outer.Made", "__module__": __name__}
    for name, way, default in zip(NAMES, ways, defaults, strict=False):
        if way == "default":
            body[name] = default
        elif way == "factory":
            body[name] = field(default_factory=lambda: _MADE_DEFAULT)
        elif way == "hidden":
            body[name] = field(default=default, repr=False)
        elif way == "ignored":
            body[name] = field(default=default, compare=False)
    return decorator(frozen=True, slots=True)(type("Made", (), body))


def outcome(act: Callable[[], Any]) -> Any:
    """Return what it gives, or the kind of its error."""
    try:
        return act()
    except (TypeError, AttributeError) as error:
        return TypeError if isinstance(error, TypeError) else AttributeError


@given(
    st.lists(st.sampled_from(WAYS), max_size=4),
    st.lists(ATOMS, min_size=4, max_size=4),
    st.lists(ATOMS, max_size=5),
    st.dictionaries(st.sampled_from([*NAMES, "five"]), ATOMS, max_size=3),
    st.lists(ATOMS, max_size=5),
    st.dictionaries(st.sampled_from([*NAMES, "five"]), ATOMS, max_size=2),
)
def test_it_is_as_the_standard_librarys(
    ways: list[str],
    defaults: list[Any],
    given: list[Any],
    named: dict[str, Any],
    others: list[Any],
    changes: dict[str, Any],
) -> None:
    ours = outcome(lambda: declared(ways, defaults, values.dataclass, values.field))
    theirs = outcome(lambda: declared(ways, defaults, dataclasses.dataclass, dataclasses.field))
    assert (ours is TypeError) == (theirs is TypeError)
    assume(ours is not TypeError)
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    assert [one.name for one in fields(ours)] == [one.name for one in dataclasses.fields(theirs)]

    mine, model = outcome(lambda: ours(*given, **named)), outcome(lambda: theirs(*given, **named))
    assert (mine is TypeError) == (model is TypeError)
    assume(mine is not TypeError)
    assert repr(mine) == repr(model)
    assert [getattr(mine, name) for name in ours.__slots__] == [
        getattr(model, name) for name in ours.__slots__
    ]
    assert hash(mine) == hash(model)
    assert hash(copy.deepcopy(mine)) == hash(mine)

    other, others_model = outcome(lambda: ours(*others)), outcome(lambda: theirs(*others))
    if other is not TypeError:
        assert (mine == other) == (model == others_model)
        assert (mine != other) == (model != others_model)

    changed = outcome(lambda: repr(values.replace(mine, **changes)))
    assert changed == outcome(lambda: repr(dataclasses.replace(model, **changes)))


def test_a_value_stays_as_it_is() -> None:
    place = Place("a")
    with pytest.raises(AttributeError, match="Place is frozen: port stays"):
        place.port = 26  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del place.port
    with pytest.raises(AttributeError):
        place.nowhere = 1  # type: ignore[attr-defined]
    assert place == Place("a")
    assert not hasattr(place, "__dict__")


def test_defaults_are_shared_and_factories_are_not() -> None:
    one, two = Place("a"), Place("b")
    assert (one.port, one.word) == (25, "")
    assert one.tags == two.tags == []
    assert one.tags is not two.tags


def test_methods_documentation_and_module_stay() -> None:
    assert Place("a", 2).shown == "a:2"
    assert Place.__doc__ == "A value as the program declares them."
    assert (Place.__module__, Place.__qualname__) == (__name__, "Place")
    assert repr(Shouting("hush")) == "HUSH"


def test_what_is_hidden_is_in_no_repr_and_what_is_ignored_in_no_comparison() -> None:
    place = Place("a", word="secret", note="n")
    assert repr(place) == "Place(name='a', port=25, tags=[], note='n')"
    assert place == Place("a", word="secret", note="another")
    assert place != Place("a", word="other")
    like_it: object = ("a", 25, [], "secret", "n")
    assert place != like_it


def test_it_matches_by_position_and_by_name() -> None:
    match Place("a", 2):
        case Place(name, 2, tags=[]):
            assert name == "a"
        case _:
            pytest.fail("no match")


def test_copy_and_pickle_give_an_equal_value() -> None:
    place = Place("a", 2, ["x"], "w", "n")
    deep = copy.deepcopy(place)
    assert deep == copy.copy(place) == place
    assert deep.tags is not place.tags
    assert copy.copy(place).tags is place.tags
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(place, protocol))  # noqa: S301 - our own
        assert (back, back.note) == (place, "n")
    assert copy.copy(Empty()) == Empty()


def test_fields_carry_their_metadata() -> None:
    assert [one.name for one in fields(Place)] == ["name", "port", "tags", "word", "note"]
    assert fields(Place)[4].metadata == {"title": "Note"}
    assert fields(Place("a"))[1].default == 25
    assert fields(Place)[0].metadata == {}


def test_replace_makes_another_and_leaves_the_first() -> None:
    place = Place("a", note="n")
    assert replace(place, port=2) == Place("a", 2)
    assert replace(place, port=2).note == "n"
    assert place.port == 25


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Place, "Place lacks name"),
        (lambda: Place("a", 1, [], "", "", "?"), "5 fields, but 6 values"),  # type: ignore[call-arg]
        (lambda: Place("a", colour="red"), "Place cannot take colour"),  # type: ignore[call-arg]
        (lambda: Place("a", name="b"), "name: no such field, or given twice"),  # type: ignore[misc]
        (lambda: replace(Place("a"), colour="red"), "cannot take colour"),  # type: ignore[call-arg]
        (lambda: replace("a", port=1), "str is no value class"),  # type: ignore[type-var]
        (lambda: fields("a"), "str is no value class"),  # type: ignore[arg-type]
    ],
)
def test_wrong_use_is_told(wrong: Callable[[], object], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        wrong()


class _Base:
    pass


class _Inheriting(_Base):
    name: str


class _Comparing:  # noqa: PLW1641 - that is what is wrong with it
    name: str

    def __eq__(self, other: object) -> bool:
        return True


class _Checking:
    name: str

    def __post_init__(self) -> None: ...


class _Sharing:
    tags: list[str] = []  # noqa: RUF012


class _Constant:
    LIMIT: ClassVar[int] = 3


class _Unordered:
    name: str = ""
    port: int


@pytest.mark.parametrize(
    "cls", [_Inheriting, _Comparing, _Checking, _Sharing, _Constant, _Unordered, type("E", (Place,), {})]
)
def test_what_is_left_out_is_refused_when_the_class_is_made(cls: type) -> None:
    with pytest.raises(TypeError):
        dataclass(frozen=True, slots=True)(cls)


@pytest.mark.parametrize("words", [{}, {"frozen": True}, {"frozen": True, "slots": False}, {"order": True}])
def test_only_frozen_slotted_classes_are_made(words: dict[str, bool]) -> None:
    maker: Words = dataclass
    with pytest.raises(TypeError):
        maker(**words)(type("Made", (), {}))


def test_the_standard_librarys_functions_refuse_it() -> None:
    with pytest.raises(TypeError):
        dataclasses.replace(Place("a"))


def test_it_loads_nothing_else() -> None:
    project = Path(values.__file__).parents[1]
    program = (
        f"import sys; sys.path.insert(0, {str(project)!r}); import console; before = set(sys.modules)\n"
        "import console.values; print(*set(sys.modules) - before)"
    )
    ended = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert ended.stdout.split() == ["console.values"], ended.stderr
