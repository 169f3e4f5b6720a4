"""The package's source as the architecture test reads it: modules, imports and names, by syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = "robasync"


@dataclass(frozen=True)
class Module:
    """A source file of the package; ``name`` is dotted below the package, "" for its top."""

    path: Path
    name: str

    @property
    def room(self) -> str:
        """The first part of the name: the package or file in which the module lives."""
        return self.name.split(".")[0] or PACKAGE

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def imports(self) -> tuple[tuple[ast.AST, str], ...]:
        """Every import, wherever it stands, as node and full dotted name."""
        return tuple(
            (node, f"{base}.{alias.name}" if base else alias.name)
            for node in self.nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for base in [self._base(node)]
            for alias in node.names
        )

    @cached_property
    def own_imports(self) -> tuple[tuple[ast.AST, Module], ...]:
        """The imports of other modules of the package; importing its version does not count."""
        return tuple(
            (node, found)
            for node, target in self.imports
            if target.split(".")[0] == PACKAGE and target not in {PACKAGE, f"{PACKAGE}.__version__"}
            for found in [nearest(target)]
            if found != self
        )

    def stands_in(self, places: str) -> bool:
        """Whether the module is one of ``places``, or inside one of them."""
        return any(f"{self.name}.".startswith(f"{place}.") for place in places.split())

    def at(self, node: ast.AST) -> str:
        """Return where a node stands, for a message."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"

    def _base(self, node: ast.Import | ast.ImportFrom) -> str:
        if isinstance(node, ast.Import):
            return ""

        if not node.level:
            return node.module or ""

        package = [PACKAGE, *filter(None, self.name.split("."))]
        package = package[: len(package) - node.level + (self.path.name == "__init__.py")]

        return ".".join([*package, *filter(None, [node.module])])


@cache
def modules() -> dict[str, Module]:
    """Return every module of the package by its dotted name below the package."""
    found = {}

    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(path, name)

    return found


def nearest(target: str) -> Module:
    """Return the module that a dotted name stands for, or in which the name is defined."""
    name = target.partition(".")[2]

    while name not in modules():
        name = name.rpartition(".")[0]

    return modules()[name]


def names(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield what is called, raised, taken from a module or imported from one, by name."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            yield node, node.exc.id
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method."""
    return (node for node in module.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def undocumented(node: ast.AST) -> Iterator[ast.AST]:
    """Yield ``node`` and the public definitions in it, as far as they lack a docstring."""
    if ast.get_docstring(node) is None:
        yield node

    for child in node.body if isinstance(node, ast.Module | ast.ClassDef) else []:
        if is_public(child):
            yield from undocumented(child)


def is_public(node: ast.AST) -> bool:
    """Whether the node defines a class or function for others; overloads and setters repeat one."""
    if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith(
        "_"
    ):
        return False

    last_parts = {ast.unparse(decorator).split(".")[-1] for decorator in node.decorator_list}

    return not last_parts & {"overload", "setter"}
