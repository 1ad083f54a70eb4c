"""What the tests of the page share: a browser, a service that runs, and a video."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from service.running import Running, running
from videos import make_video

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .browser import Visit

    Opened = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    pytest.importorskip("playwright", reason="needs Playwright (pip install playwright)")
    from .browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 seconds, as long as the made-up analysis."""
    return make_video(tmp_path_factory.mktemp("clip") / "aisle 3.mp4", 240, Fraction(5))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "data") as started:
        yield started


@pytest.fixture
def opened(browser: Browser) -> Opened:
    """`visiting` in this browser."""
    from .browser import visiting

    return partial(visiting, browser)


@pytest.fixture
def visit(opened: Opened, service: Running) -> Iterator[Visit]:
    with opened(service.url) as open_page:
        yield open_page
