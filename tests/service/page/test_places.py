"""Where something was unusual: framed and glowing over the picture, at its time and nowhere else."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from service.running import Running, wait

from .acts import alarm, analysed

if TYPE_CHECKING:
    from .browser import Visit

AT = """() => {
  const [video, place] = [document.querySelector('video'), document.querySelector('.over .place')];
  if (place.hidden) return null;
  const [whole, box] = [document.querySelector('.over').getBoundingClientRect(), place.getBoundingClientRect()];
  return [(box.left - whole.left) / whole.width, (box.top - whole.top) / whole.height,
          (box.right - whole.left) / whole.width, (box.bottom - whole.top) / whole.height];
}"""
GLOWS = """() => {
  const glow = document.querySelector('.over .glow');
  if (glow.hidden) return null;
  const { data } = glow.getContext('2d').getImageData(0, 0, glow.width, glow.height);
  return Array.from({ length: data.length / 4 }, (_, index) => data[4 * index + 3]);
}"""
OVER_PICTURE = """() => {
  const [video, over] = [document.querySelector('video'), document.querySelector('.over')];
  const [outer, inner] = [video.getBoundingClientRect(), over.getBoundingClientRect()];
  return inner.width > 0 && inner.left >= outer.left - 1 && inner.right <= outer.right + 1
    && Math.abs(inner.width / inner.height - video.videoWidth / video.videoHeight) < 0.02;
}"""


def go(visit: Visit, second: float) -> None:
    visit.page.evaluate("at => { document.querySelector('.screen video').currentTime = at; }", second)
    visit.until("!document.querySelector('.screen video').seeking")
    visit.page.wait_for_timeout(60)


def test_what_is_unusual_is_framed_at_its_time(visit: Visit, service: Running, clip: Path) -> None:
    service.models.notices = True
    id_ = analysed(service, clip)
    visit.go(f"analysis/{id_}")
    visit.until("document.querySelector('.screen video')?.readyState > 1")
    visit.until(f"({OVER_PICTURE})()")
    for second, place in ((2, None), (7, [0, 1 / 3, 0.25, 2 / 3]), (10, [0.75, 1 / 3, 1, 1]), (20, None)):
        go(visit, second)
        at = visit.page.evaluate(AT)
        assert at == (None if place is None else pytest.approx(place, abs=0.02)), second
    go(visit, 7)
    glows = visit.page.evaluate(GLOWS)
    assert [index for index, level in enumerate(glows) if level] == [4]
    visit.page.get_by_role("heading", name="The camera itself").wait_for()
    visit.page.get_by_text("Camera covered").first.wait_for()
    assert visit.page.locator(".band .drift").count() == 1
    visit.page.get_by_role("radio", name="With").last.check()  # the copy has it drawn in already
    visit.until("document.querySelector('.over .place').hidden")
    assert visit.flaws() == []


def test_an_alarm_is_framed_in_its_clip(visit: Visit, service: Running, clip: Path) -> None:
    alarm(service, "first", clip, place=(0.5, 0.25, 0.75, 1.0))
    visit.go("live")
    visit.until("document.querySelector('video.clip')?.readyState > 1")
    seek = "at => { document.querySelector('video.clip').currentTime = at; }"
    for second, place in ((1, None), (5, [0.5, 0.25, 0.75, 1.0]), (20, None)):
        visit.page.evaluate(seek, second)
        wait(lambda: visit.page.evaluate("!document.querySelector('video.clip').seeking"))
        visit.page.wait_for_timeout(60)
        at = visit.page.evaluate(AT)
        assert at == (None if place is None else pytest.approx(place, abs=0.02)), second


def test_heat_is_answered_for_a_model_that_says_where_and_no_other(service: Running, clip: Path) -> None:
    plain = analysed(service, clip, annotate="false")
    assert service.client.get(f"/v1/analyses/{plain}/heat").status_code == 404
    service.models.notices = True
    told = service.client.get(f"/v1/analyses/{analysed(service, clip, annotate='false')}/heat")
    assert told.status_code == httpx.codes.OK
    heat = told.json()
    levels = base64.b64decode(heat["levels"])
    assert len(levels) == len(heat["steps"]) * heat["rows"] * heat["columns"]
    assert {max(levels[index : index + 12]) for index in range(0, len(levels), 12)} == {255}
    assert heat["places"][0] == [0.0, 0.3333, 0.25, 0.6667]
    assert all(6 <= heat["start_s"] + step * heat["step_s"] + 0.3 <= 12.6 for step in heat["steps"])
