"""Collect the texts that users read: messages, help, pages, guides, schemas and the workflow's comments."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.conftest import REPOSITORY

MARKDOWN = (
    *(
        "README.md",
        "workflow/README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "test_data/README.md",
    ),
    "annotator/sources/civic/diseases.README.md",
    "annotator/variants/aligned_blocks.README.md",
)
TEMPLATES = REPOSITORY / "annotator" / "report" / "templates"

_SENTENCE = re.compile(r"[A-Za-z{}·][^ ]* [^ ].*[A-Za-z{}·]", re.DOTALL)
_NOT_A_SENTENCE = re.compile(
    r"\b(?:SELECT|INSERT|DELETE|CREATE|PRAGMA|BEGIN) |\(\?[:<!=]|\\[bdst]|^[:{]|^int \||^str \|"
)
"""SQL, regular expressions, style sheets and type annotations."""


class Text(NamedTuple):
    """A text that users read.

    Attributes:
        where: file and line.
        text: the text; a dot stands for each value that is filled in.

    """

    where: str
    text: str


def user_texts() -> list[Text]:
    """Return all texts that users read, in the order of their files."""
    found = []
    for path in sorted((REPOSITORY / "annotator").rglob("*.py")):
        found += [_at(path, line, text) for line, text in python_texts(path.read_text(encoding="utf-8"))]
    for path in sorted(TEMPLATES.glob("*.jinja")):
        found += [_at(path, line, text) for line, text in template_texts(path.read_text(encoding="utf-8"))]
    for path in sorted(TEMPLATES.glob("*.js")):
        found += [_at(path, line, text) for line, text in script_texts(path.read_text(encoding="utf-8"))]
    pages = [REPOSITORY / name for name in MARKDOWN]
    pages += sorted((REPOSITORY / "annotator" / "guide").glob("*.md"))
    pages += sorted((REPOSITORY / "workflow" / "report").glob("*.rst"))
    for path in pages:
        found += [_at(path, line, text) for line, text in page_texts(path.read_text(encoding="utf-8"))]
    for path in sorted((REPOSITORY / "annotator").rglob("*.schema.json")):
        found += [Text(_name(path), text) for text in schema_texts(json.loads(path.read_text("utf-8")))]
    for path in sorted((REPOSITORY / "workflow").rglob("*")):
        if path.suffix in {".yaml", ".yml", ".tsv"}:
            found += [_at(path, line, text) for line, text in yaml_texts(path.read_text("utf-8"))]
        elif path.suffix == ".nf":
            found += [_at(path, line, text) for line, text in _comments(path.read_text("utf-8"), "//")]
        elif path.suffix == ".smk" or path.name == "Snakefile":
            found += [_at(path, line, text) for line, text in snakefile_texts(path.read_text("utf-8"))]
    for name, pattern in (
        ("pyproject.toml", r'^description = "(.*)"'),
        ("CITATION.cff", r'^(?:message|title): "(.*)"'),
    ):
        text = (REPOSITORY / name).read_text("utf-8")
        found += [
            _at(REPOSITORY / name, text.count("\n", 0, match.start()) + 1, match.group(1))
            for match in re.finditer(pattern, text, re.MULTILINE)
        ]
    return found


def _comments(source: str, mark: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), start=1):
        if (text := line.strip()).startswith(mark):
            yield number, text.removeprefix(mark).strip()


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def _at(path: Path, line: int, text: str) -> Text:
    return Text(f"{_name(path)}:{line}", text)


def is_sentence(text: str) -> bool:
    """Return whether a literal is words for people, not a name, a query or a pattern."""
    return bool(_SENTENCE.search(text)) and not _NOT_A_SENTENCE.search(text)


def python_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each literal with several words, and of the help of each command."""
    tree = ast.parse(source)
    # Docstrings, also those of attributes.
    ignored = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and _is_command(node):
            yield node.lineno, ast.get_docstring(node) or ""
        if isinstance(node, ast.JoinedStr):
            ignored |= {id(part) for value in node.values for part in _literals(value)}
            yield node.lineno, _joined(node)
    for node in ast.walk(tree):
        is_literal = isinstance(node, ast.Constant) and id(node) not in ignored
        if is_literal and isinstance(node.value, str) and is_sentence(node.value):
            yield node.lineno, node.value


def _is_command(node: ast.FunctionDef) -> bool:
    return any(re.search(r"\.(?:command|group)\(", ast.unparse(one)) for one in node.decorator_list)


def _literals(value: ast.expr) -> Iterator[ast.AST]:
    """Yield what belongs to an f-string itself: its text and its format specifications."""
    yield value
    if isinstance(value, ast.FormattedValue) and value.format_spec is not None:
        yield from ast.walk(value.format_spec)


def _joined(node: ast.JoinedStr) -> str:
    text = "".join(value.value if isinstance(value, ast.Constant) else "·" for value in node.values)
    return text if is_sentence(text) else ""


def _blanked(source: str, pattern: str, by: str = "") -> str:
    """Replace what a pattern finds, but keep line ends, so that line numbers stay right."""
    return re.sub(pattern, lambda match: by + "\n" * match.group().count("\n"), source, flags=re.DOTALL)


def template_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield what a template writes between tags, in attributes for people, and from its own literals."""
    source = _blanked(source, r"\{#.*?#\}")
    for match in re.finditer(r"\{[{%].*?[%}]\}", source, re.DOTALL):
        for literal in re.findall(r'"([^"]*)"', match.group()):
            if is_sentence(literal) or literal[:1].isupper():
                yield source.count("\n", 0, match.start()) + 1, literal
    source = _blanked(source, r"\{[{%].*?[%}]\}", "·")
    for match in re.finditer(r'(?:title|aria-label|placeholder|data-label)="([^"]*)"', source):
        yield source.count("\n", 0, match.start()) + 1, match.group(1)
    source = _blanked(source, r"</?(?:b|bdi|strong|small|a|code)\b[^>]*>")  # inside a sentence
    source = _blanked(source, r"<[^>]*>", "\0")
    line = 1
    for piece in source.split("\0"):
        if piece.strip(" ·\n"):
            yield line, " ".join(piece.split())
        line += piece.count("\n")


def script_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the literals of a script that have several words or begin with a capital."""
    for number, line in enumerate(source.splitlines(), start=1):
        for literal in re.findall(r'"([^"\\]*)"', re.sub(r"^\s*//.*", "", line)):
            if is_sentence(literal) or literal.strip()[:1].isupper():
                yield number, literal


def page_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the paragraphs of a page without its blocks of code and its names in code type."""
    source = (
        _blanked(source, r"^```.*?^```$|^~~~.*?^~~~$") if "```" not in source else _without_blocks(source)
    )
    source = _blanked(source, r"`[^`\n]*(?:\n[^`\n]*)?`", "·")
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", source):
        if paragraph.strip():
            yield line + len(paragraph) - len(paragraph.lstrip("\n")), paragraph
        line += paragraph.count("\n")


def _without_blocks(source: str) -> str:
    is_inside, kept = False, []
    for line in source.split("\n"):
        is_fence = line.startswith("```")
        kept.append("" if is_fence or is_inside else line)
        is_inside ^= is_fence
    return "\n".join(kept)


def schema_texts(schema: object) -> Iterator[str]:
    """Yield the descriptions of a JSON schema."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "description" and isinstance(value, str):
                yield value
            else:
                yield from schema_texts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from schema_texts(value)


def yaml_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield runs of comment lines, and descriptions, without names in code type."""
    run: list[str] = []
    for number, line in enumerate([*source.splitlines(), ""], start=1):
        comment = re.search(r"(?:^|\s)#\s?(.*)", line)
        if comment and not line.startswith("#!"):
            run.append(comment.group(1).strip())
            continue
        if run:
            yield number - len(run), re.sub(r"`[^`]*`", "·", " ".join(run))
            run = []
        if described := re.search(r"description: (.*)|^\s+calls: (.*)|^\s+extra: (\w.*)", line):
            yield number, next(text for text in described.groups() if text)


def snakefile_texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield the literals with several words of a Snakefile, which are its errors and messages."""
    parts = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in parts and not token.string.startswith('"""') and is_sentence(token.string):
            yield token.start[0], token.string.strip("\"'")
