"""The source as the house tests read it: each file with its syntax tree and what it imports. Nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "aisle"


@dataclass(frozen=True)
class Import:
    """`target` is the dotted name with the member asked for; `at_import` says that importing the file runs it."""

    target: str
    line: int
    at_import: bool


@dataclass(frozen=True)
class Module:
    """One file of the package that lies in the folder `package`."""

    path: Path
    package: Path = PACKAGE

    @cached_property
    def parts(self) -> tuple[str, ...]:
        inside = self.path.relative_to(self.package.parent).with_suffix("").parts
        return inside[:-1] if inside[-1] == "__init__" else inside

    @property
    def name(self) -> str:
        return ".".join(self.parts)

    @property
    def room(self) -> str:
        """The folder below the package; the files beside the rooms have the room ""."""
        inside = self.path.relative_to(self.package).parts
        return inside[0] if len(inside) > 1 else ""

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), filename=str(self.path))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(self._imports(self.tree, at_import=True))

    def at(self, node: ast.expr | ast.stmt) -> str:
        """Where `node` stands, for a message: module name and line."""
        return f"{self.name}:{node.lineno}"

    def _imports(self, parent: ast.AST, *, at_import: bool) -> Iterator[Import]:
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno, at_import) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                origin = self._origin(node)
                yield from (Import(f"{origin}.{alias.name}", node.lineno, at_import) for alias in node.names)
            else:
                yield from self._imports(node, at_import=at_import and not _runs_later(node))

    def _origin(self, node: ast.ImportFrom) -> str:
        if node.level == 0:
            return str(node.module)
        folder = self.path.parent.relative_to(self.package.parent).parts
        above = folder[: len(folder) - node.level + 1]
        return ".".join([*above, *filter(None, [node.module])])


def _runs_later(node: ast.AST) -> bool:
    """The body of a function runs when it is called, a block for type checkers never."""
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def modules() -> list[Module]:
    """Every file of the package, sorted by name."""
    return sorted(map(Module, PACKAGE.rglob("*.py")), key=lambda module: module.name)


def python_files() -> list[Path]:
    """Every Python file of the project: source, tests and benchmarks."""
    return sorted(path for folder in ("src", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
