"""Whatever goes wrong says what was got: every error is one of the family, with the value that caused it."""

from __future__ import annotations

import ast
import inspect

import pytest

from aisle.core import errors

from .conftest import Plant, hold
from .source import Module, modules

FAMILY = {name for name, thing in inspect.getmembers(errors, inspect.isclass) if issubclass(thing, errors.AisleError)}
GOT_BY_POSITION = {"UnknownNameError", "MissingPartError"}
TOO_GENERAL = {
    "Exception",
    "BaseException",
    "RuntimeError",
    "ValueError",
    "TypeError",
    "OSError",
    "NotImplementedError",
}


def _called(node: ast.expr | None) -> str:
    """`InputError` for `InputError`, `errors.InputError` and a call of either."""
    target = node.func if isinstance(node, ast.Call) else node
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def _says_got(call: ast.Call) -> bool:
    """An empty text and None say nothing."""
    values = [keyword.value for keyword in call.keywords if keyword.arg == "got"]
    return any(not (isinstance(value, ast.Constant) and value.value in (None, "")) for value in values)


def _wrong(node: ast.Assert | ast.Raise | ast.Call) -> str:
    if isinstance(node, ast.Assert):
        return "assert is for tests; raise an error of the family"
    if isinstance(node, ast.Raise) and _called(node.exc) in TOO_GENERAL:
        return f"raises {_called(node.exc)}, which is not of the family"
    if isinstance(node, ast.Call) and _called(node) in FAMILY - GOT_BY_POSITION and not _says_got(node):
        return f"{_called(node)} without got="
    return ""


def mute(module: Module) -> list[str]:
    told = (node for node in ast.walk(module.tree) if isinstance(node, ast.Assert | ast.Raise | ast.Call))
    return [f"{module.at(node)} {_wrong(node)}" for node in told if _wrong(node)]


def test_errors_say_what_was_got() -> None:
    hold(line for module in modules() for line in mute(module))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("raise UsageError('no such size', got=size)", False),
        ("raise UnknownNameError('model', name, known)", False),
        ("raise MissingPartError('a table', name='pandas', extra='tables')", False),
        ("raise", False),
        ("raise UsageError('no such size')", True),
        ("raise UsageError('no such size', got='')", True),
        ("error = errors.InputError('no such file', got=None)", True),
        ("raise ValueError('no')", True),
        ("raise Exception", True),
        ("assert size > 0", True),
    ],
)
def test_a_planted_error_is_judged(plant: Plant, text: str, found: bool) -> None:
    assert bool(mute(plant("media/read.py", text))) is found


def test_an_input_that_cannot_be_read_is_told_what_to_do() -> None:
    hold(
        f"{module.name}:{node.lineno} does not say what to do"
        for module in modules()
        if module.room == "media"
        for node in ast.walk(ast.parse(module.path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _called(node) == "InputError"
        if "do" not in {keyword.arg for keyword in node.keywords}
    )
