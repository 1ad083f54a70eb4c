from __future__ import annotations

from pathlib import Path

from pages import Page
from videos import make_video

from .conftest import Run


def test_a_dataset_is_shown_as_a_page(aisle: Run, tmp_path: Path) -> None:
    for label in ("normal", "theft"):
        (tmp_path / "shop" / label).mkdir(parents=True)
        make_video(tmp_path / "shop" / label / "a.mp4", 20)
    page = tmp_path / "page.html"
    done = aisle("data", "show", tmp_path / "shop", "--out", page)
    assert done.code == 0
    assert str(page) in done.out
    assert Page.read(page).texts["h1"] == ["shop"]


def test_what_is_no_dataset_gets_no_page(aisle: Run, tmp_path: Path) -> None:
    done = aisle("data", "show", tmp_path / "gone", "--out", tmp_path / "page.html")
    assert (done.code, done.errors) == (2, [done.error])
    assert list(tmp_path.iterdir()) == []


def test_an_evaluation_is_a_page_beside_its_figures(aisle: Run, tmp_path: Path) -> None:
    truth, predicted, out = tmp_path / "truth.csv", tmp_path / "predicted.csv", tmp_path / "out"
    truth.write_text("video,start,end,label\na,0,4,reach\na,4,8,take\nb,1,5,take\n")
    predicted.write_text("video,start,end,label,score\na,0,5,reach,0.9\na,5,8,take,0.8\n")
    done = aisle("evaluate", "--truth", truth, "--predicted", predicted, "--out", out)
    assert done.code == 0
    assert sorted(path.name for path in out.iterdir()) == ["metrics.json", "report.html"]
    page = Page.read(out / "report.html")
    page.hold_to_the_policy()
    assert page.texts["figcaption"] == ["a", "b"]
    assert str(truth) in page.texts["dd"]
