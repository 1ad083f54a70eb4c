"""What a guard does: cameras that rise and go away, alarms that are judged in one key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from service.running import Running, Status, wait

from .acts import alarm

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Route

    from .browser import Visit


def test_an_alarm_is_seen_and_judged_in_one_key(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    service.cameras.add(name="Front door", source="rtsp://10.0.0.7/1", model="shoplifting")
    visit.expected = ("404", "204")
    visit.go("live")
    page.get_by_role("meter", name="Risk of shoplifting at Front door").wait_for()
    visit.until("document.querySelector('[role=meter]').getAttribute('aria-valuetext') === '25%'")
    page.get_by_text("Nothing to review.").wait_for()
    for id_ in ("first", "second"):
        alarm(service, id_, clip)
    page.locator(".alarm").nth(1).wait_for()
    visit.until("document.title.startsWith('(2) ')")
    assert "New alarm: Shoplifting, Front door" in (page.locator("#alarm").text_content() or "")
    visit.until("document.querySelector('video.clip')?.readyState > 0")
    assert visit.flaws() == []
    page.keyboard.press("c")
    wait(lambda: service.store.event("first").review is not None)  # type: ignore[union-attr]
    page.keyboard.press("d")
    page.get_by_role("radio", name="All").check()
    wait(lambda: service.store.event("second").review is not None)  # type: ignore[union-attr]
    verdicts = {each.event.id: each.review.verdict for each in service.store.events() if each.review}
    assert verdicts == {"first": "confirmed", "second": "dismissed"}
    assert page.locator(".alarm").count() == 2
    page.keyboard.press("n")
    page.keyboard.press("p")
    visit.until("!document.title.startsWith('(')")


def test_an_alarm_that_comes_while_the_list_is_on_its_way_stays(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/v1/events?limit=*", lambda route: held.append((route, route.fetch())))
    visit.go("live")
    while not held:
        page.wait_for_timeout(20)
    alarm(service, "first", clip)
    visit.until("document.getElementById('alarm').textContent.startsWith('New alarm')")
    for route, answer in held:
        route.fulfill(response=answer)
    page.locator(".alarm").wait_for()


def test_a_verdict_that_is_not_taken_is_given_back(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    alarm(service, "first", clip)
    visit.expected = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")
    visit.go("live")
    page.locator(".alarm").wait_for()
    page.route("**/review", lambda route: route.abort())
    page.keyboard.press("c")
    page.get_by_text("This was not saved").wait_for()
    assert page.get_by_role("button", name="Confirm").get_attribute("aria-pressed") == "false"


def test_a_camera_that_rises_and_goes_away_is_shown_so(visit: Visit, service: Running) -> None:
    page = visit.page
    added = service.cameras.add(name="Till 1", source="rtsp://10.0.0.8/1", model="shoplifting")
    visit.go("live")
    page.get_by_role("meter").wait_for()
    high, lost = Status(risks={"shoplifting": 0.75}), Status("lost", "nobody answers", {"shoplifting": 0.75})
    for status, shown in ((high, "[data-risk=high][data-state=live]"), (lost, "[data-state=lost]:not([data-risk])")):
        service.cameras.now[added.id] = status
        service.hub.publish("stream", {"id": added.id, "status": status})
        page.locator(f".camera{shown}").wait_for()
    assert page.get_by_role("meter", name="The risk at Till 1 is not known").get_attribute("aria-valuetext") == "\u2013"
    page.get_by_text("nobody answers").wait_for()
    page.get_by_text("No picture", exact=True).wait_for()
    page.get_by_role("button", name="Remove Till 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_text("No camera is watched yet.").wait_for()
    assert service.store.streams() == ()


def test_a_camera_is_added_and_a_wrong_address_is_told(visit: Visit, service: Running) -> None:
    page = visit.page
    visit.expected = ("422", "404", "204")
    visit.go("live")
    page.get_by_role("button", name="Add a camera").click()
    page.get_by_label("Name").fill("Till 1")
    page.get_by_label("Address").fill("till one")
    page.locator("#watch option").first.wait_for(state="attached")
    page.get_by_role("button", name="Watch").click()
    page.locator("dialog .wrong p").first.wait_for()
    assert visit.flaws() == []
    page.get_by_label("Address").fill("rtsp://10.0.0.8/1")
    page.get_by_role("button", name="Watch").click()
    page.get_by_role("heading", name="Till 1").wait_for()
    assert [(each.name, each.model) for each in service.store.streams()] == [("Till 1", "shoplifting")]
