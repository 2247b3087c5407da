"""Reads Python sources without importing them: who imports whom, and what a rule of the house finds wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

Imports = Mapping[str, set[str]]
"""The modules of the tree that each module imports, wherever in the file it does so."""

LONGEST_FILE = 400
LONGEST_PACKAGE_DOCSTRING = 8


def source_files(root: Path, packages: Sequence[str]) -> list[Path]:
    """Every Python file of some packages; raises where there is none, so that no rule passes on nothing."""
    files = [path for package in packages for path in sorted((root / package).rglob("*.py"))]
    if not files:
        raise FileNotFoundError(f"no Python file of {', '.join(packages)} in {root}")
    return files


def module_name(root: Path, path: Path) -> str:
    """The dotted name of a file; a package is named by its `__init__`."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_imports(root: Path, packages: Sequence[str]) -> dict[str, set[str]]:
    """Which modules of the packages import which others, also inside functions."""
    trees = {module_name(root, path): _parse(path) for path in source_files(root, packages)}
    return {name: set(_imported(tree, trees)) - {name} for name, tree in trees.items()}


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imported(tree: ast.Module, known: Mapping[str, object]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in known:
                    yield inner
                elif node.module in known:
                    yield node.module


def room_of(module: str) -> str:
    """The package or module directly below the top that a module belongs to; the top itself for its `__init__`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def backward_imports(imports: Imports, order: Sequence[set[str]], allowed: Mapping[str, set[str]]) -> list[str]:
    """Imports from a room to one that comes later in the order, or to another in the same place of it.

    Rooms in no place stand on the ground: everyone may import them, and they import no room that has a place.
    `allowed` names, for a room, the only modules that may import it.
    """
    place = {room: number for number, rooms in enumerate(order, start=1) for room in rooms}
    found = []
    for module, others in sorted(imports.items()):
        here = room_of(module)
        for other in sorted(others):
            there = room_of(other)
            if there in allowed:
                if module not in allowed[there] and here != there:
                    found.append(f"{module} imports {other}, which only {', '.join(sorted(allowed[there]))} may")
            elif here != there and there in place and place.get(here, 0) <= place[there]:
                found.append(f"{module} imports {other}, which comes later: move what both need to the ground")
    return found


def foreign_imports(imports: Imports, package: str) -> list[str]:
    """Imports from a package to anything outside it."""
    return [
        f"{module} imports {other}: {package} knows nothing beside itself"
        for module, others in sorted(imports.items())
        for other in sorted(others)
        if module.split(".")[0] == package != other.split(".")[0]
    ]


def import_cycles(imports: Imports) -> list[list[str]]:
    """Groups of modules each of which, in some steps, imports all the others."""
    reached = {module: _reach(module, imports) for module in imports}
    groups = {
        tuple(sorted(other for other in reached[module] if module in reached.get(other, ())))
        for module in imports
        if module in reached[module]
    }
    return [list(group) for group in sorted(groups)]


def _reach(module: str, imports: Imports) -> set[str]:
    found: set[str] = set()
    ahead = list(imports[module])
    while ahead:
        other = ahead.pop()
        if other not in found:
            found.add(other)
            ahead += imports.get(other, ())
    return found


def long_files(root: Path, packages: Sequence[str]) -> list[str]:
    """Files with more lines than anyone reads in one go."""
    lengths = [(path, len(path.read_text(encoding="utf-8").splitlines())) for path in source_files(root, packages)]
    return [f"{path.relative_to(root)} has {lines} lines: split it" for path, lines in lengths if lines > LONGEST_FILE]


def untold_packages(root: Path, packages: Sequence[str]) -> list[str]:
    """Packages that do not say in a few lines what they take, give and do not hold."""
    found = []
    for path in source_files(root, packages):
        told = ast.get_docstring(_parse(path)) or ""
        if path.name == "__init__.py" and not 1 <= len(told.splitlines()) <= LONGEST_PACKAGE_DOCSTRING:
            found.append(f"{path.relative_to(root)}: a docstring of 1 to {LONGEST_PACKAGE_DOCSTRING} lines is missing")
    return found


def untold_functions(root: Path, packages: Sequence[str]) -> list[str]:
    """Public functions and methods without a docstring, or with a parameter or result that has no type."""
    found = []
    for path in source_files(root, packages):
        for name, function in _public_functions(_parse(path)):
            where = f"{path.relative_to(root)}:{function.lineno}, {name}"
            if not ast.get_docstring(function):
                found.append(f"{where}: no docstring")
            untyped = [
                argument.arg for argument in _arguments(function, is_method="." in name) if not argument.annotation
            ]
            if untyped or function.returns is None:
                found.append(
                    f"{where}: no type for {', '.join([*untyped, *(['result'] if not function.returns else [])])}"
                )
    return found


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _public_functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def _arguments(function: Function, *, is_method: bool) -> list[ast.arg]:
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
    if is_method and not is_static:
        plain = plain[1:]
    return [*plain, *given.kwonlyargs, *(a for a in (given.vararg, given.kwarg) if a)]
