"""A place is drawn over the picture of a camera or a video, by mouse and by keyboard, and kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.running import Running

from .acts import analysed

if TYPE_CHECKING:
    from .browser import Visit
    from .conftest import Opened

SQUARE = [[0.1, 0.1], [0.4, 0.1], [0.4, 0.5], [0.1, 0.5]]


def click(visit: Visit, x: float, y: float) -> None:
    """In the picture, in shares of its width and height."""
    box = visit.page.locator(".drawing").bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def drawn(service: Running, name: str) -> list[dict[str, object]]:
    zones: list[dict[str, object]] = service.client.get(f"/v1/sites/{name}").json()["zones"]
    return zones


def open_editor(visit: Visit) -> None:
    visit.go("sites")
    visit.page.get_by_role("link", name="Draw a place").click()
    visit.page.get_by_role("heading", name="A new place", level=1).wait_for()


def test_a_place_is_drawn_over_a_video_and_kept(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    analysed(service, clip)
    open_editor(visit)
    visit.until("document.querySelector('.canvas video').readyState > 0")
    for x, y in SQUARE:
        click(visit, x, y)
    click(visit, 0.1, 0.1)  # the first corner again
    name = page.get_by_role("textbox", name="Name of zone 1")
    assert name.input_value() == "shelf 1"
    name.fill("milk")
    page.get_by_role("combobox", name="Kind of").select_option("entrance")
    page.get_by_role("textbox", name="Name of the place").fill("corner shop")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).wait_for()
    (zone,) = drawn(service, "corner shop")
    assert (zone["name"], zone["kind"]) == ("milk", "entrance")
    assert [pytest.approx(corner, abs=0.01) for corner in SQUARE] == zone["polygon"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download (YAML)").click()
    assert "kind: entrance" in download.value.path().read_text("utf-8")
    assert visit.flaws() == []
    visit.go("sites")
    page.get_by_text("one entrance").wait_for()
    assert visit.flaws() == []
    page.get_by_role("button", name="Delete corner shop").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("No place is drawn yet").wait_for()
    assert service.client.get("/v1/sites").json()["items"] == []


def test_crossing_sides_are_refused_while_one_draws(visit: Visit, service: Running) -> None:
    page = visit.page
    open_editor(visit)
    for x, y in ((0.1, 0.1), (0.6, 0.6), (0.6, 0.1), (0.1, 0.6)):
        click(visit, x, y)
    page.get_by_text("must not cross").wait_for()
    assert page.locator(".corner.draft").count() == 3
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Name of zone 1").wait_for()
    corner = page.get_by_role("button", name="Corner 1 of shelf 1")
    box, target = corner.bounding_box(), page.locator(".drawing").bounding_box()
    assert box is not None
    assert target is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(target["x"] + 0.5 * target["width"], target["y"] + 0.2 * target["height"], steps=4)
    page.mouse.move(target["x"] + 0.95 * target["width"], target["y"] + 0.3 * target["height"], steps=8)
    page.mouse.up()
    page.get_by_role("textbox", name="Name of the place").fill("shop")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved", exact=True).wait_for()
    assert service.client.get("/v1/sites/shop").status_code == 200  # which refuses polygons that cross


def test_the_keyboard_is_enough_to_draw(visit: Visit, service: Running) -> None:
    page = visit.page
    open_editor(visit)
    page.get_by_role("button", name="Add a zone").press("Enter")
    page.get_by_role("button", name="Corner 1 of shelf 1").focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "Shift+ArrowUp", "+", "ArrowUp"):
        page.keyboard.press(key)
    assert page.locator(".corner").count() == 5
    page.keyboard.press("Delete")
    assert page.locator(".corner").count() == 4
    page.get_by_role("button", name="Undo").click()
    assert page.locator(".corner").count() == 5
    page.get_by_role("textbox", name="Name of the place").fill("by hand")
    page.keyboard.press("Enter")
    page.get_by_text("Saved", exact=True).wait_for()
    (zone,) = drawn(service, "by hand")
    assert zone["polygon"][0] == pytest.approx([0.33, 0.338])  # type: ignore[index]
    page.reload()
    page.get_by_role("heading", name="by hand", level=1).wait_for()
    page.get_by_role("button", name="Corner 5 of shelf 1").wait_for()


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
def test_places_in_french_on_any_screen(opened: Opened, service: Running, width: int, dark: bool) -> None:
    body = {"zones": [{"name": "lait", "kind": "shelf", "polygon": SQUARE}]}
    service.client.put("/v1/sites/épicerie", json=body)
    with opened(service.url, locale="fr-FR", width=width, dark=dark, view="sites") as visit:
        visit.page.get_by_role("link", name="épicerie").click()
        visit.page.get_by_role("button", name="Coin 1 de lait").wait_for()
        assert visit.flaws() == []
        visit.page.get_by_role("textbox", name="Nom de la zone 1").fill("")
        visit.page.get_by_role("button", name="Enregistrer").click()
        assert visit.page.get_by_text("Enregistré", exact=True).count() == 0
