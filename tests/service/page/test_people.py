"""People and products: wished for where the service offers it, and shown as who did what, with a way to the moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.running import Running, running

from .acts import analysed, moment, send

if TYPE_CHECKING:
    from .browser import Visit
    from .conftest import Opened

SITE = {"zones": [{"name": "Dairy", "kind": "shelf", "polygon": [[0, 0], [1, 0], [1, 1]]}]}


@pytest.fixture
def followed(service: Running, clip: Path) -> str:
    """The id of an analysis of a place in which a can was picked up."""
    service.client.put("/v1/sites/corner shop", json=SITE)
    return analysed(service, clip, objects="true", site="corner shop")


def test_people_are_followed_where_that_is_wished_and_in_the_place_that_was_chosen(
    visit: Visit, service: Running, clip: Path
) -> None:
    page = visit.page
    service.client.put("/v1/sites/corner shop", json=SITE)
    page.reload()
    page.get_by_role("checkbox", name="Follow people and products").wait_for()
    place = page.get_by_role("combobox", name="Place")
    assert not place.is_visible()
    page.get_by_role("checkbox", name="Follow people and products").check()
    place.select_option("corner shop")
    assert visit.flaws() == []
    send(visit, clip)
    page.get_by_role("link", name="Open").wait_for()
    page.get_by_role("checkbox", name="Follow people and products").uncheck()
    send(visit, clip)
    visit.until("document.querySelectorAll('.sendings a.button').length === 2")
    after, before = service.store.jobs()
    assert (before.objects, before.site) == (True, "corner shop")
    assert (after.objects, after.site) == (False, None)


def test_without_a_place_one_is_led_to_draw_one(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    page.get_by_role("checkbox", name="Follow people and products").check()
    page.get_by_text("With a drawn place").wait_for()
    send(visit, clip)
    page.get_by_role("link", name="Open").click()
    page.get_by_text("No place was chosen").wait_for()
    (job,) = service.store.jobs()
    assert (job.objects, job.site) == (True, None)
    visit.go("")
    page.get_by_role("link", name="Draw a place").click()
    page.get_by_role("heading", name="Places", level=1).wait_for()


def test_what_a_service_does_not_offer_is_not_shown(opened: Opened, tmp_path: Path, clip: Path) -> None:
    with running(tmp_path / "plain", objects=False) as service, opened(service.url) as visit:
        visit.page.locator("#model option").first.wait_for(state="attached")
        assert visit.page.get_by_role("checkbox").count() == 1
        assert service.client.get("/v1/models").json()["objects"] is False
        visit.go(f"analysis/{analysed(service, clip)}")
        visit.page.locator("tbody tr").first.wait_for()
        assert visit.page.get_by_role("heading", name="People and products").count() == 0


def test_who_did_what_and_a_click_takes_the_video_there(visit: Visit, followed: str) -> None:
    page = visit.page
    visit.go(f"analysis/{followed}")
    part = page.get_by_role("region", name="People and products")
    part.get_by_text("One person was followed. Products: picked up once.").wait_for()
    assert part.locator("tbody td").all_inner_texts() == ["0:01.0", "Picked up", "Person 1", "can", "Dairy", "90%"]
    part.get_by_role("link", name="corner shop").wait_for()
    visit.until("document.querySelector('.screen video')?.readyState > 0")
    part.locator("tbody tr").click()
    assert moment(visit) == pytest.approx(1, abs=0.06)
    visit.until("document.querySelector('.people tbody tr').ariaCurrent === 'true'")
    page.keyboard.press("ArrowRight")
    visit.until("document.querySelector('.people tbody tr').ariaCurrent === null")
    part.get_by_role("button", name="0:01.0").focus()
    page.keyboard.press("Enter")
    assert moment(visit) == pytest.approx(1, abs=0.06)
    page.get_by_label("The recording began at").fill("09:00:00")
    part.get_by_role("button", name="09:00:01.0").wait_for()
    assert visit.flaws() == []


def test_the_tables_and_the_copy_can_be_taken_along(visit: Visit, followed: str) -> None:
    page = visit.page
    visit.go(f"analysis/{followed}")
    for name, column in (("Who handled what", "kind"), ("Who was there", "items"), ("Where each was seen", "x1")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert column in download.value.path().read_text("utf-8").splitlines()[0].split(",")
    page.get_by_role("radio", name="With people and actions").check(force=True)
    visit.until("document.querySelector('.screen video').src.endsWith('/video')")
    assert page.get_by_role("link", name="Video with people and actions").count() == 1


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
def test_people_in_french_on_any_screen(
    opened: Opened, service: Running, followed: str, width: int, dark: bool
) -> None:
    with opened(service.url, locale="fr-FR", width=width, dark=dark) as visit:
        visit.page.get_by_role("checkbox", name="Suivre les personnes et les produits").check()
        visit.page.get_by_role("combobox", name="Lieu").wait_for()
        assert visit.flaws() == []
        visit.go(f"analysis/{followed}")
        visit.page.get_by_text("1 personne a été suivie. Produits : pris en main 1 fois.").wait_for()
        assert visit.page.get_by_text("can · Dairy").is_visible() is (width < 500)
        assert visit.flaws() == []
