"""The blocks of a document are found and run as they are written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .documents import Block, blocks, mentions, run, strangers, write_programs

TEXT = """
# Title

```bash
aisle classify a.mp4 \\
  --top 3
# a comment
aisle models list
```

<!-- not run: it would install into this environment -->
```console
$ pip install aisle
Successfully installed
```

1. indented

   ```python
   for i in range(2):
       print(i)
   ```
"""


def test_blocks_are_found_in_order() -> None:
    shell, transcript, python = blocks("a.md", TEXT)
    assert [str(shell), str(transcript), str(python)] == ["a.md:4", "a.md:12", "a.md:19"]
    assert shell.commands == ["aisle classify a.mp4    --top 3", "aisle models list"]
    assert (transcript.commands, transcript.reason) == (["pip install aisle"], "it would install into this environment")
    assert python == Block("a.md", 19, "python", "for i in range(2):\n    print(i)\n")


@pytest.mark.parametrize("text", ["```bash\naisle\n", "```\naisle\n```\n", "```python title=x\n1\n```\n"])
def test_a_fence_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"a\.md"):
        blocks("a.md", text)


def test_mentions_of_commands_are_found_in_prose_alone() -> None:
    prose = "Use `aisle models get NAME`, `aisle classify VIDEO... [--top 5] [--json]` or `aisle`.\n"
    assert mentions(prose + TEXT) == {"models get", "classify --top --json"}


@pytest.mark.parametrize(
    ("line", "reason", "found"),
    [
        ("aisle models list | head -3", "", []),
        ("pip install aisle", "", ["a.md:1: pip install aisle"]),
        ("pip install aisle", "installs", []),
    ],
)
def test_a_command_that_is_none_of_ours_needs_a_reason(line: str, reason: str, found: list[str]) -> None:
    assert strangers(Block("a.md", 1, "bash", line, reason)) == found


@pytest.mark.parametrize(
    ("language", "text", "code", "output"),
    [
        ("bash", "python -c 'print(1 + 1)'\n", 0, "2"),
        ("console", "$ python -c 'print(3)'\n3\n", 0, "3"),
        ("bash", "python -c 'raise SystemExit(3)'\npython -c 'print(1)'\n", 3, ""),
        ("bash", "make help\n", 0, "sed"),
        ("python", "from pathlib import Path\nprint([path.name for path in Path().iterdir()])", 0, "['bin']"),
    ],
)
def test_a_block_is_run_in_its_folder(tmp_path: Path, language: str, text: str, code: int, output: str) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    write_programs(programs)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    done = run(Block("a.md", 1, language, text), tmp_path, environment)
    assert (done.returncode, output in done.stdout, done.stderr) == (code, True, "")
