"""Nothing is exempt: ruff and mypy have no list of exceptions, and no line asks for one."""

from __future__ import annotations

import io
import re
import tokenize
import tomllib
from pathlib import Path

import pytest

from .source import PACKAGE, ROOT, python_files

TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
EXEMPTION = re.compile(r"#\s*(noqa|ruff:\s*noqa|flake8:|mypy:|fmt:\s*(off|skip)|isort:|type:\s*ignore(?!\[\w)|pragma:)")


def exemptions(text: str) -> list[str]:
    """Comments that silence a checker; `type: ignore[code]` is allowed, for what a third party left untyped."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT and EXEMPTION.search(token.string)]


def test_ruff_ignores_nothing() -> None:
    lint = TOOL["ruff"]["lint"]
    exceptions = [key for key in [*TOOL["ruff"], *lint] if "ignore" in key or "exclude" in key or "unfixable" in key]
    assert exceptions == []
    assert {"E", "F", "B", "BLE"} <= set(lint["select"])


def test_types_are_strict_and_warnings_are_errors() -> None:
    assert TOOL["mypy"]["strict"] is True
    assert (PACKAGE / "py.typed").is_file(), "users' type checkers see the types only where this empty file stands"
    assert not any(override.get("ignore_errors") for override in TOOL["mypy"].get("overrides", []))
    assert TOOL["pytest"]["ini_options"]["filterwarnings"][0] == "error"


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_line_silences_a_checker(path: Path) -> None:
    assert exemptions(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("x = 1  # noqa: E501", True),
        ("x = 1  # type: ignore", True),
        ("x = 1  # type: ignore[attr-defined]", False),
        ("x = '# noqa'", False),
        ("# fmt: off", True),
    ],
)
def test_a_planted_exemption_is_judged(line: str, found: bool) -> None:
    assert bool(exemptions(f"{line}\n")) is found
