"""Frozen values in the words of `dataclasses`, at a twentieth of its price when a program starts.

`mail-console send` makes some forty value classes before its first octet leaves. By `dataclasses` they are
a third of its time: 10 ms to load the module (which loads `inspect`, with `ast`, `dis` and `tokenize`), and
0.6 ms a class, for each has its methods written as source text and compiled. Here a class takes 0.03 ms: its
methods are the ones below, which look at its fields when they are called.

Nothing is new to the reader, nor to the type checker: it sees the standard library's own `dataclass`,
`field`, `fields` and `replace`, and checks every use as such. Of these there is what the engine uses:
``@dataclass(frozen=True, slots=True)`` on a class without bases; defaults, factories, metadata, and
``repr=False`` and ``compare=False``. What is left out is refused when the class is made. A class that
changes or inherits takes `dataclasses` itself, and so do the screens behind the first, where textual has
loaded it.
"""

TYPE_CHECKING = False  # typing itself would take another 2 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

_NOTHING = object()
_FIELDS = "__value_fields__"


class _Field:
    """One field of a value class."""

    __slots__ = ("compare", "default", "default_factory", "metadata", "name", "repr")

    def __init__(
        self,
        *,
        default: object = _NOTHING,
        default_factory: "Any" = _NOTHING,
        metadata: "Mapping[str, Any] | None" = None,
        repr: bool = True,  # noqa: A002 - the word of dataclasses
        compare: bool = True,
    ) -> None:
        self.name = ""
        self.default = default
        self.default_factory = default_factory
        self.metadata = metadata or {}
        self.repr = repr
        self.compare = compare

    @property
    def is_optional(self) -> bool:
        return self.default is not _NOTHING or self.default_factory is not _NOTHING

    def default_value(self, owner: type) -> "Any":
        if self.default is not _NOTHING:
            return self.default
        if self.default_factory is not _NOTHING:
            return self.default_factory()
        raise TypeError(f"{owner.__name__} lacks {self.name}")


def _dataclass(*, frozen: bool, slots: bool) -> "Callable[[type], type]":
    if not (frozen and slots):
        raise TypeError("values are frozen and have slots; take dataclasses for any other")
    return _value_class


def _fields(value: "Any") -> tuple[_Field, ...]:
    declared: tuple[_Field, ...] | None = getattr(value, _FIELDS, None)
    if declared is None:
        raise TypeError(f"{type(value).__name__} is no value class of console.values")
    return declared


def _replace(value: "Any", /, **changes: object) -> "Any":
    names = [one.name for one in _fields(value)]
    kept = [changes.pop(name) if name in changes else getattr(value, name) for name in names]
    return type(value)(*kept, **changes)


def _value_class(cls: type) -> type:
    declared = _declared(cls)
    names = tuple(one.name for one in declared)
    left_behind = {*names, "__dict__", "__weakref__"}
    own = {name: value for name, value in vars(cls).items() if name not in left_behind}
    if cls.__bases__ != (object,) or own.keys() & _TAKEN:
        raise TypeError(f"{cls.__name__} has a base, or a method of values; take dataclasses")
    body = {
        **_METHODS,
        **own,
        "__slots__": names,
        "__match_args__": names,
        "__qualname__": cls.__qualname__,
        _FIELDS: declared,
    }
    made: Any = type(cls.__name__, (), body)
    made.__init__ = _initialiser(declared, [vars(made)[name].__set__ for name in names])
    return made  # type: ignore[no-any-return]


def _declared(cls: type) -> tuple[_Field, ...]:
    declared: list[_Field] = []
    for name, kind in vars(cls).get("__annotations__", {}).items():
        given = vars(cls).get(name, _NOTHING)
        one = given if isinstance(given, _Field) else _Field(default=given)
        one.name = name
        if str(kind).startswith(("typing.ClassVar", "ClassVar")):
            raise TypeError(f"{cls.__name__}.{name} is no field; take dataclasses")
        if declared and declared[-1].is_optional and not one.is_optional:
            raise TypeError(f"{cls.__name__}.{name} without a default stands after one that has one")
        if type(one.default).__hash__ is None:
            raise TypeError(f"{cls.__name__}.{name}: all would share one {type(one.default).__name__}")
        declared.append(one)
    return tuple(declared)


def _initialiser(
    declared: tuple[_Field, ...], puts: "list[Callable[[Any, Any], None]]"
) -> "Callable[..., None]":
    def __init__(self: object, /, *given: object, **named: object) -> None:  # noqa: N807 - it becomes that
        if named or len(given) != len(declared):
            given = _completed(type(self), declared, given, named)
        for put, value in zip(puts, given):  # noqa: B905 - as many as there are: to have it checked costs half
            put(self, value)  # a slot's own way in; the one by name is closed

    return __init__


def _completed(
    owner: type, declared: tuple[_Field, ...], given: "tuple[Any, ...]", named: "dict[str, Any]"
) -> "tuple[Any, ...]":
    if len(given) > len(declared):
        raise TypeError(f"{owner.__name__} has {len(declared)} fields, but {len(given)} values were given")
    rest = declared[len(given) :]
    named_or_default = [
        named.pop(one.name) if one.name in named else one.default_value(owner) for one in rest
    ]
    if named:
        raise TypeError(f"{owner.__name__} cannot take {', '.join(named)}: no such field, or given twice")
    return (*given, *named_or_default)


def _compared(self: object) -> "tuple[Any, ...]":
    return tuple([getattr(self, one.name) for one in _fields(self) if one.compare])


def _equal(self: object, other: object) -> bool:
    return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented


def _hashed(self: object) -> int:
    return hash(_compared(self))


def _shown(self: object) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in _fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"


def _refuse(self: object, name: str, *_: object) -> "NoReturn":
    raise AttributeError(f"{type(self).__name__} is frozen: {name} stays as it is")


def _reduced(self: object) -> "tuple[type, tuple[Any, ...]]":
    """For copy and pickle, which else would set the slots one by one and be refused."""
    return type(self), tuple([getattr(self, one.name) for one in _fields(self)])


_METHODS: "dict[str, object]" = {
    "__eq__": _equal,
    "__hash__": _hashed,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
    "__reduce__": _reduced,
    "__repr__": _shown,
}
_TAKEN = {"__init__", "__post_init__", "__slots__", "__match_args__", *_METHODS} - {"__repr__"}

if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, replace
else:
    dataclass, field, fields, replace = _dataclass, _Field, _fields, _replace

__all__ = ["dataclass", "field", "fields", "replace"]
