"""A browser for the tests of the page: Debian's Chromium through Playwright, watched for what a page must never do."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 15_000

NAMELESS = """() => {
  const seen = (each) => each.checkVisibility() && !each.closest('[inert]');
  const text = (id) => document.getElementById(id)?.textContent ?? '';
  const name = (each) => [
    each.getAttribute('aria-label'), (each.getAttribute('aria-labelledby') ?? '').split(' ').map(text).join(' '),
    [...(each.labels ?? [])].map((label) => label.textContent).join(' '), each.alt, each.textContent, each.title,
  ].some((said) => said?.trim());
  const wanted = 'a[href], button, input, select, textarea, video, img:not([alt=""]), '
    + '[role], [tabindex="0"], dialog, nav';
  const exempt = '[role=status], [role=alert], [role=presentation]';
  const shown = [...document.querySelectorAll(wanted)].filter((each) => seen(each) && !each.matches(exempt));
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  return [
    ...shown.filter((each) => !name(each)).map((each) => `no name: ${each.outerHTML.slice(0, 120)}`),
    ...[...document.querySelectorAll('img:not([alt])')].map((each) => `no alt: ${each.outerHTML.slice(0, 120)}`),
    ...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `twice: #${id}`),
    ...(document.querySelectorAll('h1').length === 1 ? [] : ['not one h1']),
    ...(document.querySelectorAll('main').length === 1 ? [] : ['not one main']),
    ...(document.documentElement.scrollWidth > innerWidth ? ['wider than the window'] : []),
  ];
}"""
"""What a screen reader would trip over, as sentences: controls without a name, ids twice, landmarks missing."""


@dataclass
class Visit:
    """A reader with the page open. `complaints` are errors in the console; `hosts` are all that were asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    expected: tuple[str, ...] = ()
    """Complaints that the browser itself makes of a lost connection or a refusal, which the test has provoked."""

    def go(self, view: str) -> None:
        """Shows the view at `#/view`."""
        self.page.evaluate("view => { location.hash = `#/${view}`; }", view)

    def until(self, condition: str) -> None:
        """Waits until the JavaScript `condition` holds; Playwright's own way to wait for one needs a laxer policy."""
        until = monotonic() + PATIENCE_MS / 1000
        while not self.page.evaluate(condition):
            assert monotonic() < until, condition
            self.page.wait_for_timeout(20)

    def flaws(self) -> list[str]:
        """What is wrong with what is shown, for somebody who cannot see it."""
        found: list[str] = self.page.evaluate(NAMELESS)
        return found

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def asked(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.hosts.add(urlsplit(request.url).netloc)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Skips the test where there is none."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextlib.contextmanager
def visiting(
    browser: Browser, url: str, *, view: str = "", locale: str = "en-GB", width: int = 1280, dark: bool = False
) -> Iterator[Visit]:
    """Opens the page; behind the block no script has failed, and nobody but the service was asked for anything."""
    context = browser.new_context(
        locale=locale,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    visit = Visit(page)
    page.on("console", visit.heard)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("request", visit.asked)
    page.goto(f"{url}/#/{view}")
    yield visit
    context.close()
    assert [each for each in visit.complaints if not any(part in each for part in visit.expected)] == []
    assert visit.hosts == {urlsplit(url).netloc}
