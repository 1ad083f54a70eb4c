"""Code blocks of the documents: found, told apart, and run as a reader would run them."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .source import ROOT

SHELL = {"bash", "console"}
RUN = SHELL | {"python"}
PROGRAMS = {"aisle", "make", "python"}
"""What a block may call and still be run here; `make` is only asked what it would do."""

FENCED = re.compile(
    r"(?:^ *<!-- not run: (?P<reason>[^\n]+?) -->\n)?"
    r"^(?P<indent> *)```(?P<language>\w+)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
MENTIONED = re.compile(r"`aisle ([^`]+)`")


@dataclass(frozen=True)
class Block:
    """One fenced block; `reason` says why it is not run, and is empty for one that is."""

    document: str
    line: int
    language: str
    text: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The lines of a shell block as typed, without prompts, comments and a transcript's output."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.language == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        return [line for line in lines if line.strip() and not line.startswith("#")]


def documents() -> list[Path]:
    """What is written for readers of today; the log and the decisions tell of their own day."""
    guides = set((ROOT / "docs").glob("*.md")) - {ROOT / "docs" / "log.md"}
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(guides)]


def blocks(document: str, text: str) -> list[Block]:
    """All fenced blocks in order. Raises ValueError where a fence names no language or is never closed."""
    found = [
        Block(
            document,
            text.count("\n", 0, match.start("language")) + 1,
            match["language"],
            re.sub(f"^{match['indent']}", "", match["body"], flags=re.MULTILINE),
            match["reason"] or "",
        )
        for match in FENCED.finditer(text)
    ]
    fences = len(re.findall(r"^ *```", text, flags=re.MULTILINE))
    if fences != 2 * len(found):
        raise ValueError(
            f"{document}: {fences} fence lines for {len(found)} blocks; every block needs a language and an end"
        )
    return found


def mentions(text: str) -> set[str]:
    """What running prose says of `aisle`, without values: "models get" or "classify --top --json"."""
    spans = (span.split() for span in MENTIONED.findall(FENCED.sub("", text)))
    return {" ".join(_names(words)) for words in spans}


def _names(words: list[str]) -> list[str]:
    names = list(itertools.takewhile(lambda word: re.fullmatch("[a-z][a-z-]*", word), words))
    return names + re.findall("--[a-z][a-z-]*", " ".join(words))


def strangers(block: Block) -> list[str]:
    """Commands of a block to be run that are none of ours, such as `pip install` or `cd`."""
    if block.reason or block.language not in SHELL:
        return []
    return [f"{block}: {line}" for line in block.commands if line.split()[0] not in PROGRAMS]


def write_programs(folder: Path) -> None:
    """Puts `aisle`, `python` and `make` into `folder`: this interpreter, and a make that says what it would do."""
    calls = {
        "aisle": f'"{sys.executable}" -m aisle',
        "python": f'"{sys.executable}"',
        "make": f'env PATH="${{PATH#*:}}" make --dry-run --directory "{ROOT}"',
    }
    for name, call in calls.items():
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {call} "$@"\n', encoding="utf-8")
        program.chmod(0o755)


def run(block: Block, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs a block in `folder`; a shell block stops at its first command that fails."""
    shell = ["bash", "-euo", "pipefail", "-c", "\n".join(block.commands)]
    call = shell if block.language in SHELL else [sys.executable, "-c", block.text]
    return subprocess.run(
        call, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
