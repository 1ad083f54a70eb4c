"""The collection on the page: seconds of a video are marked, and what is like them stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aisle.search.writer import writing
from aisle.service.collection import Searched
from indexes import RECIPE, described
from service.running import Running, running
from videos import make_video

from .acts import analysed

if TYPE_CHECKING:
    from .browser import Visit
    from .conftest import Opened


def test_seconds_are_marked_and_found(opened: Opened, tmp_path: Path) -> None:
    home = tmp_path / "videos"
    home.mkdir()
    with writing(tmp_path / "index", RECIPE) as writer:
        writer.live_in(home)
        for name, side in (("a", 0.0), ("b", 0.1), ("c", 1.0)):
            make_video(home / f"{name}.mp4", 20, Fraction(5))
            row = [1 - side, side, 1 - side, side]
            writer.put(described(f"{name}.mp4", row, row, row, category="shelf" if side == 1 else "till"))
    with (
        closing(Searched(tmp_path / "index")) as searched,
        running(tmp_path / "data", collection=searched) as service,
        opened(service.url, view="collection") as visit,
    ):
        page = visit.page
        page.get_by_label("Video", exact=True).select_option("a.mp4")
        assert page.locator(".dot").count() == 3
        visit.until("document.querySelector('.seen video').readyState > 0")  # then nothing moves any more
        page.locator(".strip").scroll_into_view_if_needed()
        strip = page.locator(".strip").bounding_box()
        assert strip is not None
        page.mouse.move(strip["x"] + 2, strip["y"] + 5)
        page.mouse.down()
        page.mouse.move(strip["x"] + strip["width"] / 2, strip["y"] + 5)
        page.mouse.up()
        assert 1.8 <= float(page.get_by_label("To, s").input_value()) <= 2.2
        page.get_by_label("Category").select_option("till")
        page.get_by_role("button", name="Find similar").click()
        first = page.locator(".matches li").first
        first.wait_for()
        assert "a.mp4" in first.inner_text()  # its other seconds
        assert "Found: 0:02.0" in first.inner_text()
        assert "copies of it" in first.inner_text()  # those of b, which look the same
        assert first.locator("img").count() == 2
        assert visit.flaws() == []


def test_without_a_collection_the_page_says_so(visit: Visit, service: Running) -> None:
    del service
    visit.go("collection")
    visit.page.get_by_text("has no collection").wait_for()
    assert visit.flaws() == []


class Looks:
    """Stands for what describes videos: all of them show a cup."""

    recipe = RECIPE

    def rows(self, _video: Path, stretches: Sequence[object], **_: object) -> np.ndarray:
        """See aisle.analysis.describe.Describer."""
        return np.array([[1, 0, 1, 0]] * len(stretches), np.float32)


def test_what_is_like_an_analysis_stands_under_its_timeline(opened: Opened, clip: Path, tmp_path: Path) -> None:
    home = tmp_path / "videos"
    home.mkdir()
    with writing(tmp_path / "index", RECIPE) as writer:
        writer.live_in(home)
        for name, row in (("cup", [1, 0, 1, 0]), ("dog", [0, 1, 0, 1])):
            make_video(home / f"{name}.mp4", 20, Fraction(5))
            writer.put(described(f"{name}.mp4", row, row, row))
    with (
        closing(Searched(tmp_path / "index", describe=lambda _: Looks())) as searched,
        running(tmp_path / "data", collection=searched) as service,
        opened(service.url, view=f"analysis/{analysed(service, clip)}") as visit,
    ):
        page = visit.page
        page.get_by_role("button", name="Videos like this one").click()
        first = page.locator(".similar .matches li").first
        first.wait_for()
        assert "cup.mp4" in first.inner_text()
        visit.until("document.querySelector('.screen video').readyState > 0")
        visit.until(
            "[...document.querySelectorAll('.similar img')].every((each) => each.complete)"
        )  # nothing moves now
        field = page.locator(".field")
        before = page.locator(".similar button").nth(1).inner_text()
        field.hover(position={"x": 20, "y": 20})
        page.keyboard.down("Shift")
        page.mouse.down()
        field.hover(position={"x": 300, "y": 20})
        page.mouse.up()
        page.keyboard.up("Shift")
        visit.until("document.querySelectorAll('.similar .matches li').length > 0")
        page.locator(".similar .small", has_text="Asked").first.wait_for()
        visit.until(f"document.querySelectorAll('.similar button')[1].textContent !== {before!r}")
        assert visit.flaws() == []
