"""The collection on the page: seconds of a video are marked, and what is like them stands beside them."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from aisle.search.writer import writing
from aisle.service.collection import Searched
from indexes import RECIPE, described
from service.running import Running, running
from videos import make_video

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
        assert "b.mp4" in first.inner_text()
        assert first.locator("img").count() == 2
        assert visit.flaws() == []


def test_without_a_collection_the_page_says_so(visit: Visit, service: Running) -> None:
    del service
    visit.go("collection")
    visit.page.get_by_text("has no collection").wait_for()
    assert visit.flaws() == []
