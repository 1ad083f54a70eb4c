"""How soon the page can be used: from the first byte asked for until what it shows is there, without a cache."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

import record
from playwright.sync_api import Browser, sync_playwright
from serve import aisle_serve

VISITS = 9
READY = {"videos": ("", "#model option"), "history": ("history", ".jobs"), "models": ("models", ".model h2")}
"""Where a view is, and what is there once it can be used."""

NOTICE = """
new MutationObserver(() => {
  if (!window.readyAt && document.querySelector(%r)) window.readyAt = performance.now();
}).observe(document, { childList: true, subtree: true });
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, aisle_serve(Path(folder)) as (base, _), sync_playwright() as works:
        browser = works.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        figures = {view: visits(browser, f"{base}/#/{place}", sign) for view, (place, sign) in READY.items()}
        browser.close()
    record.save("page", figures)


def visits(browser: Browser, address: str, sign: str) -> dict[str, float]:
    times = []
    for _ in range(VISITS):
        context = browser.new_context()
        page = context.new_page()
        page.add_init_script(NOTICE % sign)
        page.goto(address)
        page.wait_for_selector(sign, state="attached")
        times.append(float(page.evaluate("window.readyAt")))
        sizes = page.evaluate("performance.getEntriesByType('resource').map((one) => one.decodedBodySize)")
        context.close()
    return {
        "median_ms": round(statistics.median(times)),
        "worst_ms": round(max(times)),
        "requests": len(sizes),
        "kilobytes": round(sum(sizes) / 1000),
    }


if __name__ == "__main__":
    main()
