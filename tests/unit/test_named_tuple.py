"""Named tuples: they behave as those of `typing`, and making one compiles nothing."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from typing import Any, Generic, TypeVar

import pytest

from annotator.runtime import named_tuple
from annotator.runtime.named_tuple import NamedTuple

R = TypeVar("R")


class Ours(NamedTuple):
    """A variant."""

    contig: str
    start: int
    names: tuple[str, ...] = ()

    @property
    def stop(self) -> int:
        return self.start + 1

    def shifted(self, by: int) -> Ours:
        return self._replace(start=self.start + by)


class Theirs(typing.NamedTuple):
    """A variant."""

    contig: str
    start: int
    names: tuple[str, ...] = ()

    @property
    def stop(self) -> int:
        return self.start + 1

    def shifted(self, by: int) -> Theirs:
        return self._replace(start=self.start + by)


class OursOfAny(NamedTuple, Generic[R]):
    record: R
    word: str = "found"


class TheirsOfAny(typing.NamedTuple, Generic[R]):
    record: R
    word: str = "found"


class OursShown(NamedTuple):
    key: str

    def __repr__(self) -> str:
        return "hidden"


def facts(kind: Any) -> list[object]:
    """Everything that can be observed of a class and one instance, with its name left out."""
    one = kind("7", start=5)
    changed = one.shifted(2)
    match one:
        case kind(contig, start, names):
            matched = (contig, start, names)
    return [
        tuple(one),
        {one: 1}[("7", 5, ())],
        one == ("7", 5, ()),
        one < ("8",),
        repr(one).removeprefix(kind.__name__),
        one._asdict(),
        (one.contig, one.start, one.names, one.stop),
        tuple(changed),
        type(changed) is kind,
        tuple(kind._make(["7", 1, ("a",)])),
        kind._fields,
        kind._field_defaults,
        kind.__match_args__,
        kind.__doc__,
        kind.__annotations__.keys(),
        [parameter.name for parameter in inspect.signature(kind).parameters.values()],
        [parameter.default for parameter in inspect.signature(kind).parameters.values()],
        matched,
        hasattr(one, "__dict__"),
        one.__sizeof__(),
        [*map(type, (copy.copy(one), copy.deepcopy(one)))] == [kind, kind],
    ]


def test_it_behaves_as_the_one_of_typing() -> None:
    assert facts(Ours) == facts(Theirs)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_can_be_pickled(protocol: int) -> None:
    one = Ours("7", 5, ("a",))
    again = pickle.loads(pickle.dumps(one, protocol))  # noqa: S301
    assert (type(again), again) == (Ours, one)


@pytest.mark.parametrize("kind", [Ours, Theirs])
@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), (("7",), {}), (("7", 1, (), 2), {}), (("7", 1), {"contig": "8"}), (("7", 1), {"stop": 8})],
)
def test_other_arguments_than_its_fields_are_refused(
    kind: Any, values: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with pytest.raises(TypeError):
        kind(*values, **named)


@pytest.mark.parametrize("kind", [Ours, Theirs])
def test_it_cannot_be_changed(kind: Any) -> None:
    one = kind("7", 5)
    with pytest.raises(AttributeError):
        one.start = 6
    with pytest.raises(AttributeError):
        one.other = 6
    with pytest.raises((TypeError, ValueError), match="stop"):
        one._replace(stop=7)
    with pytest.raises(TypeError):
        kind._make(["7"])


def test_it_can_be_generic() -> None:
    for kind in (OursOfAny, TheirsOfAny):
        some: Any = kind
        assert some[int](3) == (3, "found")
        assert isinstance(some(3), some)
        assert some.__parameters__ == (R,)


def test_its_own_methods_replace_those_of_all() -> None:
    assert repr(OursShown("secret")) == "hidden"


@pytest.mark.parametrize("count", range(1, 25))
def test_it_has_one_to_twenty_four_fields(count: int) -> None:
    names = [f"of_{number}" for number in range(count)]
    made: Any = type(NamedTuple)(
        "Made", (NamedTuple,), {"__annotations__": dict.fromkeys(names, "int"), names[-1]: -1}
    )
    assert made(*range(count - 1)) == (*range(count - 1), -1)
    assert made(**{name: number for number, name in enumerate(names)}) == tuple(range(count))
    one = made(*range(count))
    assert [getattr(one, name) for name in names] == list(range(count))
    assert tuple(inspect.signature(made).parameters) == tuple(names)


def test_a_class_with_more_fields_than_that_is_an_error() -> None:
    names = [f"of_{number}" for number in range(named_tuple._MOST_FIELDS + 1)]
    with pytest.raises(ValueError, match="zip"):
        type(NamedTuple)("Made", (NamedTuple,), {"__annotations__": dict.fromkeys(names, "int")})
