"""Collect the docstrings and comments of the package."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from tests.conftest import REPOSITORY

_DIRECTIVE = re.compile(r"#\s*(?:noqa|type:|fmt:|pragma|!)")


class Documented(NamedTuple):
    """A docstring or comment.

    Attributes:
        where: file and line.
        kind: `module`, `class`, `function`, `property`, `value` or `comment`.
        text: the text as written.

    """

    where: str
    kind: str
    text: str


def documented() -> list[Documented]:
    """Return all docstrings and comments of the package, in the order of their files."""
    found = []
    for path in sorted((REPOSITORY / "annotator").rglob("*.py")):
        name = path.relative_to(REPOSITORY).as_posix()
        for line, kind, text in source_texts(path.read_text(encoding="utf-8")):
            found.append(Documented(f"{name}:{line}", kind, text))
    return found


def source_texts(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, kind and text of each docstring and comment of a module."""
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            for number, statement in enumerate(body):
                if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                    text = statement.value.value
                    if isinstance(text, str):
                        yield statement.lineno, _kind(node) if number == 0 else "value", text
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and not _DIRECTIVE.match(token.string):
            yield token.start[0], "comment", token.string.lstrip("# ")


def _kind(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        is_property = any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
        return "property" if is_property else "function"
    return "class" if isinstance(node, ast.ClassDef) else "module"


def prose(text: str) -> str:
    """Return a text without code in backticks, doctests, quotations and names of arguments."""
    text = re.sub(r"^\s*>>>.*?(?=\n\s*\n|\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`]*`|\"[^\"]*\"", "·", text)
    return re.sub(r"^(\s+)[\w, .*]+: ", r"\1", text, flags=re.MULTILINE)
