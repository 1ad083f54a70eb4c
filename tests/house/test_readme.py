"""Every command and every piece of Python in the documents works as it stands there, in the order it is read."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from .conftest import hold
from .documents import RUN, Block, blocks, documents, mentions, run, strangers, write_programs
from .source import ROOT

TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in documents()}
BLOCKS = [block for name, text in TEXTS.items() for block in blocks(name, text) if block.language in RUN]
MENTIONS = sorted(set().union(*map(mentions, TEXTS.values())))
VIDEOS = ("shop.mp4", "till.mp4")
"""The names that the documents use for a reader's own recordings."""

NOT_A_READERS = {"CI", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "VIDEO"}
"""What `make test` hands down and a reader's shell does not have; with CI set, some libraries do not report home."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's home folder, in which nothing may appear but caches."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, home: Path, tiny_bundle: Path) -> Mapping[str, str]:
    """A reader's shell in which `aisle` is the one under test, and a small model in the cache is the default one."""
    programs = tmp_path_factory.mktemp("programs")
    write_programs(programs)
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_A_READERS}
    cache = str(tiny_bundle.parents[1])
    return {**inherited, "HOME": str(home), "PATH": f"{programs}:{inherited['PATH']}", "AISLE_CACHE": cache}


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory, document_video: Path) -> Callable[[str], Path]:
    """One folder a document, in which its blocks follow each other, with the videos that the documents speak of."""

    @functools.cache
    def make(document: str) -> Path:
        folder = tmp_path_factory.mktemp(Path(document).stem)
        for name in VIDEOS:
            (folder / name).symlink_to(document_video)
        return folder

    return make


def _parameter(block: Block) -> object:
    marks = [pytest.mark.skip(reason=f"not run: {block.reason}")] if block.reason else []
    return pytest.param(block, id=str(block), marks=marks)


@pytest.mark.parametrize("block", [_parameter(block) for block in BLOCKS])
def test_a_documented_block_runs(
    block: Block, folder_of: Callable[[str], Path], environment: Mapping[str, str], home: Path
) -> None:
    done = run(block, folder_of(block.document), environment)
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    hold(f"{block} wrote {path}" for path in home.iterdir() if path.name != ".cache")


def test_what_is_not_ours_to_run_says_so() -> None:
    hold(line for block in BLOCKS for line in strangers(block))


@pytest.mark.parametrize("mention", MENTIONS)
def test_a_command_mentioned_in_prose_exists(mention: str, environment: Mapping[str, str]) -> None:
    names = [word for word in mention.split() if not word.startswith("--")]
    wide = {**environment, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    call = [sys.executable, "-m", "aisle", *names, "--help"]
    done = subprocess.run(call, env=wide, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{mention}\n{done.stderr}"
    assert [word for word in mention.split() if word.startswith("--") and word not in done.stdout] == []
