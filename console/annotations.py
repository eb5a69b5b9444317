"""The words of `typing` that stand in annotations, without loading it: that takes 3 of a send's 55 ms.

The type checker sees the real ones. At run time each is a class that can be subscripted and joined with
``|``, which is all that evaluating an annotation asks of it. What a send loads imports them from here; what
wants more of `typing` (a `TypeVar`, a `Protocol` that is asked at run time) stays off its way.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final, NoReturn, Protocol, Self
else:

    class _Word:
        def __class_getitem__(cls, _inside):
            return cls

    Any = Final = NoReturn = Protocol = Self = _Word

__all__ = ["TYPE_CHECKING", "Any", "Final", "NoReturn", "Protocol", "Self"]
