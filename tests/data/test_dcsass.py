"""DCSASS as Kaggle hands it over."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.core import InputError
from aisle.data.dcsass import claims, read
from datasets import film, make_dcsass, write_rows


def test_source_videos_are_groups_and_zero_is_normal(tmp_path: Path) -> None:
    dataset = read(make_dcsass(tmp_path))
    assert tuple(dataset.labels) == ("normal", "shoplifting")
    assert [example.label for example in dataset.examples] == ["normal", "shoplifting"] * 3
    assert [example.group for example in dataset.examples][1:3] == ["Shoplifting001_x264", "Shoplifting002_x264"]
    assert dataset.examples[0].name == "Shoplifting/Shoplifting001_x264.mp4/Shoplifting001_x264_0.mp4"
    assert dataset.grouped


def test_the_archives_own_folder_round_it(tmp_path: Path) -> None:
    make_dcsass(tmp_path / "DCSASS Dataset")
    assert claims(tmp_path)
    assert len(read(tmp_path).examples) == 6


def test_a_copy_beside_it_is_not_read_twice(tmp_path: Path) -> None:
    make_dcsass(tmp_path / "one")
    make_dcsass(tmp_path / "two")
    with pytest.raises(InputError, match="does not hold DCSASS once"):
        read(tmp_path)


def test_labels_of_classes_that_were_not_unpacked(tmp_path: Path) -> None:
    make_dcsass(tmp_path)
    write_rows(tmp_path / "Labels" / "Arson.csv", "Arson001_x264_0,Arson,1")
    dataset = read(tmp_path)
    assert dataset.notes == ("there are labels but no videos of Arson",)
    assert dataset.problems == ()


def test_rows_and_clips_without_each_other(tmp_path: Path) -> None:
    make_dcsass(tmp_path)
    film(tmp_path / "Shoplifting" / "Shoplifting009_x264.mp4" / "Shoplifting009_x264_0.mp4", 9)
    table = tmp_path / "Labels" / "Shoplifting.csv"
    bad = ("Shoplifting008_x264_0,Shoplifting,1", "Shoplifting001_x264_0,Shoplifting,", "../../a_0,Shoplifting,1")
    write_rows(table, *table.read_text(encoding="utf-8").split(), *bad)
    dataset = read(tmp_path)
    assert len(dataset.examples) == 6
    said = [str(problem).removeprefix(str(tmp_path)) for problem in dataset.problems]
    assert [text.partition(";")[0] for text in said] == [
        "/Labels/Shoplifting.csv:7: no such clip",
        "/Labels/Shoplifting.csv:8: no label",
        "/Labels/Shoplifting.csv:9: no such clip",
        "/Shoplifting/Shoplifting009_x264.mp4/Shoplifting009_x264_0.mp4 has no label",
    ]
