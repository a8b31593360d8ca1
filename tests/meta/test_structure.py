"""The structure of the package: imports point downwards, modules and functions stay small, only `cli` prints."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import REPOSITORY

HOUSE = (
    ("", "__main__", "api"),
    ("cli",),
    ("report", "explain", "doctor", "diff"),
    ("dispatch",),
    ("annotation",),
    ("snapshot",),
    ("sources",),
    ("net",),
    ("vcf",),
    ("store",),
    ("variants",),
    ("info", "result"),
    ("runtime",),
    ("errors", "_version"),
)
"""Rooms of `annotator`, top floor first: a module imports from its own floor and from those below it."""

FORBIDDEN = (("vcf", "sources"), ("sources", "vcf"), ("net", "vcf"))
"""Rooms that must not know each other: the first must not import the second."""

HOMES = {
    "aiohttp": ("net",),
    "tenacity": ("net",),
    "sqlite3": ("net",),
    "cyvcf2": ("vcf",),
    "pysam": ("vcf", "variants"),  # in variants/, the FASTA
    "click": ("cli",),
    "jinja2": ("report",),
    "xlsxwriter": ("report",),
    "pandas": ("report",),
    "polars": ("report",),
    "deflate": ("vcf",),
    "fastobo": ("snapshot.civic",),
    "isal": ("vcf",),
    "multiprocessing": ("runtime",),
    "concurrent": ("runtime",),
    "subprocess": (),
    "pickle": ("runtime",),
}
"""Third-party and standard modules that only these parts may import."""

TOP_MODULES = 8
MODULE_LINES = 450
TEST_LINES = 500
FUNCTION_LINES = 60
TOP_LEVEL = {
    "annotator",
    "workflow",
    "tests",
    "test_data",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CITATION.cff",
}


class Module(NamedTuple):
    """A module of `annotator`: its name without `annotator.`, its file, its lines and its syntax tree."""

    name: str
    path: Path
    lines: int
    tree: ast.Module


@cache
def modules() -> dict[str, Module]:
    found = {}
    for path in sorted((REPOSITORY / "annotator").rglob("*.py")):
        parts = path.relative_to(REPOSITORY / "annotator").with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
        text = path.read_text(encoding="utf-8")
        found[name] = Module(name, path, text.count("\n"), ast.parse(text, str(path)))
    assert len(found) > 40
    return found


@cache
def imports(name: str) -> frozenset[str]:
    """Full names of the modules that a module imports, inside functions too."""
    return frozenset(_imports(modules()[name]))


def _imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.path}:{node.lineno} has a relative import"
            assert node.module is not None
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole.removeprefix("annotator.") in modules() else node.module


@cache
def our_imports(name: str) -> frozenset[str]:
    """Names, without `annotator.`, of the modules of ours that a module imports."""
    found = (found.removeprefix("annotator.") for found in imports(name) if found.startswith("annotator."))
    ours = frozenset(found)
    assert ours <= modules().keys(), f"{name} imports a module that does not exist"
    return ours


def is_of(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def room_of(name: str) -> str:
    """Folder or single module directly under `annotator` that a module belongs to; empty for the package itself."""
    return name.partition(".")[0]


def floor_of(name: str) -> int:
    """Number of the floor that a module stands on, the top one 0."""
    floors = [number for number, rooms in enumerate(HOUSE) if room_of(name) in rooms]
    assert len(floors) == 1, f"{name} has no floor: add its folder to HOUSE, or move it into a folder"
    return floors[0]


def units_below(folder: str) -> dict[str, set[str]]:
    """The parts of a folder (its modules and folders), and which of its other parts each imports."""
    prefix = f"{folder}." if folder else ""
    inside = [name for name in modules() if name.startswith(prefix) and name != folder]
    graph: dict[str, set[str]] = {}
    for name in inside:
        unit = name[len(prefix) :].partition(".")[0]
        others = {
            found[len(prefix) :].partition(".")[0]
            for found in our_imports(name)
            if found.startswith(prefix) and found != folder
        }
        graph.setdefault(unit, set()).update(others - {unit})
    return graph


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """A cycle of a graph, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def imports_from_above(added: tuple[str, str] = ("", "")) -> list[tuple[str, str]]:
    """Return each module that imports from a floor above its own, with that module; `added` is one more import."""
    return [
        (name, other)
        for name in modules()
        for other in our_imports(name) | ({added[1]} if name == added[0] else set())
        if floor_of(other) < floor_of(name)
    ]


def test_a_module_imports_only_from_its_own_floor_and_those_below() -> None:
    assert imports_from_above() == []


@pytest.mark.parametrize(
    "added",
    [
        ("errors", "runtime.text"),
        ("runtime.workers", "result"),
        ("runtime.workers", "variants.allele"),
        ("vcf.bgzf", "sources.registry"),
        ("sources.source", "snapshot.build"),
        ("snapshot.build", "annotation.run"),
        ("annotation.run", "report.build"),
        ("report.build", "cli.screen"),
        ("cli.screen", "api"),
    ],
    ids=" to ".join,
)
def test_a_single_import_from_above_is_noticed(added: tuple[str, str]) -> None:
    assert imports_from_above(added) == [added]


def folders() -> list[str]:
    return ["", *(name for name, module in modules().items() if name and module.path.name == "__init__.py")]


def test_the_parts_of_a_folder_do_not_import_each_other_in_a_circle() -> None:
    assert {folder: circle for folder in folders() if (circle := cycle_in(units_below(folder)))} == {}


def test_a_circle_between_folders_is_noticed() -> None:
    graph = units_below("")
    graph["store"] = graph["store"] | {"vcf"}
    assert cycle_in(graph) == []
    graph["vcf"] = graph["vcf"] | {"store"}
    assert cycle_in(graph) in (["store", "vcf", "store"], ["vcf", "store", "vcf"])


def test_every_room_of_the_list_is_there() -> None:
    rooms = {room_of(name) for name in modules()}
    assert rooms == {room for floor in HOUSE for room in floor}


def test_the_top_of_the_package_holds_few_modules() -> None:
    files = list((REPOSITORY / "annotator").glob("*.py"))
    assert len(files) <= TOP_MODULES


@pytest.mark.parametrize(("part", "other"), FORBIDDEN)
def test_parts_that_must_not_know_each_other_do_not(part: str, other: str) -> None:
    for name in modules():
        if is_of(name, part):
            assert not {found for found in our_imports(name) if is_of(found, other)}, name


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    guests = [
        name
        for name in modules()
        if any(is_of(found, library) for found in imports(name))
        and not any(is_of(name, home) for home in HOMES[library])
    ]
    assert guests == []


def test_named_tuples_are_of_the_kind_that_is_made_fast() -> None:
    """Except where their annotations are read: those are not texts, because the module has no future import."""
    slow = [
        f"{module.name}.{one.name}"
        for module in modules().values()
        for one in ast.walk(module.tree)
        if isinstance(one, ast.ClassDef) and any("NamedTuple" in ast.unparse(base) for base in one.bases)
        if "annotator.runtime.named_tuple.NamedTuple" not in names_imported(module.tree)
        if "__future__.annotations" in names_imported(module.tree)
    ]
    assert slow == []


def names_imported(tree: ast.AST) -> set[str]:
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


# Size


def test_no_module_is_too_long() -> None:
    long = {name: module.lines for name, module in modules().items() if module.lines > MODULE_LINES}
    assert long == {}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Number of lines without the docstring."""
    first = function.body[0]
    has_docstring = ast.get_docstring(function) is not None
    docstring = range(first.lineno, (first.end_lineno or first.lineno) + 1) if has_docstring else ()
    return (function.end_lineno or 0) - function.lineno + 1 - len(docstring)


def test_no_function_is_too_long() -> None:
    long = {
        f"{module.name}.{function.name}": length(function)
        for module in modules().values()
        for function in functions(module.tree)
        if length(function) > FUNCTION_LINES
    }
    assert long == {}


def test_every_module_has_a_docstring_and_content() -> None:
    for module in modules().values():
        assert ast.get_docstring(module.tree), f"{module.path} has no docstring"
        if module.path.name != "__init__.py":
            assert len(module.tree.body) > 1, f"{module.path} is empty"


def test_every_package_has_a_beginning_and_a_module() -> None:
    for folder in {module.path.parent for module in modules().values()}:
        assert (folder / "__init__.py").is_file(), f"{folder} is no package"
        others = [path for path in folder.iterdir() if path.name not in {"__init__.py", "__pycache__"}]
        assert others, f"{folder} is empty"


# Only the command line speaks


def calls(tree: ast.AST) -> Iterator[str]:
    """Return the called or raised expression as text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
        elif isinstance(node, ast.Raise) and node.exc is not None:
            yield ast.unparse(node.exc).partition("(")[0]


SPEAKING: dict[str, Callable[[str], bool]] = {
    "prints": lambda called: (
        called in {"print", "pprint", "click.echo", "sys.stderr.write", "sys.stdout.write"}
    ),
    "exits": lambda called: called in {"exit", "quit", "sys.exit", "SystemExit", "os.abort"},
    "configures logging": lambda called: called in {"logging.basicConfig", "logging.config.dictConfig"},
    "warns": lambda called: called in {"warnings.warn", "warn"},
    "runs code that it was given": lambda called: called in {"eval", "exec", "compile", "__import__"},
}


@pytest.mark.parametrize("what", SPEAKING)
def test_nothing_but_the_command_line(what: str) -> None:
    speaking = [
        f"{name}: {called}"
        for name, module in modules().items()
        if not is_of(name, "cli") and name != "__main__"
        for called in calls(module.tree)
        if SPEAKING[what](called)
    ]
    assert speaking == []


def test_only_a_worker_process_or_one_without_its_files_ends_at_once() -> None:
    ending = {name for name, module in modules().items() if "os._exit" in calls(module.tree)}
    assert ending <= {"runtime.workers", "cli.bus_error", "__main__"}


# The repository


def test_the_top_of_the_repository_has_only_expected_files() -> None:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a checkout")
    files = [line for line in listed.stdout.splitlines() if (REPOSITORY / line).exists()]
    top = {line.partition("/")[0] for line in files}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL
    assert {"annotator", "tests", "pyproject.toml", "README.md", "LICENSE"} <= top


def test_no_test_module_is_imported_or_too_long() -> None:
    """What tests share is in `tests/support`; a long module specifies several things."""
    long, imported = {}, set()
    for path in sorted((REPOSITORY / "tests").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name.startswith("test_") and (lines := text.count("\n")) > TEST_LINES:
            long[path.name] = lines
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(one.name for one in node.names)]
                imported |= {f"{path.name}: {name}" for name in names if re.search(r"(^|\.)test_", name)}
    assert long == {}
    assert imported == set()
