"""`NamedTuple` of `typing`, but made in a fraction of the time: a panel spends most of its time on imports.

`typing.NamedTuple` compiles the annotation of every field and a constructor for every class: for the classes that a
panel needs, an eighth of the instructions of the run. Here, annotations remain the texts that they are with
`from __future__ import annotations`, and a constructor is one of those that were compiled with this module, with the
names of the fields. Instances take the same time and memory.

Type checkers see `typing.NamedTuple`. A class whose annotations are read, such as one of options, uses that one.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Self

__all__ = ["NamedTuple"]

_MOST_FIELDS = 24
_new = tuple.__new__

# fmt: off
_CONSTRUCTORS: tuple[Callable[..., Any], ...] = (
    lambda _cls: _new(_cls, ()),
    lambda _cls, a: _new(_cls, (a,)),
    lambda _cls, a, b: _new(_cls, (a, b)),
    lambda _cls, a, b, c: _new(_cls, (a, b, c)),
    lambda _cls, a, b, c, d: _new(_cls, (a, b, c, d)),
    lambda _cls, a, b, c, d, e: _new(_cls, (a, b, c, d, e)),
    lambda _cls, a, b, c, d, e, f: _new(_cls, (a, b, c, d, e, f)),
    lambda _cls, a, b, c, d, e, f, g: _new(_cls, (a, b, c, d, e, f, g)),
    lambda _cls, a, b, c, d, e, f, g, h: _new(_cls, (a, b, c, d, e, f, g, h)),
    lambda _cls, a, b, c, d, e, f, g, h, i: _new(_cls, (a, b, c, d, e, f, g, h, i)),
    lambda _cls, a, b, c, d, e, f, g, h, i, j: _new(_cls, (a, b, c, d, e, f, g, h, i, j)),
    lambda _cls, a, b, c, d, e, f, g, h, i, j, k: _new(_cls, (a, b, c, d, e, f, g, h, i, j, k)),
    lambda _cls, a, b, c, d, e, f, g, h, i, j, k, m: _new(_cls, (a, b, c, d, e, f, g, h, i, j, k, m)),
)
# fmt: on
"""Constructors by number of fields, up to the number that nearly all classes have."""


def _constructor(fields: tuple[str, ...], defaults: tuple[Any, ...]) -> Callable[..., Any]:
    if len(fields) >= len(_CONSTRUCTORS):
        return namedtuple("_Long", fields, defaults=defaults).__new__
    code = _CONSTRUCTORS[len(fields)].__code__.replace(co_name="__new__", co_varnames=("_cls", *fields))
    return FunctionType(code, globals(), "__new__", defaults)


_NAMES = [f"field_{number}" for number in range(_MOST_FIELDS)]
_ATTRIBUTES = [*map(vars(namedtuple("_Longest", _NAMES)).get, _NAMES)]
"""Descriptors of an item by its number: those of the standard library, which any tuple can use."""


class _Fields(tuple[Any, ...]):
    """The common part of all named tuples."""

    __slots__ = ()
    _fields: ClassVar[tuple[str, ...]]

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        made = _new(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"{cls.__name__} has {len(cls._fields)} fields, not {len(made)}")
        return made

    def _replace(self, /, **values: Any) -> Self:
        made = self._make(map(values.pop, self._fields, self))
        if values:
            raise ValueError(f"{type(self).__name__} has no field {', '.join(values)}")
        return made

    __replace__ = _replace  # copy.replace of Python 3.13

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({', '.join(shown)})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


class _Maker(type):
    """Makes a subclass of `_Fields` for each class that names `NamedTuple` as its base."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
        if not bases:  # NamedTuple itself
            return super().__new__(cls, name, bases, namespace)
        fields = tuple(namespace["__annotations__"])
        defaults = {field: namespace.pop(field) for field in fields if field in namespace}
        namespace |= zip(fields, _ATTRIBUTES[: len(fields)], strict=True)
        namespace |= {
            "__slots__": (),
            "__new__": _constructor(fields, tuple(defaults.values())),
            "__match_args__": fields,
            "_fields": fields,
            "_field_defaults": defaults,
        }
        return type(name, tuple(_Fields if base is NamedTuple else base for base in bases), namespace)


if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class NamedTuple(metaclass=_Maker):
        """Base of classes whose fields are annotated, as `typing.NamedTuple`."""
