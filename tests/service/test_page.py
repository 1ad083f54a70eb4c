"""The page: what its files hold, and what somebody can do with it in a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from importlib import resources
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import pytest

from aisle.core.colour import PALETTE, label_colour
from aisle.core.event import Event
from aisle.core.page import resource
from aisle.service.records import Evidence, Role
from videos import make_video

from .running import Running, Status, running, wait

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .browser import Visit

PAGE = Path(str(resources.files("aisle.service"))) / "page"
SCRIPTS = {path.name: path.read_text("utf-8") for path in sorted(PAGE.glob("*.js"))}
TEXTS = {path.stem: json.loads(path.read_text("utf-8")) for path in PAGE.glob("*.json")}
FIRST = ("theme", "app", "api", "dom", "i18n", "key", "upload", "jobs", "colour")
"""The scripts that the page needs before it can be used."""


# --- its files


def test_every_language_says_the_same() -> None:
    assert sorted(TEXTS) == ["en", "fr"]
    assert TEXTS["en"].keys() == TEXTS["fr"].keys()
    holes = re.compile(r"\{\w+\}")
    for key, text in TEXTS["en"].items():
        # "One video" needs no number, "{n} vidéo" does: French says so for none, too.
        assert set(holes.findall(text)) | {"{n}"} == set(holes.findall(TEXTS["fr"][key])) | {"{n}"}, key
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


def test_every_text_that_is_used_is_there_and_every_one_there_is_used() -> None:
    sources = "".join([*SCRIPTS.values(), (PAGE / "index.html").read_text("utf-8")])
    asked = set(re.findall(r'\bt\(\s*"([^"]+)"|data-t(?:-label)?="([^"]+)"', sources))
    keys = {one or other for one, other in asked}
    beginnings = set(re.findall(r"\b(?:t|told)\(`([a-z.]+\.)\$", sources))
    there = {re.sub(r"\.(one|other)$", "", key) for key in TEXTS["en"]}
    assert len(keys) > 60
    assert keys - there == set()
    assert {start for start in beginnings if not any(key.startswith(start) for key in there)} == set()
    quoted = {key for key in there if f'"{key}"' in sources}
    assert {key for key in there - quoted if not key.startswith(tuple(beginnings))} == set()


def test_a_label_has_the_colour_that_it_has_everywhere() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js to run a script outside of a browser")
    labels = ["fight", "reach_to_shelf", "Vol à la tire", "x" * 55, "x" * 56, "x" * 64, "x" * 200, ""]
    code = f"import {{ colour }} from {json.dumps((PAGE / 'colour.js').as_uri())}; "
    code += f"console.log({json.dumps(labels)}.map(colour).join());"
    said = subprocess.run([node, "--input-type=module", "-e", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip().split(",") == [f"#{bytes(label_colour(label)).hex()}" for label in labels]


def test_it_has_the_palette_and_the_paper_of_all_our_pages() -> None:
    assert re.findall(r'"(#[0-9a-f]{6})"', SCRIPTS["colour.js"]) == [f"#{bytes(each).hex()}" for each in PALETTE]
    light, dark = re.findall(r":root \{(.*?)\}", resource("aisle.core", "page.css"), re.DOTALL)[:2]
    mine = dict(re.findall(r"--(\w+): light-dark\((#\w+, #\w+)\)", (PAGE / "app.css").read_text("utf-8")))
    both = zip(re.findall(r"--(\w+): (#\w+)", light), re.findall(r"--(\w+): (#\w+)", dark), strict=True)
    theirs = {name: f"{day}, {night}" for (name, day), (_, night) in both}
    assert theirs
    assert {name: mine[name] for name in theirs} == theirs


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    for path in PAGE.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|@import|url\(|innerHTML|\beval\b|setAttribute\(.style", text), path.name
    html = (PAGE / "index.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)


def test_what_is_needed_first_is_small_and_is_asked_for_at_once() -> None:
    html = (PAGE / "index.html").read_text("utf-8")
    assert sum(len(SCRIPTS[f"{name}.js"].encode()) for name in FIRST) < 45_000
    assert set(re.findall(r'(?:src|href)="(\w+)\.js"', html)) == set(FIRST)


# --- in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    pytest.importorskip("playwright", reason="needs Playwright (pip install playwright)")
    from .browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 seconds, as long as the made-up analysis."""
    return make_video(tmp_path_factory.mktemp("clip") / "aisle 3.mp4", 240, Fraction(5))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "data") as started:
        yield started


@pytest.fixture
def visit(browser: Browser, service: Running) -> Iterator[Visit]:
    from .browser import visiting

    with visiting(browser, service.url) as open_page:
        yield open_page


def send(visit: Visit, *files: Path) -> None:
    visit.page.set_input_files("#files", list(files))


def analysed(service: Running, clip: Path) -> str:
    """The id of an analysis that is done."""
    with clip.open("rb") as file:
        answer = service.client.post("/v1/analyses", files={"file": (clip.name, file)}, data={"annotate": "true"})
    return service.finished(answer.json()["id"]).id


def alarm(service: Running, id_: str, clip: Path, *, camera: str = "Front door") -> None:
    """An alarm that is over and has its clip; whoever listens is told."""
    evidence = service.folder.evidence / f"{id_}.mp4"
    evidence.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(clip, evidence)
    event = Event(id_, camera, "shoplifting", Fraction(3), Fraction(9), Fraction(9), 0.9, clock=Fraction(int(time())))
    service.store.add_event(event, Evidence(str(evidence.relative_to(service.folder.root)), Fraction(0)))
    service.hub.publish("event", {"id": id_})


def moment(visit: Visit) -> float:
    at: float = visit.page.evaluate("document.querySelector('.screen video').currentTime")
    return at


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
    for _ in range(10):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    assert names[0] == "Skip to content"
    assert names.index("files") < names.index("model")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


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


def test_an_alarm_is_seen_and_judged_in_one_key(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    service.cameras.add(name="Front door", source="rtsp://10.0.0.7/1", model="shoplifting")
    visit.expected = ("404", "204")
    visit.go("live")
    page.get_by_role("meter", name="Risk of shoplifting at Front door").wait_for()
    assert page.get_by_role("meter").get_attribute("aria-valuetext") == "25%"
    page.get_by_text("Nothing to review.").wait_for()
    for id_ in ("first", "second"):
        alarm(service, id_, clip)
    page.locator(".alarm").nth(1).wait_for()
    assert page.title().startswith("(2) ")
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
    assert not page.title().startswith("(")


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
    for status in (Status(risks={"shoplifting": 0.75}), Status("lost", "nobody answers", {"shoplifting": 0.75})):
        service.cameras.now[added.id] = status
        service.hub.publish("stream", {"id": added.id, "status": status})
        page.locator(f".camera[data-risk=high][data-state={status.state}]").wait_for()
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


def test_models_say_what_they_are_not_for_and_how_good_they_are(visit: Visit) -> None:
    page = visit.page
    visit.go("models")
    card = page.get_by_role("region", name="Shoplifting")
    card.get_by_text("Accusing anyone.").wait_for()
    assert "93%" in card.inner_text()
    assert page.get_by_role("region", name="Activities of all kinds").get_by_text("388 more").count() == 1
    assert visit.flaws() == []


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
def test_in_french_on_any_screen(browser: Browser, service: Running, clip: Path, width: int, dark: bool) -> None:
    from .browser import visiting

    done = analysed(service, clip)
    alarm(service, "first", clip)
    service.cameras.add(name="Porte", source="rtsp://10.0.0.7/1", model="shoplifting")
    with visiting(browser, service.url, locale="fr-FR", width=width, dark=dark) as visit:
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
        page.get_by_role("link", name="History").wait_for()


def test_the_recordings_own_clock(visit: Visit, service: Running, clip: Path) -> None:
    page = visit.page
    visit.go(f"analysis/{analysed(service, clip)}")
    page.get_by_label("The recording began at").fill("23:59:50")
    assert page.locator("tbody button").first.inner_text() == "23:59:50.0"
    assert page.locator("tbody button").last.inner_text().startswith("00:00:")
    page.reload()
    page.locator("tbody button", has_text="23:59:50.0").wait_for()


def test_a_key_is_asked_for_and_becomes_a_cookie_that_scripts_cannot_read(
    browser: Browser, tmp_path: Path, clip: Path
) -> None:
    from .browser import visiting

    with running(tmp_path / "data", keys=True) as service:
        key = service.store.add_key("guard", Role.operator)
        with visiting(browser, service.url) as visit:
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


def test_nothing_jumps_while_the_page_comes_up(browser: Browser, service: Running, clip: Path) -> None:
    from .browser import visiting

    for _ in range(3):
        analysed(service, clip)
    with visiting(browser, service.url) as visit:
        visit.page.locator(".jobs li").nth(2).wait_for()
        shift = visit.page.evaluate(
            "new Promise(done => new PerformanceObserver(list => done(list.getEntries().map(e => e.value)))"
            ".observe({ type: 'layout-shift', buffered: true }) || setTimeout(() => done([]), 300))"
        )
        assert sum(shift) < 0.02
