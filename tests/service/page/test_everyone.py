"""What holds for the page as a whole: languages, screens, models, keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aisle.service.records import Role
from service.running import Running, running

from .acts import alarm, analysed, send

if TYPE_CHECKING:
    from .browser import Visit
    from .conftest import Opened


def test_models_say_what_they_are_not_for_and_how_good_they_are(visit: Visit) -> None:
    page = visit.page
    visit.go("models")
    card = page.get_by_role("region", name="Shoplifting")
    card.get_by_text("Accusing anyone.").wait_for()
    assert "93%" in card.inner_text()
    assert page.get_by_role("region", name="Activities of all kinds").get_by_text("388 more").count() == 1
    assert visit.flaws() == []


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
def test_in_french_on_any_screen(opened: Opened, service: Running, clip: Path, width: int, dark: bool) -> None:
    done = analysed(service, clip)
    alarm(service, "first", clip)
    service.cameras.add(name="Porte", source="rtsp://10.0.0.7/1", model="shoplifting")
    with opened(service.url, locale="fr-FR", width=width, dark=dark) as visit:
        page = visit.page
        visit.expected = ("404",)
        for view, title in (
            ("", "Que se passe-t-il dans vos vidéos ?"),
            (f"analysis/{done}", "aisle 3.mp4"),
            ("live", "Caméras"),
            ("history", "Historique"),
            ("models", "Modèles"),
            ("analysis/nothing", "Cette vidéo"),
        ):
            visit.go(view)
            page.get_by_role("heading", name=title, level=1).wait_for()
            page.wait_for_load_state("load")
            assert visit.flaws() == []
        assert page.locator("html").get_attribute("lang") == "fr"
        page.get_by_role("button", name="Réglages").click()
        page.get_by_role("radio", name="English").check(force=True)
        page.get_by_role("heading", name="There is no such video").wait_for()
        page.reload()
        page.get_by_role("link", name="History").first.wait_for()  # the page itself may offer another


def test_a_key_is_asked_for_and_becomes_a_cookie_that_scripts_cannot_read(
    opened: Opened, tmp_path: Path, clip: Path
) -> None:
    with running(tmp_path / "data", keys=True) as service:
        key = service.store.add_key("guard", Role.operator)
        with opened(service.url) as visit:
            page = visit.page
            visit.expected = ("401",)
            page.get_by_role("dialog").wait_for()
            assert visit.flaws() == []
            page.get_by_role("textbox", name="Key").fill("aisle_wrong")
            page.get_by_role("button", name="Enter").click()
            page.get_by_text("This key is wrong").wait_for()
            page.get_by_role("textbox", name="Key").fill(key)
            page.get_by_role("button", name="Enter").click()
            page.get_by_role("dialog").wait_for(state="detached")
            send(visit, clip)
            page.get_by_role("link", name="Open").click()
            visit.until("document.querySelector('.actions') && document.querySelector('.screen video')?.readyState > 0")
            assert page.evaluate("document.cookie + JSON.stringify(localStorage)").count(key) == 0
            page.get_by_role("button", name="Settings").click()
            page.get_by_role("button", name="Forget the key").click()
            page.get_by_role("dialog").wait_for()


def test_nothing_jumps_while_the_page_comes_up(opened: Opened, service: Running, clip: Path) -> None:
    for _ in range(3):
        analysed(service, clip)
    with opened(service.url) as visit:
        visit.page.locator(".jobs li").nth(2).wait_for()
        shift = visit.page.evaluate(
            "new Promise(done => new PerformanceObserver(list => done(list.getEntries().map(e => e.value)))"
            ".observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => done([]), 300))"
        )
        assert sum(shift) < 0.02
