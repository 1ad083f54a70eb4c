from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from aisle.core import InputError, Segment
from aisle.core.overlap import RULE
from aisle.evaluate.tables import Comparison, read_comparison

TRUTH = "video,start,end,label\na,0,2.5,reach\na,2.5,4,look\nb,1,3,reach\n"
GUESS = "video,start,end,label,score\na,0,2,reach,0.9\nb,1,3.5,look,0.25\n"


def read(folder: Path, truth: str | bytes = TRUTH, predicted: str | bytes = GUESS) -> Comparison:
    files = folder / "truth.csv", folder / "guess.csv"
    for file, text in zip(files, (truth, predicted), strict=True):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_comparison(*files)


def part(start: str, end: str, label: str, score: float = 1.0) -> Segment:
    return Segment(Fraction(start), Fraction(end), label, score)


def test_both_tables_become_timelines(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.labels.names == ("look", "reach", "background")
    assert list(found.truth) == ["a", "b"]
    assert found.truth["a"].segments == (part("0", "5/2", "reach"), part("5/2", "4", "look"))
    assert found.predicted["b"].segments == (part("1", "7/2", "look", 0.25),)
    assert (found.truth["a"].duration, found.predicted["a"].duration) == (4, 4)  # of the truth, which lasts longer
    assert (found.truth["b"].duration, found.predicted["b"].duration) == (Fraction(7, 2), Fraction(7, 2))
    assert found.groups == {"a": "a", "b": "b"}
    assert found.notes == ()


SAME = {
    "windows": TRUTH.replace("\n", "\r\n"),
    "mark": b"\xef\xbb\xbf" + TRUTH.encode(),
    "utf-16": TRUTH.encode("utf-16"),
    "german excel": TRUTH.replace(",", ";").replace(".", ","),
    "semicolons and points": TRUTH.replace(",", ";"),
    "tabs": TRUTH.replace(",", "\t"),
    "capitals and blanks": TRUTH.replace("video,start", " Video , START "),
    "another order, another column": "label,note,end,start,video\n"
    "reach,,2.5,0,a\nlook,late,4.0,2.50,a\nreach,,3e0,1.,b\n",
    "empty cells behind": TRUTH.replace("\n", ",,\n"),
    "columns of aisle analyze": "video,start_s,end_s,label,start,end\n"
    "a,0,2.5,reach,0:00:00.000,0:00:02.500\na,2.5,4,look,x,y\nb,1,3,reach,x,y\n",
    "a score that nobody asked for": TRUTH.replace("label\n", "label,score\n")
    .replace("h\n", "h,nan\n")
    .replace("k\n", "k,\n"),
}


@pytest.mark.parametrize("truth", SAME.values(), ids=SAME)
def test_however_it_was_written_it_is_read_alike(truth: str | bytes, tmp_path: Path) -> None:
    assert read(tmp_path, truth) == read(tmp_path)


def test_background_may_be_named_and_tells_how_long_a_video_is(tmp_path: Path) -> None:
    found = read(tmp_path, TRUTH + "b,3,60,background\n", GUESS + "a,2,4,background,0.5\n")
    assert found.labels.names == ("look", "reach", "background")
    assert found.truth["b"].duration == found.predicted["b"].duration == 60


def test_overlaps_are_settled_and_empty_rows_dropped_with_a_note(tmp_path: Path) -> None:
    found = read(tmp_path, TRUTH + "a,1,2,look\nb,2,2,look\n", GUESS + "b,3,4,reach,0.5\n")
    assert [(float(s.start), float(s.end), s.label) for s in found.truth["a"].segments] == [
        (0, 1, "reach"),
        (1, 2, "look"),
        (2, 2.5, "reach"),
        (2.5, 4, "look"),
    ]
    assert found.predicted["b"].segments == (part("1", "3", "look", 0.25), part("3", "4", "reach", 0.5))
    assert found.notes == (
        "1 true segments without length are dropped",
        f"1 true segments overlap an earlier one: {RULE}",
        f"1 predicted segments overlap an earlier one: {RULE}",
    )


def test_groups_are_read_where_the_truth_has_them(tmp_path: Path) -> None:
    rows = TRUTH.replace("label\n", "label,group\n").replace("h\n", "h,ann\n").replace("k\n", "k,ann\n")
    assert read(tmp_path, rows).groups == {"a": "ann", "b": "ann"}


def test_predictions_may_be_none_at_all(tmp_path: Path) -> None:
    found = read(tmp_path, TRUTH, "video,start,end,label,score\n")
    assert found.predicted == {}
    assert found.truth["b"].duration == 3


BAD_TRUTH = {
    "empty": ("", "truth.csv:1: the column video is missing; got: an empty file; allowed: video,start,end,label in"),
    "no rows": ("video,start,end,label\n", "truth.csv has no action to compare with; got: no rows; do: "),
    "only background": ("video,start,end,label\na,0,1,background\n", "got: 1 rows, all of them background"),
    "no column": (TRUTH.replace("label", "class"), "truth.csv:1: the column label is missing; got: video, start, end"),
    "double column": (TRUTH.replace("label\n", "label,end\n"), "truth.csv:1: the column end is there twice"),
    "end before start": (TRUTH.replace("1,3", "3,1"), "truth.csv:4: the segment ends before it starts; got: start 3"),
    "negative": (TRUTH.replace("b,1", "b,-1"), "truth.csv:4: the start is not a time; got: -1; allowed: seconds"),
    "a clock": (TRUTH.replace("b,1", "b,0:01"), "truth.csv:4: the start is not a time; got: 0:01"),
    "nan": (TRUTH.replace("b,1", "b,nan"), "truth.csv:4: the start is not a time; got: nan"),
    "huge": (TRUTH.replace("1,3", "1,1e999"), "truth.csv:4: the end is not a time; got: 1e999"),
    "thousands": (TRUTH.replace("1,3", '1,"1,003.5"'), "truth.csv:4: the end is not a time; got: 1,003.5"),
    "no time": (TRUTH.replace("1,3", "1,"), "truth.csv:4: the end is not a time; got: an empty cell"),
    "no label": (TRUTH.replace("look", " "), "truth.csv:3: the label is missing; got: an empty cell"),
    "no video": (TRUTH.replace("b,1", ",1"), "truth.csv:4: the video is missing"),
    "short line": (TRUTH + "b,4,5\n", "truth.csv:5: the line does not fit the heading; got: 3 cells for 4 columns"),
    "decimal comma": (TRUTH + "b,4,5,5,look\n", "truth.csv:5: the line does not fit the heading; got: 5 cells"),
    "two groups": (
        "video,start,end,label,group\na,0,1,look,ann\na,1,2,reach,bob\nb,0,1,look,bob\n",
        "truth.csv:3: a video has two groups; got: a in ann and in bob",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD_TRUTH.values(), ids=BAD_TRUTH)
def test_a_truth_that_cannot_be_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)
    assert "do: " in str(caught.value)


BAD_GUESS = {
    "empty": ("", "guess.csv:1: the column video is missing; got: an empty file"),
    "no score": (
        TRUTH,
        "guess.csv:1: the column score is missing; got: video, start, end, label; allowed: video,start",
    ),
    "nan": (GUESS.replace("0.25", "nan"), "guess.csv:3: the score is not a probability; got: nan; allowed: 0 to 1"),
    "logit": (GUESS.replace("0.25", "3.25"), "guess.csv:3: the score is not a probability; got: 3.25"),
    "no number": (GUESS.replace("0.25", ""), "guess.csv:3: the score is not a probability; got: an empty cell"),
    "unknown video": (GUESS.replace("b,", "c,"), "guess.csv:3: the truth has no such video; got: 'c'; do: name it as"),
    "unknown label": (
        GUESS.replace("look", "lok"),
        "guess.csv:3: the truth has no such label; got: 'lok'; do: did you",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD_GUESS.values(), ids=BAD_GUESS)
def test_a_prediction_that_cannot_be_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, predicted=text)
    assert said in str(caught.value)
    assert "do: " in str(caught.value)
