"""The query of a list, page by page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Before = Annotated[
    int | None, Query(ge=1, le=2**63 - 1, description="The `next` of the page before; the latest without it.")
]
