"""Pictures of the page for the README, taken from a running service that has videos, and cameras with alarms if it can.

    aisle serve &
    python benchmarks/screenshots.py http://127.0.0.1:8000 --out docs/pictures

Of the videos, the latest one that is done is shown, at its longest action. What is published must be free to publish:
use videos that `aisle data render` has drawn, for the cameras too.
"""

from __future__ import annotations

import argparse
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

TALL, WIDE, PHONE = (1360, 1180), (1360, 900), (390, 844)
LARGEST = 200_000
"""Bytes of one picture."""

LATEST = """async () => {
  const { items } = await (await fetch('v1/analyses?state=done')).json();
  return items[0]?.id;
}"""
LONGEST = """() => {
  const rows = [...document.querySelectorAll('tbody tr')];
  const length = (row) => parseFloat(row.cells[2].textContent);
  rows.reduce((one, other) => (length(other) > length(one) ? other : one)).click();
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of a running service that asks for no key")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        take(browser, asked.url.rstrip("/"), asked.out)
        browser.close()


def take(browser: Browser, url: str, out: Path) -> None:
    looks = {"timeline": (False, TALL), "timeline-dark": (True, TALL), "timeline-phone": (False, PHONE)}
    for name, (dark, size) in looks.items():
        with opened(browser, url, dark=dark, size=size) as page:
            latest = page.evaluate(LATEST)
            if latest is None:
                raise SystemExit("the service has no video that is done: send it one first")
            page.evaluate("id => { location.hash = `#/analysis/${id}`; }", latest)
            page.locator("tbody tr").first.wait_for()
            page.wait_for_timeout(1000)
            page.evaluate(LONGEST)
            page.wait_for_timeout(1500)
            save(page, out / f"{name}.webp")
    for view, wait in (("", 1), ("live", 30)):
        with opened(browser, url, view=view) as page:
            page.wait_for_timeout(1000 * wait)
            save(page, out / f"{view or 'videos'}.webp")


@contextmanager
def opened(
    browser: Browser, url: str, *, view: str = "", dark: bool = False, size: tuple[int, int] = WIDE
) -> Iterator[Page]:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
        device_scale_factor=1.5,
    )
    page = context.new_page()
    page.goto(f"{url}/#/{view}")
    page.locator("h1").wait_for()
    yield page
    context.close()


def save(page: Page, path: Path) -> None:
    """As good as it may be within `LARGEST`."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    for quality in range(90, 30, -5):
        written = io.BytesIO()
        picture.save(written, "WEBP", quality=quality, method=6)
        if written.tell() <= LARGEST:
            break
    path.write_bytes(written.getvalue())
    print(f"{path}  {written.tell() / 1000:.0f} kB")


if __name__ == "__main__":
    main()
