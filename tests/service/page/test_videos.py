"""What somebody does with videos: from the upload to the timeline, and when something is in the way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.running import Running

from .acts import analysed, moment, send

if TYPE_CHECKING:
    from .browser import Visit


def test_a_video_becomes_a_timeline(visit: Visit, clip: Path) -> None:
    page = visit.page
    send(visit, clip)
    page.get_by_role("link", name="Open").click()
    page.get_by_role("heading", name="aisle 3.mp4", level=1).wait_for()
    rows = page.locator("tbody tr")
    rows.first.wait_for()
    page.get_by_role("slider", name="Position in the video").wait_for()
    assert rows.count() > 3
    assert page.locator(".names p").count() == 6
    page.get_by_role("button", name="Show 2 more actions").click()
    assert page.locator(".names p").count() == 8
    with page.expect_download() as download:
        page.get_by_role("link", name="Table (CSV)").click()
    assert download.value.path().read_text("utf-8").count("\n") == rows.count() + 1
    assert visit.flaws() == []


def test_a_click_on_an_action_takes_the_video_there(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    visit.go(f"analysis/{analysed(service, clip)}")
    visit.until("document.querySelector('.actions') && document.querySelector('.screen video')?.readyState > 0")
    third = page.locator("tbody tr").nth(2)
    third.click()
    minutes, seconds = third.locator("button").inner_text().split(":")
    visit.until("document.querySelector('tbody tr:nth-child(3)').ariaCurrent === 'true'")
    assert moment(visit) == pytest.approx(60 * int(minutes) + float(seconds), abs=0.06)
    band = page.locator(".band")
    page.locator(".time").scroll_into_view_if_needed()
    box = band.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert moment(visit) == pytest.approx(24, abs=0.5)
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == (
        f"0:24.0, {page.locator('.now .what').inner_text()}"
    )
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 90)
    assert "0:12.0" in page.locator(".tip").inner_text()
    page.mouse.wheel(0, 100)  # the page scrolls, the timeline stays
    assert not page.locator(".map").is_visible()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.locator(".map").wait_for()


def test_the_keyboard_is_enough(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    visit.go(f"analysis/{analysed(service, clip)}")
    visit.until("document.querySelector('.actions') && document.querySelector('.screen video')?.readyState > 0")
    assert page.evaluate("document.activeElement.tagName") in ("H1", "BODY")
    page.keyboard.press("ArrowRight")
    second = moment(visit)
    assert second > 1
    page.keyboard.press("Shift+ArrowRight")
    assert moment(visit) == pytest.approx(second + 1, abs=0.06)
    page.keyboard.press("ArrowLeft")
    assert moment(visit) == pytest.approx(second, abs=0.06)
    page.keyboard.press("+")
    page.locator(".map").wait_for()
    page.keyboard.press("0")
    page.locator(".map").wait_for(state="hidden")
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert page.get_by_role("slider").get_attribute("aria-valuenow") in ("48.0", "47.9")
    page.keyboard.press(" ")
    page.keyboard.press("Home")
    page.get_by_role("button", name="Delete this video").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Cancel"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Delete this video"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="History").wait_for()
    page.get_by_text("No videos yet.").wait_for()
    assert service.store.jobs() == ()


def test_from_the_top_of_the_page_to_a_file_by_tab_alone(visit: Visit) -> None:
    page = visit.page
    page.locator("#model option").first.wait_for(state="attached")
    names = []
    for _ in range(11):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    assert names[0] == "Skip to content"
    assert names.index("files") < names.index("model")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_recordings_own_clock(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    visit.go(f"analysis/{analysed(service, clip)}")
    page.get_by_label("The recording began at").fill("23:59:50")
    assert page.locator("tbody button").first.inner_text() == "23:59:50.0"
    assert page.locator("tbody button").last.inner_text().startswith("00:00:")
    page.reload()
    page.locator("tbody button", has_text="23:59:50.0").wait_for()


def test_a_file_that_is_no_video_is_told_beside_its_name(visit: Visit, service: Running, tmp_path: Path) -> None:
    page = visit.page
    wrong = tmp_path / "notes.mp4"
    wrong.write_text("This is no video at all.\n" * 50)
    visit.expected = ("422",)
    send(visit, wrong)
    row = page.locator(".sendings li", has_text="notes.mp4")
    row.get_by_text("This video could not be looked through").wait_for()
    what, details = row.locator(".wrong p").all_inner_texts()
    assert what.startswith("This video could not")
    assert details.startswith("This is not a video that can be read. ")
    assert "got:" not in details
    assert str(service.folder.root) not in page.content()
    assert visit.flaws() == []


def test_an_empty_file_is_refused_in_the_services_words(visit: Visit, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    visit.expected = ("422",)
    send(visit, empty)
    visit.page.get_by_text("the video is empty").wait_for()
    visit.page.get_by_role("button", name="Take empty.mp4 off the list").click()
    assert visit.page.locator(".sendings li").count() == 0


def test_a_lost_connection_is_told_and_an_upload_goes_on_when_it_is_back(visit: Visit, clip: Path) -> None:
    page = visit.page
    page.locator("#model option").first.wait_for(state="attached")
    visit.expected = ("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")
    page.context.set_offline(True)
    send(visit, clip)
    page.get_by_text("The connection to the service is lost.").wait_for()
    page.get_by_text("Sending goes on by itself").wait_for()
    assert visit.flaws() == []
    page.context.set_offline(False)
    page.get_by_role("button", name="Try now").click()
    page.get_by_text("Connected again.").wait_for()
    page.get_by_role("link", name="Open").wait_for()


def test_a_busy_service_is_asked_again(visit: Visit, clip: Path) -> None:
    page = visit.page
    problem = {"type": "/docs#problem-busy", "title": "Too much is waiting", "status": 429, "detail": "64 are waiting"}
    answered = []

    def busy(route: object) -> None:
        answered.append(route)
        if len(answered) == 1:
            route.fulfill(status=429, headers={"Retry-After": "1"}, json=problem)  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    visit.expected = ("429",)
    page.route("**/v1/analyses", lambda route: busy(route) if route.request.method == "POST" else route.continue_())
    send(visit, clip)
    page.get_by_text("Trying again shortly.").wait_for()
    page.get_by_role("link", name="Open").wait_for()
    assert len(answered) == 2


def test_what_is_looked_through_shows_how_far_it_is_and_can_be_stopped(
    visit: Visit, service: Running, clip: Path
) -> None:
    page = visit.page
    service.models.held.set()
    send(visit, clip)
    page.get_by_text("Being looked through, 50%").wait_for()
    page.get_by_role("link", name="Open").click()
    page.get_by_role("heading", name="Being looked through").wait_for()
    page.get_by_text("Being looked through, 50%").wait_for()
    assert visit.flaws() == []
    service.models.held.clear()
    page.locator("tbody tr").first.wait_for()


def test_history_is_searched_and_emptied(visit: Visit, service: Running, clip: Path, tmp_path: Path) -> None:
    page = visit.page
    other = tmp_path / "till 1.mp4"
    shutil.copyfile(clip, other)
    analysed(service, clip)
    analysed(service, other)
    visit.go("history")
    page.get_by_text("2 videos").wait_for()
    assert visit.flaws() == []
    page.get_by_role("searchbox").fill("TILL")
    page.get_by_text("One video found").wait_for()
    page.get_by_role("button", name="Delete till 1.mp4").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("searchbox").fill("")
    page.get_by_text("One video", exact=True).wait_for()
    assert [job.name for job in service.store.jobs()] == ["aisle 3.mp4"]
