"""`aisle evaluate`: tables in, metrics.json and a short table out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from .conftest import Done, Run, files

TRUTH = "video,start,end,label\na,1,5,reach\na,6,10,look\nb,2,4,reach\nb,4,6,background\n"
GUESS = "video,start,end,label,score\na,1,3,reach,0.5\na,6,11,look,0.9\nb,2,4,reach,0.75\n"


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    truth, predicted = tmp_path / "truth.csv", tmp_path / "predicted.csv"
    truth.write_text(TRUTH)
    predicted.write_text(GUESS)
    return truth, predicted


def evaluate(aisle: Run, tables: tuple[Path, Path], out: Path, *words: object) -> Done:
    return aisle("evaluate", "--truth", tables[0], "--predicted", tables[1], "--out", out, *words)


def test_metrics_are_written_and_shown(aisle: Run, tables: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "a new" / "folder"
    done = evaluate(aisle, tables, out, "--protocol", "merl", "--rate", 1)
    assert (done.code, done.err) == (0, "")
    assert "metrics.json" in files(out)
    metrics = json.loads((out / "metrics.json").read_text())
    # Wrong are 3, 4 and 10 s of video a, which lasts 11 s, and none of the 6 s of b.
    assert metrics["frame_accuracy"] == pytest.approx(100 * 14 / 17)
    assert [metrics[name] for name in ("edit", "f1@10", "f1@25", "f1@50", "map_midpoint", "map_iou@10")] == [100] * 6
    assert metrics["map_iou@50"] == 75  # look is right; of reach only b, which is surer, so 1/1 of 2
    assert (metrics["protocol"], metrics["rate"]) == ("merl", 1)
    assert metrics["files"]["truth"] == {"path": str(tables[0]), "sha256": hashlib.sha256(TRUTH.encode()).hexdigest()}
    assert [report["rate"] for report in metrics["rates"]] == [1, 30]
    assert metrics["rates"][0]["per_class"] == metrics["per_class"]
    assert metrics["rates"][1]["counts"]["samples"] == 17 * 30
    lines = done.out.splitlines()
    assert "in percent" in lines[0]
    assert lines[1].split() == ["videos:", "2", "at", "1", "a", "second", "at", "30", "a", "second"]
    assert lines[2].split() == ["samples", "17", "510"]
    # Drawn are a twice, where look is all that is right, or b twice, which is right, or both.
    assert ["map_iou@50", *["75.0", "(50.0-100.0)"] * 2] in [line.split() for line in lines]
    assert lines[-1].startswith(f"written to {out / 'metrics.json'}")


def test_rates_are_fractions_given_once_or_often(aisle: Run, tables: tuple[Path, Path], tmp_path: Path) -> None:
    assert evaluate(aisle, tables, tmp_path, "--rate", "30000/1001", "--rate", "2.4", "--rate", "12/5").code == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert [report["rate"] for report in metrics["rates"]] == [30000 / 1001, 2.4, 30]
    assert evaluate(aisle, tables, tmp_path).code == 0
    assert [one["rate"] for one in json.loads((tmp_path / "metrics.json").read_text())["rates"]] == [30]


def test_notes_are_told_and_written(aisle: Run, tables: tuple[Path, Path], tmp_path: Path) -> None:
    tables[1].write_text(GUESS.splitlines()[0] + "\nb,2,2,reach,0.75\nb,2,4,reach,0.75\n")
    done = evaluate(aisle, tables, tmp_path)
    notes = [
        "1 predicted segments without length are dropped",
        "1 of 2 videos have no prediction and count as background: a",
    ]
    assert (done.code, done.err.splitlines()) == (0, [f"note: {note}" for note in notes])
    assert json.loads((tmp_path / "metrics.json").read_text())["notes"] == notes
    quiet = evaluate(aisle, tables, tmp_path, "--quiet")
    assert (quiet.code, quiet.err, quiet.out) == (0, "", done.out)


def test_figures_that_are_undefined_are_null_and_a_dash(aisle: Run, tables: tuple[Path, Path], tmp_path: Path) -> None:
    """At one sample a second none falls into the one action there is."""
    tables[0].write_text("video,start,end,label\na,0,0.2,reach\na,0.2,9,background\n")
    tables[1].write_text("video,start,end,label,score\n")
    done = evaluate(aisle, tables, tmp_path, "--rate", 1)
    assert done.code == 0
    assert json.loads((tmp_path / "metrics.json").read_text())["map_midpoint"] is None
    assert ["map_midpoint", "-", "0.0"] in [line.split() for line in done.out.splitlines()]


BAD: dict[str, tuple[tuple[str, str], tuple[object, ...], int, str]] = {
    "line": ((TRUTH, GUESS + "c,0,1,reach,0.5\n"), (), 1, "predicted.csv:5: the truth has no such video; got: 'c'"),
    "truth": ((TRUTH.replace("1,5", "5,1"), GUESS), (), 1, "truth.csv:2: the segment ends before it starts"),
    "rate 0": ((TRUTH, GUESS), ("--rate", 0), 2, "a rate is a number of samples a second; got: 0; allowed: 1/1000"),
    "rate": ((TRUTH, GUESS), ("--rate", "1e400"), 2, "allowed: 1/1000 to 1000"),
    "too slow": ((TRUTH, GUESS), ("--rate", "0.001"), 2, "no sample falls in any video; got: 0.001 samples a second"),
    "no number": ((TRUTH, GUESS), ("--rate", "fast"), 2, "not a number; got: 'fast'"),
    "protocol": ((TRUTH, GUESS), ("--protocol", "coco"), 2, "'coco' is not"),
}


@pytest.mark.parametrize(("texts", "words", "code", "said"), BAD.values(), ids=BAD)
def test_a_bad_call_is_told_in_one_line_and_writes_nothing(
    aisle: Run,
    tables: tuple[Path, Path],
    tmp_path: Path,
    texts: tuple[str, str],
    words: tuple[object, ...],
    code: int,
    said: str,
) -> None:
    for file, text in zip(tables, texts, strict=True):
        file.write_text(text)
    done = evaluate(aisle, tables, tmp_path / "out", *words)
    assert done.code == code
    assert said in done.error
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there(aisle: Run, tables: tuple[Path, Path], tmp_path: Path) -> None:
    tables[0].unlink()
    done = evaluate(aisle, tables, tmp_path / "out")
    assert (done.code, done.out) == (1, "")
    assert done.error.startswith(f"error: cannot read {tables[0]}; got: No such file or directory; do: ")


def test_a_result_that_cannot_be_written(aisle: Run, tables: tuple[Path, Path]) -> None:
    done = evaluate(aisle, tables, tables[0])
    assert done.code == 1
    assert done.error.startswith(f"error: cannot write {tables[0] / 'metrics.json'}; got: ")
    assert tables[0].read_text() == TRUTH


def test_it_runs_as_a_program(program: Run, tables: tuple[Path, Path], tmp_path: Path) -> None:
    done = program("evaluate", "--truth", tables[0], "--predicted", tables[1], "--out", "out", "--rate", "2.4")
    assert (done.code, done.err) == (0, "")
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["rate"] == 2.4
