"""Exception classes: stable kinds, messages with problem, location and remedy, and transfer between processes."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator

import pytest

import annotator.dispatch.cgi.client
import annotator.net.errors
import annotator.runtime.workers
from annotator import errors
from annotator.errors import AnnotatorError, InputError


def tree(of: type[AnnotatorError] = AnnotatorError) -> Iterator[type[AnnotatorError]]:
    yield of
    for below in of.__subclasses__():
        yield from tree(below)


TREE = [*tree()]


def test_every_class_of_the_module_is_in_its_docstring_with_its_kind() -> None:
    assert errors.__doc__ is not None
    told = dict(re.findall(r"(\w+Error) +(\w+): ", errors.__doc__))
    ours = {one.__name__: one.default_kind for one in TREE if one.__module__ == "annotator.errors"}
    assert told == {name: kind for name, kind in ours.items() if name != "AnnotatorError"}
    assert set(ours) == set(errors.__all__)


def test_kinds_are_words_of_their_own() -> None:
    assert annotator.net.errors and annotator.runtime.workers and annotator.dispatch.cgi.client
    kinds = [one.default_kind for one in TREE if "default_kind" in vars(one)]
    assert len(kinds) == len(set(kinds)) > 20
    for kind in kinds:
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", kind)


def test_an_error_may_have_a_kind_of_its_own() -> None:
    assert InputError("the file is truncated").kind == "input"
    assert InputError("the file is truncated", kind="input.truncated").kind == "input.truncated"


@pytest.mark.parametrize("kind", [None, "input.truncated"])
def test_an_error_is_the_same_behind_a_process(kind: str | None) -> None:
    error = InputError("it ends", path="in.vcf", line=3, remedy="Fetch it again", kind=kind)
    back = pickle.loads(pickle.dumps(error))  # noqa: S301  # ours
    assert type(back) is InputError
    assert vars(back) == vars(error)
    assert str(back) == str(error) == "in.vcf, line 3: it ends. Fetch it again."
