"""Files stay small and are named after what they hold."""

from __future__ import annotations

from .conftest import hold
from .source import ROOT, python_files

LONGEST = 400
SAYS_NOTHING = {"common", "helper", "helpers", "misc", "tools", "util", "utils"}


def test_files_are_short() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    hold(f"{name} has {length} lines" for name, length in lengths.items() if length > LONGEST)


def test_names_say_what_is_inside() -> None:
    names = {str(path.relative_to(ROOT).with_suffix("")) for path in python_files()}
    hold(name for name in names if SAYS_NOTHING & set(name.replace("_", "/").split("/")))
