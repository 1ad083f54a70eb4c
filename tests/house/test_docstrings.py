"""What a reader cannot see from a signature is written down: the purpose of a file, arrays' shapes, long functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from .conftest import Plant, hold
from .source import Module, modules

LONG = 8
ARRAY = re.compile(r"\b(ndarray|NDArray|ArrayLike|Tensor|Image|Floats)\b")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _statements(node: ast.AST) -> int:
    return sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)) - 1


def _signature(function: Function) -> str:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    types = [argument.annotation for argument in arguments] + [function.returns]
    return " ".join(ast.unparse(annotation) for annotation in types if annotation is not None)


def _public(parent: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    return (
        node
        for node in parent.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
    )


def _needs(function: Function) -> bool:
    return _statements(function) > LONG or bool(ARRAY.search(_signature(function)))


def _owed(node: Function | ast.ClassDef) -> list[Function | ast.ClassDef]:
    """What of a function, or of a class and its methods, must have a docstring."""
    if not isinstance(node, ast.ClassDef):
        return [node] if _needs(node) else []
    methods = [method for method in _public(node) if not isinstance(method, ast.ClassDef)]
    forward = any(method.name == "forward" for method in methods)
    described = [node] if forward or len(methods) > 1 else []
    return [*described, *(method for method in methods if _needs(method) and method.name != "forward")]


def undocumented(module: Module) -> list[str]:
    """A file without a docstring; a long public function or one with arrays; a class with several methods.

    A network's `forward` is described by the docstring of its class, which it must then have.
    """
    missing = [item for node in _public(module.tree) for item in _owed(node) if not ast.get_docstring(item)]
    opening = [] if ast.get_docstring(module.tree) else [f"{module.name}:1 module"]
    return opening + [f"{module.at(item)} {item.name}" for item in missing]


def test_what_needs_a_docstring_has_one() -> None:
    hold(line for module in modules() for line in undocumented(module))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def area(width: int, height: int) -> int:\n    return width * height", False),
        ("def _mean(values: Tensor) -> float: ...", False),
        ("class Point:\n    def length(self) -> float: ...", False),
        ("def mean(values: npt.NDArray[np.float32]) -> float: ...", True),
        ("def zeros(count: int) -> torch.Tensor: ...", True),
        ("def long() -> None:\n" + "    print()\n" * (LONG + 1), True),
        ("class Net:\n    def forward(self, x: Tensor) -> Tensor: ...", True),
        ("class Net:\n    '''Halves T, H and W.'''\n    def forward(self, x: Tensor) -> Tensor: ...", False),
        ("class Box:\n    def one(self) -> int: ...\n    def two(self) -> int: ...", True),
    ],
)
def test_a_planted_function_is_judged(plant: Plant, text: str, found: bool) -> None:
    assert bool(undocumented(plant("media/read.py", f"'''A file.'''\n{text}\n"))) is found


def test_a_file_without_a_docstring_is_found(plant: Plant) -> None:
    assert undocumented(plant("media/read.py", "import sys")) == ["aisle.media.read:1 module"]
